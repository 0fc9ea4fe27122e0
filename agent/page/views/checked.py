"""What was checked and what was not: the rows of the desk by capability, each in a few words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from agent import telling, words, workdays
from agent.station import Station
from agent.words import Lang
from config.schema import Work

State: TypeAlias = Literal["ok", "warn", "fail", "unknown", "off", "waiting"]
_WORST_LAST: tuple[State, ...] = ("off", "ok", "waiting", "unknown", "warn", "fail")


class Row(msgspec.Struct, frozen=True):
    """One check on one device. `said` is empty where nothing is to be said of a good result."""

    state: State
    title: str
    device: str
    said: str
    at: str  # local time of day of the newest result, "" where there is none


class Group(msgspec.Struct, frozen=True):
    """The rows of one capability. `good` counts those with a good result among the `total` that run."""

    title: str
    state: State  # of the worst row
    good: int
    total: int
    rows: tuple[Row, ...]


class Unchecked(msgspec.Struct, frozen=True):
    """Rows that do not run at all, by why: not set up, not built, switched off."""

    why: str
    titles: tuple[str, ...]


class Checked(msgspec.Struct, frozen=True):
    """Everything of the procedure that a machine can check. `unknown` rows ran and could not look."""

    groups: tuple[Group, ...]
    unknown: tuple[Row, ...]
    unchecked: tuple[Unchecked, ...]


def checked(station: Station, light: Mapping[str, Any], lang: Lang) -> Checked:
    """Sort the rows of the desk. `light` is the JSON of `deskready.ready/1` as it is now."""
    rows: dict[str, list[Row]] = {}
    unchecked: dict[str, list[str]] = {}
    lines = {(line["check"], line["device"]): line for line in light["results"]}
    for key, job in station.desk.jobs.items():
        title = words.text(job.row.title, lang)
        if job.off is not None:
            unchecked.setdefault(words.reason(job.off, lang), []).append(title)
        else:
            found = _row(station, lines.get(key), title, job.device, light, lang)
            rows.setdefault(job.row.capability, []).append(found)
    named = {one.id: words.text(one.title, lang) for one in station.procedure.rows.capability}
    return Checked(
        groups=tuple(_group(named[name], rows[name]) for name in named if name in rows),
        unknown=tuple(row for found in rows.values() for row in found if row.state == "unknown"),
        unchecked=tuple(Unchecked(why, tuple(dict.fromkeys(titles))) for why, titles in unchecked.items()),
    )


def time_of_day(moment: datetime, work: Work) -> str:
    """Return "08:31" of an aware moment, where the desk is."""
    return f"{moment.astimezone(workdays.zone(work)):%H:%M}"


def _row(
    station: Station,
    line: Mapping[str, Any] | None,
    title: str,
    device: str,
    light: Mapping[str, Any],
    lang: Lang,
) -> Row:
    where = telling.called(station.settings, device, lang)
    if line is None:
        return Row("waiting", title, where, words.reason("not_yet_checked", lang), "")
    at = time_of_day(datetime.fromisoformat(line["measured_at"]), station.procedure.rows.work)
    return Row(line["state"], title, where, _said(station, line, light, lang), at)


def _said(station: Station, line: Mapping[str, Any], light: Mapping[str, Any], lang: Lang) -> str:
    """Say the cause of each fault, or why nothing is known."""
    if line["findings"]:
        results = telling.usable(light)
        cards = (
            telling.card(station.procedure, station.settings, line["device"], finding, results, lang)
            for finding in line["findings"]
        )
        return " ".join(card.cause for card in cards)
    return words.reason(line["reason"], lang) if line["reason"] else ""


def _group(title: str, rows: list[Row]) -> Group:
    worst: State = max((row.state for row in rows), key=_WORST_LAST.index)
    return Group(title, worst, sum(row.state == "ok" for row in rows), len(rows), tuple(rows))
