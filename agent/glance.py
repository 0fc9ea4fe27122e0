"""A glance at the desk: all that a face (the tray, the page's light) shows, in words; it needs no rule.

`deskready.glance/1`. A face asks again with the `version` that it has; the answer comes when there is another
one, else within HOLD_S seconds with a later `valid_until`. After `valid_for_s` a face may show grey only.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from agent import clock, telling, words
from agent.herald import News
from agent.incidents.model import Incident
from agent.incidents.substitute import usable
from agent.result import Reason
from agent.station import Station
from agent.words import Lang, say
from config.messages import mark

SCHEMA = "deskready.glance/1"
HOLD_S = 25.0
LOOK_S = 5.0  # what only time changes is looked at so often while a face waits
SPACING_S = 0.2  # between two looks for one face, however much happens
POLL_S = 5.0  # for a face that may not wait, because others do
REASONS_MAX = 3
SUBSTITUTES_MAX = 2

Answer: TypeAlias = dict[str, Any]
# What a face can open on the page, besides the card of each fault: id, words, view.
VIEWS: tuple[tuple[str, str, str], ...] = (
    ("today", mark("Morning card"), "today"),
    ("cases", mark("Log a step"), "cases"),
)


def answer(station: Station, lang: Lang, after: str | None) -> Answer:
    """Return the glance when it is another one than `after`, else after HOLD_S.

    At most WAITING_MAX faces wait; one more gets its answer at once, with `poll_in_s`.
    """
    shown = look(station, lang)
    if shown["version"] != after:
        return shown
    if not station.herald.waiting.acquire(blocking=False):
        return shown | {"poll_in_s": POLL_S}
    try:
        return _changed(station, lang, shown)
    finally:
        station.herald.waiting.release()


def look(station: Station, lang: Lang) -> Answer:
    """Return the glance as it is now. `version` is made from all that is read, times left out."""
    light, now = station.status(), clock.now()
    incidents = station.incidents.open_ones()
    reasons = [Reason(**reason) for reason in light["reasons"]]
    news = station.herald.look(reasons, incidents, now)
    pending = sum(reason.code.startswith("to_confirm.") for reason in reasons)
    lines = list(lines_of(light, incidents, station, lang))
    shown = {
        "schema": SCHEMA,
        "station": light["station"],
        "verdict": light["verdict"],
        "coverage": light["coverage"],
        "headline": headline(light, pending, lang),
        "reasons": lines[:REASONS_MAX],
        "more": max(0, len(lines) - REASONS_MAX),
        "questions": pending,
        "notify": _told(news, light, station, lang) if news else None,
        "menu": [*_views(lines[:REASONS_MAX], station, lang), *_deeds(incidents, station, lang)],
    }
    version = hashlib.sha256(msgspec.json.encode(shown)).hexdigest()[:16]
    until = datetime.fromisoformat(light["valid_until"])
    return shown | {
        "version": version,
        "valid_until": light["valid_until"],
        "valid_for_s": round(max(0.0, (until - now.utc).total_seconds()), 1),
        "tooltip": _tooltip(shown, station, lang),
        "poll_in_s": 0.0,
    }


def _changed(station: Station, lang: Lang, shown: Answer) -> Answer:
    """Wait for another version, but not until what the face shows is no longer valid."""
    known = shown["version"]
    end_s = time.monotonic() + max(1.0, min(HOLD_S, shown["valid_for_s"]))
    while shown["version"] == known and (left_s := end_s - time.monotonic()) > 0:
        version = station.desk.version
        station.desk.wait(min(left_s, LOOK_S), version)
        time.sleep(SPACING_S)
        shown = look(station, lang)
    return shown


def headline(light: Mapping[str, Any], pending: int, lang: Lang) -> str:
    """Say the light with its coverage: "可以开工 · 已查 18/18 项 · 待确认 4".

    Where nothing but the open questions stands in the way, the desk is as good as its checks say.
    """
    is_only_asking = pending > 0 and pending == len(light["reasons"])
    verdict, coverage = (
        words.verdict("green" if is_only_asking else light["verdict"], lang),
        light["coverage"],
    )
    said = say(mark("{verdict} · checked {checked}/{total}"), lang, verdict=verdict, **coverage)
    asked = say(mark("{count} to confirm"), lang, count=pending)
    return f"{said} · {asked}" if pending else said


def _tooltip(shown: Mapping[str, Any], station: Station, lang: Lang) -> str:
    """Return headline, reasons, and of what time of day it speaks."""
    local = datetime.now(UTC).astimezone(ZoneInfo(station.procedure.rows.work.timezone))
    lines = [shown["headline"], *(reason["text"] for reason in shown["reasons"])]
    if shown["more"]:
        lines.append(say(mark("and {count} more"), lang, count=shown["more"]))
    return "\n".join([*lines, say(mark("As of {time}"), lang, time=f"{local:%H:%M}")])


def lines_of(
    light: Mapping[str, Any], incidents: Sequence[Incident], station: Station, lang: Lang
) -> Iterator[dict[str, Any]]:
    """Yield each reason but the questions still open, which the headline counts; no text comes twice."""
    known = {one.identity: one.id for one in incidents}
    stopping = {one.device: one.id for one in incidents if one.is_stopping}
    said: set[str] = set()
    for reason in light["reasons"]:
        text = _line(reason, light, station, lang)
        if text in said or reason["code"].startswith("to_confirm."):
            continue
        said.add(text)
        identity = (reason["check"] or "", reason["device"] or "", reason["code"])
        incident = known.get(identity) or stopping.get(reason["device"] or "")
        yield {**reason, "text": text, "incident": incident}


def _line(reason: Mapping[str, Any], light: Mapping[str, Any], station: Station, lang: Lang) -> str:
    """Say one reason in a few words: "前台打印机：卡纸"."""
    procedure, device = station.procedure, reason["device"] or ""
    rule, _, question = reason["code"].partition(".")
    if question in procedure.attestations:
        asked = words.question(procedure.attestations[question], procedure, lang)
        return _joined(words.reason(rule, lang), asked, lang)
    where = telling.called(station.settings, device, lang)
    if telling.finding(reason, light) is not None:
        title = words.text(procedure.faults[reason["code"]].title, lang)
    else:
        check = procedure.checks.get(reason["check"] or "")
        title = words.reason(reason["code"], lang)
        title = _joined(words.text(check.title, lang), title, lang) if check else title
    return _joined(where, title, lang) if where else title


def _joined(what: str, said: str, lang: Lang) -> str:
    return say(mark("{what}: {said}"), lang, what=what, said=said)


def _told(news: News, light: Mapping[str, Any], station: Station, lang: Lang) -> dict[str, str]:
    """Word a piece of news: a title, and what to do first."""
    if news.incident is not None and news.kind == "over":
        fault = words.text(station.procedure.faults[news.incident.fault].title, lang)
        where = telling.called(station.settings, news.incident.device, lang)
        what = _joined(where, fault, lang) if where else fault
        text = say(mark("It was tested again and works; you can use it."), lang)
        return {"key": news.key, "title": say(mark("Over: {what}"), lang, what=what), "text": text}
    reason = msgspec.to_builtins(news.reason)
    title = words.verdict(reason["colour"], lang)
    found = telling.finding(reason, light)
    if found is None:
        return {"key": news.key, "title": title, "text": _line(reason, light, station, lang)}
    card = telling.card(
        station.procedure, station.settings, reason["device"], found, telling.usable(light), lang
    )
    return {
        "key": news.key,
        "title": _joined(title, _line(reason, light, station, lang), lang),
        "text": "\n".join([card.cause, *card.now[:1]]),
    }


def _views(lines: Sequence[Mapping[str, Any]], station: Station, lang: Lang) -> Iterator[dict[str, Any]]:
    """Yield what can be opened where the page is served: the card of each fault, then the fixed views."""
    if not station.tokens.address:
        return
    for line in lines:
        if line["incident"]:
            yield {"id": "fault", "label": line["text"], "view": f"fault/{line['incident']}"}
    for name, label, view in VIEWS:
        yield {"id": name, "label": say(label, lang), "view": view}


def _deeds(incidents: Sequence[Incident], station: Station, lang: Lang) -> Iterator[dict[str, Any]]:
    """Yield what can be done now, each with its order: use a device that works, test again."""
    rows, out, now = station.desk.rows(), station.incidents.stopped_devices(), clock.now()
    for one in incidents:
        works = usable(one.device, station.settings, rows, out, now) if one.is_stopping else iter(())
        for other in [*works][:SUBSTITUTES_MAX] if one.substitute is None else ():
            name = telling.called(station.settings, other.device, lang)
            yield {
                "id": "substitute",
                "label": say(mark("Use {name} instead (checked, works)"), lang, name=name),
                "order": {
                    "op": "incident.act",
                    "id": one.id,
                    "action": "substitute",
                    "options": {"name": other.name},
                },
            }
    yield {
        "id": "check",
        "label": say(mark("Check again"), lang),
        "order": {"op": "ready", "confirm": False},
    }
