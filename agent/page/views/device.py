"""One device: each of its checks with its facts in words, its supplies, and its last 30 days."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from agent import history, reasons, words, workdays
from agent.incidents.actions import BadAction
from agent.page import card, chart
from agent.page.asked import Asked, Shown
from agent.page.chart import Chart
from agent.page.facts import Fact, facts
from agent.page.views import desk
from agent.result import Result
from agent.station import Station
from agent.store.errors import StoreError
from agent.verdict import Row, row_lights
from agent.words import Lang, say
from config.messages import mark

_SUPPLIES = "supplies"  # the fact of `printer.supplies` that lists them
_LEVELS: Mapping[str, str] = {
    "count": mark("something left"),
    "some": mark("something left"),
    "empty": mark("empty"),
    "unlimited": mark("enough"),
}
_LEVEL_UNKNOWN = mark("the printer does not say")


class Supply(msgspec.Struct, frozen=True):
    """One supply. `percent` is 0..100, None where the printer gives no share."""

    name: str
    percent: float | None
    said: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check of the device."""

    id: str
    title: str
    colour: str
    state: str
    age: str
    said: tuple[str, ...]
    facts: tuple[Fact, ...]


class Incident(msgspec.Struct, frozen=True):
    """One open fault of the device, to its card."""

    id: str
    title: str


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The device. `chart` is None while the store cannot be read."""

    id: str
    where: str
    colour: str
    state: str
    incidents: tuple[Incident, ...]
    checks: tuple[Check, ...]
    supplies: tuple[Supply, ...]
    days_left: str
    chart: Chart | None


def show(station: Station, asked: Asked) -> Shown:
    """Show one device. Raises BadAction where the desk has none of that name."""
    device = asked.places["device"]
    every = station.desk.rows()
    rows = [row for row in every if row.device == device]
    if not rows:
        raise BadAction(f"no device {device!r}")
    lights = row_lights(every, asked.now)
    colour = desk.worst([lights[row.key] for row in rows])
    if device in station.incidents.stopped_devices():
        colour = "red"
    shown = {result.key: result for result in station.desk.shown()}
    view = View(
        id=device,
        where=card.where(device, station.settings, asked.lang),
        colour=colour or "off",
        state=desk.state_said(colour, asked),
        incidents=tuple(_incidents(device, station, asked)),
        checks=tuple(_check(row, lights[row.key].colour, shown.get(row.key), station, asked) for row in rows),
        supplies=tuple(_supplies(rows, asked.lang)),
        days_left=_days_left(rows, asked.lang),
        chart=_chart(device, rows, station, asked),
    )
    return Shown("device.html", view)


def _check(row: Row, colour: Any, result: Result | None, station: Station, asked: Asked) -> Check:  # noqa: ANN401  a colour or None
    zone = workdays.zone(station.procedure.rows.work)
    seen = row.track.evidence
    return Check(
        id=row.rule.check,
        title=words.text(station.procedure.checks[row.rule.check].title, asked.lang),
        colour=colour or "off",
        state=desk.state_said(colour, asked),
        age=card.freshness(seen, asked.now.boot_s, asked.now.boot_id, asked.lang),
        said=tuple(desk.said_of(result, station, asked)) if result else (),
        facts=tuple(facts(seen.facts, asked.lang, zone)) if seen else (),
    )


def _incidents(device: str, station: Station, asked: Asked) -> Iterator[Incident]:
    for one in station.incidents.open_ones():
        if one.device == device and one.fault in station.procedure.faults:
            yield Incident(one.id, words.text(station.procedure.faults[one.fault].title, asked.lang))


def _supplies(rows: list[Row], lang: Lang) -> Iterator[Supply]:
    """Yield the supplies of a printer as it tells of them; no level is ever made up."""
    for row in rows:
        seen = row.track.evidence
        for one in (seen.facts.get(_SUPPLIES) or ()) if seen else ():
            named = reasons.COLOURS.get(one.get("colour") or "")
            colour = say(named, lang) if named else ""
            kind = say(reasons.SUPPLY_KINDS.get(one["kind"], reasons.SUPPLY_KINDS["other"]), lang)
            level = one["level"]
            percent = level.get("percent")
            said = f"{words.number(percent)} %" if percent is not None else _level(level["state"], lang)
            days = (seen.facts.get("days") or {}).get(one["id"]) if seen else None
            lasts = say(mark("about {days} days left"), lang, days=days)
            yield Supply(
                " ".join(filter(None, (colour, kind))), percent, " · ".join(filter(None, (said, lasts)))
            )


def _days_left(rows: list[Row], lang: Lang) -> str:
    """Say how long the first supply to run out will last, where that is known."""
    seen = (row.track.evidence for row in rows)
    days = next((one.facts["days_left"] for one in seen if one and one.facts.get("days_left")), None)
    return say(mark("The first of them will last for about {days} days."), lang, days=days)


def _level(state: str, lang: Lang) -> str:
    return say(_LEVELS.get(state, _LEVEL_UNKNOWN), lang)


def _chart(device: str, rows: list[Row], station: Station, asked: Asked) -> Chart | None:
    """Draw the last days; None where the store cannot be read just now."""
    checks = station.procedure.checks
    intervals_s = {row.rule.check: checks[row.rule.check].interval_s for row in rows}
    try:
        days = history.days(
            station.recorder.reader(), device, intervals_s, station.procedure.rows.work, asked.now.utc
        )
    except StoreError:
        return None
    return chart.chart(days, asked.lang)
