"""Incidents as JSON trees for the command line, the page and scripts: `deskready.incidents/1`. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from agent.clock import Instant
from agent.incidents.adjust import steps
from agent.incidents.model import Incident, stamp
from agent.incidents.notes import Desk, body_of
from agent.incidents.retest import Proof, Requirement
from agent.incidents.substitute import Substitute
from agent.tickets.outbox import Remote, short_key
from config.procedure import Procedure

SCHEMA = "deskready.incidents/1"


class Around(msgspec.Struct, frozen=True):
    """What is known about an incident besides its own history."""

    need: Requirement
    proof: Proof
    substitutes: tuple[Substitute, ...]
    tickets: tuple[Remote, ...]
    is_saved: bool  # False: it waits in memory for a store that can write


def listed(desk: Desk, incidents: Sequence[dict[str, Any]], problem: str) -> dict[str, Any]:
    """Return the list; `problem` is the store's code while it cannot write."""
    return {
        "schema": SCHEMA,
        "station": desk.station,
        "site": desk.site,
        "store": problem or None,
        "incidents": list(incidents),
    }


def line(incident: Incident, around: Around) -> dict[str, Any]:
    """Return one incident of the list."""
    return {
        "id": incident.id,
        "fault": incident.fault,
        "check": incident.check,
        "device": incident.device,
        "severity": incident.severity,
        "values": dict(incident.values),
        "standing": incident.standing,
        "state": incident.state,
        "since": stamp(incident.life_at.utc),
        "ended": stamp(incident.ended_at.utc) if incident.ended_at else None,
        "is_flapping": incident.is_flapping,
        "is_stopped": incident.is_stopping,
        "is_saved": around.is_saved,
        "substitute": incident.substitute,
        "waits_for": list(around.proof.waits_for) if incident.standing == "recovered" else [],
        "report": incident.report,
        "note": {"kind": incident.note, "due": stamp(incident.note_due) if incident.note_due else None},
        "tickets": [msgspec.to_builtins(one) for one in around.tickets],
    }


def full(
    incident: Incident, around: Around, desk: Desk, procedure: Procedure, now: Instant
) -> dict[str, Any]:
    """Return one incident with its six steps, its history and what could be copied for IT."""
    tell_by = incident.life_at.utc + timedelta(minutes=procedure.rows.incident.tell_clients_within_min)
    return {
        "schema": SCHEMA,
        **line(incident, around),
        "key": incident.key,
        "short_key": short_key(incident.key),
        "clauses": list(incident.clauses),
        "facts": dict(incident.facts),
        "tell_clients_by": stamp(tell_by) if incident.is_stopping else None,
        "retest": {
            "test": around.need.test,
            "checks": [list(key) for key in around.need.checks],
            "questions": list(around.need.questions),
            "passes_needed": around.need.proofs_needed,
            "passes": len(around.proof.passes) + len(around.proof.answers),
        },
        "substitutes": [msgspec.to_builtins(one) for one in around.substitutes],
        "steps": [
            {
                "id": step.id,
                "clause": step.clause,
                "by": step.by,
                "who": step.who,
                "at": stamp(step.at.utc) if step.at else None,
                "fields": dict(step.fields),
            }
            for step in steps(incident, procedure)
        ],
        "history": [
            {"kind": one.kind, "at": stamp(one.at.utc), "who": one.actor, "what": dict(one.body)}
            for one in incident.history
        ],
        "for_it": body_of(incident, desk),
        "now": stamp(now.utc),
    }
