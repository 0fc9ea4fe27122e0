"""The numbered report of an incident: what was found, done and proven, as a page that stands by itself.

Clause 5.2.6. Pure. One content, two faces: HTML here, PDF by `agent.incidents.pdf` in a child of its own.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import msgspec

from agent import words, workdays
from agent.clock import Instant
from agent.incidents.adjust import Step, steps
from agent.incidents.model import MACHINE, Incident
from agent.words import Lang, say
from config.messages import mark
from config.procedure import Procedure
from config.schema import Work

_KINDS: Mapping[str, str] = {
    "detected": mark("Fault confirmed"),
    "stopped": mark("Device taken out of use"),
    "recorded": mark("Recorded"),
    "reopened": mark("The same fault again"),
    "diagnosed": mark("Diagnosed"),
    "notified": mark("IT has been told"),
    "repairing": mark("IT is at work on it"),
    "severity_changed": mark("Severity changed"),
    "flapping_started": mark("Comes and goes"),
    "flapping_stopped": mark("No longer comes and goes"),
    "first_aid_worked": mark("First aid helped"),
    "first_aid_failed": mark("First aid did not help"),
    "substituted": mark("Substitute in use"),
    "switched_back": mark("Back to the device itself"),
    "workaround": mark("Another way chosen"),
    "clients_told": mark("Client told"),
    "fixed": mark("Repaired"),
    "restarted": mark("Restart"),
    "recovered": mark("Fault gone"),
    "retest_failed": mark("Retest failed"),
    "answered": mark("Part of the retest answered by a person"),
    "retested": mark("Retest passed"),
    "reported": mark("Report written"),
    "closed": mark("Closed"),
    "cancelled": mark("Cancelled"),
    "ticket_withdrawn": mark("It ended before IT was told"),
    "ticket_closed_by_person": mark("Ticket closed by a person"),
    "ticket_reopened_by_person": mark("Ticket opened again by a person"),
    "ticket_merged_by_person": mark("Ticket merged into another by a person"),
}
_CONCLUDED = mark("Must have been repaired; nobody said how")
_NOT_RESTARTED = mark("Not restarted")
_BY: Mapping[str | None, str] = {
    "machine": mark("by the machine"),
    "person": mark("by a person"),
    "inferred": mark("concluded, not seen"),
    None: mark("not done"),
}
_CODES: Mapping[str, str] = {"worked_without": mark("not needed: it worked without")}
_STYLE = (
    "body{font:14px/1.5 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:2em auto;max-width:48em;"
    "color:#111}h1{font-size:20px}h2{font-size:16px;margin-top:1.6em}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #bbb;padding:.3em .6em;text-align:left;vertical-align:top}th{width:30%;"
    "font-weight:600;background:#f4f4f4}"
)


class Section(msgspec.Struct, frozen=True):
    """A heading with a table of label and value."""

    heading: str
    rows: tuple[tuple[str, str], ...]


class Content(msgspec.Struct, frozen=True):
    """A report in words, before it has a face."""

    lang: Lang
    title: str
    sections: tuple[Section, ...]


def content(
    incident: Incident, number: int, desk: str, place: str, procedure: Procedure, lang: Lang
) -> Content:
    """Write the report of an incident; `desk` is the station with its site, `place` the device's."""
    title = say(mark("Incident report {number}"), lang, number=str(number))
    return Content(
        lang,
        title,
        (
            Section(say(mark("The fault"), lang), tuple(_fault(incident, desk, place, procedure, lang))),
            Section(say(mark("The six steps"), lang), tuple(_six(incident, procedure, lang))),
            Section(say(mark("What happened"), lang), tuple(_timeline(incident, procedure.rows.work, lang))),
        ),
    )


def html(page: Content) -> str:
    """Give a report its face as one HTML file without anything from elsewhere."""
    parts = []
    for section in page.sections:
        rows = "".join(
            f"<tr><th>{escape(label)}</th><td>{escape(value)}</td></tr>" for label, value in section.rows
        )
        parts.append(f"<h2>{escape(section.heading)}</h2><table>{rows}</table>")
    language = "zh-CN" if page.lang == "zh" else "en"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(page.title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(page.title)}</h1>{''.join(parts)}</body></html>"
    )


def local(at: Instant, work: Work) -> str:
    """Write a moment in the procedure's own time zone."""
    return at.utc.astimezone(workdays.zone(work)).strftime("%Y-%m-%d %H:%M:%S")


def spoken(kind: str, lang: Lang, body: Mapping[str, Any] | None = None) -> str:
    """Say in a few words what a transition is; what was only concluded is not said as seen."""
    message = _KINDS[kind]
    if kind == "cancelled" and body and body.get("reason"):
        return say(mark("Cancelled: {reason}"), lang, reason=body["reason"])
    if body and body.get("is_inferred"):
        message = _CONCLUDED
    elif body and "skip_reason" in body:
        message = _NOT_RESTARTED
    return say(message, lang)


def _fault(
    incident: Incident, desk: str, place: str, procedure: Procedure, lang: Lang
) -> Iterator[tuple[str, str]]:
    row = procedure.faults.get(incident.fault)
    named = words.ticked(incident.values, procedure, lang)
    values = {**named, "device": incident.device.partition(":")[2] or None}
    cause = words.card(row, values, lang, "linux").cause if row else incident.fault
    yield say(mark("Desk"), lang), desk
    yield say(mark("Device"), lang), " ".join(filter(None, (incident.device, place)))
    yield say(mark("Fault"), lang), f"{cause} ({incident.fault})"
    yield say(mark("Clauses"), lang), ", ".join(incident.clauses)
    yield say(mark("Found"), lang), local(incident.life_at, procedure.rows.work)
    yield say(mark("Measured"), lang), _plain({**incident.facts, **named})


def _six(incident: Incident, procedure: Procedure, lang: Lang) -> Iterator[tuple[str, str]]:
    titles = {row.id: words.text(row.title, lang) for row in procedure.rows.adjust}
    for step in steps(incident, procedure):
        yield f"{step.clause} {titles[step.id]}", _step(step, procedure.rows.work, lang)


def _step(step: Step, work: Work, lang: Lang) -> str:
    """Say who filled a step, when, and with what."""
    parts = [say(_BY[step.by], lang)]
    if step.by == "person":
        parts.append(step.who)
    if step.at is not None:
        parts.append(local(step.at, work))
    return "; ".join([*parts, *_fields(step.fields, lang)])


def _fields(fields: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    """Write the fields that people can use, one by one."""
    for name in ("category", "confidence", "action", "part_no", "minutes", "seen_by", "restart_time", "test"):
        if fields.get(name) is not None:
            yield f"{name}={fields[name]}"
    if reason := fields.get("skip_reason"):
        yield say(_CODES[reason], lang) if reason in _CODES else str(reason)
    yield from map(str, fields.get("evidence", ()))
    yield from (f"{one['check']} {one['device']} {one['at']}" for one in fields.get("passes", ()))


def _timeline(incident: Incident, work: Work, lang: Lang) -> Iterator[tuple[str, str]]:
    for one in incident.history:
        who = "" if one.actor == MACHINE else f" ({one.actor})"
        yield local(one.at, work), f"{spoken(one.kind, lang, one.body)}{who}"


def _plain(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items() if value is not None)
