"""Notes in words: the subject and the text of a ticket, in Chinese or English.

What a fault is called and why comes from the procedure; the last line holds the key. Values that look like
a client's number, telephone or address by the procedure's own patterns are left out.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from agent import workdays
from agent.privacy import hidden
from agent.tickets.outbox import Note, short_key
from agent.words import Lang, card, number, say, ticked
from config.messages import mark
from config.procedure import Procedure

_SUBJECT_CHARS = 200
_VALUE_CHARS = 120
_MAX_FACTS = 20
_MARK = "[deskready]"
_REASONS: Mapping[str, str] = {
    "opened": mark("Found broken"),
    "severity_changed": mark("The fault has become worse or better"),
    "flapping_started": mark("The fault comes and goes"),
    "flapping_stopped": mark("The fault no longer comes and goes"),
    "substitute_chosen": mark("A substitute is in use"),
    "switched_back": mark("The substitute is no longer in use"),
    "first_aid_worked": mark("The steps shown on the desk helped"),
    "first_aid_failed": mark("The steps shown on the desk did not help"),
    "retest_passed": mark("The retest was passed"),
    "retest_failed": mark("The retest was not passed"),
    "report": mark("The report is ready"),
    "desk_count": mark("More desks have the same fault"),
    "recurred": mark("The fault has come back"),
    "digest": mark("For the next round"),
    "cancelled": mark("Cancelled on the desk"),
}
_SEVERITIES: Mapping[str, str] = {
    "stop": mark("work is stopped"),
    "degraded": mark("work is hindered"),
    "notice": mark("no hindrance yet"),
}
_CATEGORIES: Mapping[str, str] = {
    "config": mark("a setting"),
    "software": mark("a program"),
    "hardware": mark("the device itself"),
    "supply": mark("a supply"),
    "network": mark("the network"),
    "environment": mark("the room"),
    "human": mark("how it was used"),
}
_TRIED: Mapping[str, str] = {
    "first_aid_worked": mark("the steps shown on the desk (they helped)"),
    "first_aid_failed": mark("the steps shown on the desk (they did not help)"),
    "workaround": mark("another way of working"),
    "restarted": mark("restarted"),
    "fixed": mark("repaired"),
    "reset_config": mark("settings reset"),
    "reinstall_driver": mark("driver installed again"),
    "replace_part": mark("part replaced"),
    "replace_device": mark("device replaced"),
    "refill_supply": mark("supply refilled"),
    "clear_jam": mark("jam cleared"),
    "reconnect_cable": mark("cable plugged in again"),
    "restart_service": mark("service restarted"),
    "vendor_visit": mark("visit of the vendor"),
    "cleaned": mark("cleaned"),
    "user_coached": mark("use explained"),
    "no_fault_found": mark("no fault found"),
}


def subject(notes: Sequence[Note], procedure: Procedure, lang: Lang) -> str:
    """Return one line: the fault, its device and place and the desk, or how many faults for a digest."""
    if notes[0].kind == "digest":
        title = say(mark("{count} thing(s) to look at when you are there"), lang, count=len(notes))
        return f"{_MARK} {title}: {_desk(notes[0].body)}"[:_SUBJECT_CHARS]
    return f"{_MARK} {_short(notes[0].body, procedure, lang)}"[:_SUBJECT_CHARS]


def text(notes: Sequence[Note], procedure: Procedure, lang: Lang) -> str:
    """Return the whole text; a comment says first what has happened since; the last line holds the key."""
    note = notes[0]
    lines = [say(_REASONS.get(note.reason, _REASONS["opened"]), lang)]
    if note.kind == "digest":
        lines += [f"- {_short(one.body, procedure, lang)} ({_since(one.body, procedure)})" for one in notes]
    elif note.kind in {"open", "reopen"}:
        lines += _lines(note.body, procedure, lang)
    else:
        lines += _news(note.body, procedure, lang)
    return "\n".join([*lines, f"deskready {short_key(note.key)} {note.key}"])


def of_incident(one: Mapping[str, Any], procedure: Procedure, lang: Lang) -> str:
    """Return what a ticket on an incident says, to copy by hand; `one` is of `deskready.incidents/1`."""
    due = datetime.fromisoformat(one["now"])
    note = Note(
        incident=one["id"], key=one["key"], kind="open", reason="opened", body=one["for_it"], due_utc=due
    )
    return text((note,), procedure, lang)


def category(code: str, lang: Lang) -> str:
    """Say a kind of cause: "hardware" → "the device itself"."""
    word = _CATEGORIES.get(code)
    return say(word, lang) if word else code


def tried(code: str, lang: Lang) -> str:
    """Say what was tried: "fixed:clear_jam" by its second half, where that has words."""
    word = _TRIED.get(code.rpartition(":")[2]) or _TRIED.get(code.partition(":")[0])
    return say(word, lang) if word else code


def _lines(body: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[str]:
    """Yield what is known of the fault, a line each; what is not known is left out."""
    yield from _fault(body, procedure, lang)
    yield say(mark("Since: {since}"), lang, since=_since(body, procedure))
    severity = _SEVERITIES.get(str(body.get("severity")))
    if severity:
        yield say(mark("Effect: {severity}"), lang, severity=say(severity, lang))
    yield from _named(mark("Measured: {facts}"), "facts", _facts(body, procedure), lang)
    yield from _diagnosis(body, procedure, lang)
    yield from _news(body, procedure, lang)
    yield from _named(
        mark("Clauses of the procedure: {clauses}"), "clauses", _joined(body.get("clauses"), procedure), lang
    )
    yield say(mark("How it is closed: by a passed retest on the desk, which resolves this ticket."), lang)


def _fault(body: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[str]:
    cause = _title(body, procedure, lang)
    row = procedure.faults.get(str(body.get("fault")))
    if row is not None:
        platform = "windows" if sys.platform == "win32" else "linux"
        values = ticked(body.get("values") or {}, procedure, lang)
        cause = card(row, {**values, "device": _device(body)}, lang, platform).cause
    yield say(mark("Desk: {desk}"), lang, desk=_desk(body))
    device = " ".join(part for part in (_device(body), str(body.get("device_place") or "")) if part)
    yield say(mark("Device: {device}"), lang, device=_clean(device, procedure))
    yield say(mark("Fault: {fault}"), lang, fault=_clean(f"{cause} [{body.get('fault')}]", procedure))
    note = str((body.get("values") or {}).get("note") or "")
    yield from _named(mark("What the person at the desk says: {note}"), "note", _value(note, procedure), lang)


def _news(body: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[str]:
    """Yield what changes while the fault lasts."""
    yield from _named(mark("Why: {why}"), "why", _clean(str(body.get("why") or ""), procedure), lang)
    said = [tried(str(code), lang) for code in body.get("tried") or ()]
    yield from _named(mark("Tried: {tried}"), "tried", _joined(said, procedure), lang)
    if body.get("substitute"):
        substitute = _clean(str(body["substitute"]).rpartition(":")[2], procedure)
        yield say(mark("Substitute in use: {substitute}"), lang, substitute=substitute)
    else:
        yield say(mark("Substitute in use: none so far"), lang)
    desks, cases = int(body.get("desks") or 1), int(body.get("cases") or 0)
    yield say(mark("Desks affected: {desks}; cases told: {cases}"), lang, desks=desks, cases=cases)
    report = body.get("report")
    if isinstance(report, Mapping) and report.get("number"):
        yield say(mark("Report: {number}"), lang, number=str(report["number"]))


def _diagnosis(body: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[str]:
    category = _CATEGORIES.get(str(body.get("category")))
    if category is None:
        return
    confidence = body.get("confidence")
    sure = f" ({number(confidence * 100)} %)" if isinstance(confidence, int | float) else ""
    yield say(mark("Likely cause: {category}"), lang, category=f"{say(category, lang)}{sure}")
    yield from _named(
        mark("Evidence: {evidence}"), "evidence", _joined(body.get("evidence"), procedure), lang
    )


def _named(message: str, name: str, value: str, lang: Lang) -> Iterator[str]:
    if value:
        yield say(message, lang, **{name: value})


def _short(body: Mapping[str, Any], procedure: Procedure, lang: Lang) -> str:
    place = f" ({body['device_place']})" if body.get("device_place") else ""
    line = f"{_title(body, procedure, lang)}: {_device(body)}{place}, {_desk(body)}"
    return _clean(line, procedure)


def _title(body: Mapping[str, Any], procedure: Procedure, lang: Lang) -> str:
    row = procedure.faults.get(str(body.get("fault")))
    return str(body.get("fault") or "") if row is None else (row.title.en if lang == "en" else row.title.zh)


def _device(body: Mapping[str, Any]) -> str:
    return str(body.get("device") or "").partition(":")[2] or str(body.get("device") or "")


def _desk(body: Mapping[str, Any]) -> str:
    return "/".join(str(body[name]) for name in ("site", "station") if body.get(name))


def _since(body: Mapping[str, Any], procedure: Procedure) -> str:
    """Write when it began in the time of the procedure's working hours."""
    try:
        since = datetime.fromisoformat(str(body.get("since")))
    except ValueError:
        return "?"
    return since.astimezone(workdays.zone(procedure.rows.work)).strftime("%Y-%m-%d %H:%M")


def _facts(body: Mapping[str, Any], procedure: Procedure) -> str:
    facts = dict(body.get("facts") or {})
    shown = [f"{name} = {_value(facts[name], procedure)}" for name in sorted(facts)[:_MAX_FACTS]]
    return "; ".join(shown)


def _joined(values: Any, procedure: Procedure) -> str:  # noqa: ANN401  JSON of a note
    return "; ".join(_value(value, procedure) for value in values or ())


def _value(value: Any, procedure: Procedure) -> str:  # noqa: ANN401  JSON of a note
    plain = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return _clean(plain, procedure)[:_VALUE_CHARS]


def _clean(line: str, procedure: Procedure) -> str:
    """One line without what the procedure's privacy rules refuse."""
    return hidden(" ".join(line.split()), procedure.rows.privacy)
