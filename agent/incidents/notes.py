"""What IT is told of a transition: a note of plain facts for the outbox. Pure; words are made at delivery.

Nothing of a client is in it: the number of affected cases, never which.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from agent.incidents.model import Incident, Kind, Transition, stamp
from agent.incidents.policy import was_told
from agent.tickets import outbox
from agent.tickets.outbox import Note

# Transitions that IT hears of while a ticket is open → the reason of the comment.
_COMMENTS: Mapping[Kind, str] = {
    "severity_changed": "severity_changed",
    "flapping_started": "flapping_started",
    "flapping_stopped": "flapping_stopped",
    "substituted": "substitute_chosen",
    "switched_back": "switched_back",
    "first_aid_worked": "first_aid_worked",
    "first_aid_failed": "first_aid_failed",
    "retest_failed": "retest_failed",
}
_TRIED: Mapping[Kind, str] = {
    "first_aid_worked": "first_aid_worked",
    "first_aid_failed": "first_aid_failed",
    "workaround": "workaround",
    "fixed": "fixed",
    "restarted": "restarted",
}


class Desk(msgspec.Struct, frozen=True):
    """Which desk speaks, and where its devices stand."""

    station: str
    site: str
    places: Mapping[str, str]  # device id → place


def note(incident: Incident, one: Transition, desk: Desk, now: datetime) -> Note | None:
    """Return what IT is told of a transition; `incident` is as it stands after it. None: nothing."""
    if one.kind == "recorded":
        return _first(incident, one, desk)
    if incident.note != "open" or incident.note_due is None or one.kind not in _COMMENTS:
        return None
    due = max(now, incident.note_due)
    return _made(incident, "comment", _COMMENTS[one.kind], due, desk)


def ending(incident: Incident, html: str | None, desk: Desk, now: datetime) -> Note:
    """Return the note that ends a ticket: the passed retest with the report, or that it was cancelled."""
    report = {"number": incident.report, "html": html} if incident.report and html else None
    cancelled = incident.newest("cancelled")
    made = _made(incident, "resolve", "cancelled" if cancelled else "retest_passed", now, desk)
    more = {"report": report, "why": cancelled.body["reason"] if cancelled else None}
    return msgspec.structs.replace(made, body={**made.body, **more})


def _first(incident: Incident, one: Transition, desk: Desk) -> Note | None:
    """The first note of a life: a ticket, the old ticket again, or a line of a digest."""
    due = incident.note_due
    if due is None or incident.note == "none":
        return None
    if incident.note == "digest":
        made = _made(incident, "digest", "digest", due, desk)
        return msgspec.structs.replace(
            made, key=f"dr1:{desk.site}/{desk.station}:{one.body['why']}:{due.date()}"
        )
    if was_told(incident):
        return _made(incident, "reopen", "recurred", due, desk)
    return _made(incident, "open", "opened", due, desk)


def body_of(incident: Incident, desk: Desk) -> dict[str, Any]:
    """Return the plain facts of an incident, as IT gets them."""
    diagnosed = incident.newest("diagnosed")
    found = diagnosed.body if diagnosed else {}
    return {
        "station": desk.station,
        "site": desk.site,
        "device": incident.device,
        "device_place": desk.places.get(incident.device, ""),
        "fault": incident.fault,
        "severity": incident.severity,
        "since": stamp(incident.life_at.utc),
        "facts": dict(incident.facts),
        "values": dict(incident.values),
        "clauses": list(incident.clauses),
        "tried": _tried(incident),
        "substitute": incident.substitute,
        "desks": 1,
        "cases": _cases(incident),
        "category": found.get("category"),
        "evidence": list(found.get("evidence", ())),
        "confidence": found.get("confidence"),
        "report": None,
        "how_closed": "retest",
        "storm_key": outbox.key_of(desk.site, incident.check, incident.fault),  # one for the site's desks
    }


def _made(incident: Incident, kind: outbox.Kind, reason: str, due: datetime, desk: Desk) -> Note:
    return Note(
        incident=incident.id,
        key=incident.key,
        kind=kind,
        reason=reason,
        due_utc=due,
        body=body_of(incident, desk),
    )


def _tried(incident: Incident) -> list[str]:
    """Codes of what was tried in this life, in order: "fixed:clear_jam", "first_aid_failed"."""
    tried = [
        ":".join(filter(None, (_TRIED[one.kind], one.body.get("action") or one.body.get("code"))))
        for one in incident.this_life()
        if one.kind in _TRIED and not one.body.get("is_inferred") and "skip_reason" not in one.body
    ]
    return list(dict.fromkeys(tried))


def _cases(incident: Incident) -> int:
    """How many cases' clients were told, each counted once."""
    return len({one.body["case"] for one in incident.this_life() if one.kind == "clients_told"})
