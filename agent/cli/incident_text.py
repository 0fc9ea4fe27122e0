"""Incidents in words, for people at a terminal."""

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from agent import words, workdays
from agent.incidents.report import spoken
from agent.tickets import text as tickets
from agent.words import Lang, say
from config.messages import mark
from config.procedure import Procedure

_SHORT = 6  # letters of an id that people need to type
_PLATFORM = "windows" if sys.platform == "win32" else "linux"
_STANDINGS: Mapping[str, str] = {
    "open": mark("open"),
    "recovered": mark("gone, retest under way"),
    "closed": mark("closed after a passed retest"),
    "cancelled": mark("cancelled"),
}
_NEVER = "9000"
_SIGNS = {"machine": "✔", "person": "✔", "inferred": "○", None: "·"}


def lines(answer: Mapping[str, Any], procedure: Procedure, lang: Lang) -> list[str]:
    """Say a list of incidents, a line each."""
    shown = [_line(one, procedure, lang) for one in answer["incidents"]] or [
        say(mark("No open incident."), lang)
    ]
    if answer["store"]:
        shown.append(say(mark("Not everything is saved yet: the store cannot be written."), lang))
    return shown


def whole(one: Mapping[str, Any], procedure: Procedure, lang: Lang) -> list[str]:
    """Say one incident: where it stands, what it waits for, the six steps, what IT gets."""
    return [
        _line(one, procedure, lang),
        *_waits(one, procedure, lang),
        *_six(one, procedure, lang),
        *_history(one, procedure, lang),
        *_for_it(one, procedure, lang),
    ]


def _line(one: Mapping[str, Any], procedure: Procedure, lang: Lang) -> str:
    row = procedure.faults.get(one["fault"])
    title, standing = words.text(row.title, lang) if row else one["fault"], _STANDINGS[one["standing"]]
    parts = [
        one["id"][-_SHORT:],
        one["device"],
        title,
        say(standing, lang),
        _local(one["since"], procedure),
    ]
    if one["is_flapping"]:
        parts.append(spoken("flapping_started", lang))
    if one["is_stopped"]:
        parts.append(spoken("stopped", lang))
    return "  ".join(parts)


def _waits(one: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[str]:
    """Say what is still missing, and what could be used meanwhile."""
    for name in one["waits_for"]:
        row = procedure.attestations.get(name)
        question = words.question(row, procedure, lang) if row else name
        yield "  " + say(
            mark("Waits for a person's answer: {question} [{name}]"), lang, question=question, name=name
        )
    for each in one["substitutes"] if one["standing"] == "open" else ():
        age = words.age(each["age_s"], lang)
        yield "  " + say(mark("Works now: {name} (checked {age})"), lang, name=each["name"], age=age)
    if (
        one["standing"] == "open"
        and not one["substitutes"]
        and one["device"].startswith(("printer:", "scanner:"))
    ):
        yield "  " + say(mark("Substitute: none that is known to work"), lang)


def _six(one: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[str]:
    titles = {row.id: words.text(row.title, lang) for row in procedure.rows.adjust}
    for step in one["steps"]:
        sign = _SIGNS[step["by"]]
        when = _local(step["at"], procedure) if step["at"] else ""
        who = step["who"] if step["by"] == "person" else ""
        yield "  ".join(filter(None, (f"  {sign}", step["clause"], titles[step["id"]], when, who)))


def _history(one: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[str]:
    for each in one["history"]:
        yield f"    {_local(each['at'], procedure)}  {spoken(each['kind'], lang, each['what'])}"


def _for_it(one: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[str]:
    """Yield the ticket that IT has, or a text to copy while none has been sent."""
    for ticket in one["tickets"]:
        yield "  " + say(
            mark("Ticket: {sink} {number} {url}"),
            lang,
            sink=ticket["sink"],
            number=ticket["remote_id"],
            url=ticket["url"],
        )
    if one["tickets"] or one["standing"] not in {"open", "recovered"}:
        return
    if (one["note"]["due"] or "") >= _NEVER:
        yield "  " + say(mark("First days: nothing is sent to IT. To copy for IT:"), lang)
    else:
        yield "  " + say(mark("To copy for IT:"), lang)
    yield from (f"    {line}" for line in tickets.of_incident(one, procedure, lang).splitlines())


def _local(moment: str, procedure: Procedure) -> str:
    zone = workdays.zone(procedure.rows.work)
    return datetime.fromisoformat(moment).astimezone(zone).strftime("%Y-%m-%d %H:%M")
