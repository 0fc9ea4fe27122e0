"""The six steps of clause 5.2 as a fold over an incident's transitions: filled by whom, with what.

found → diagnosed → fixed → restarted → retested → reported. The machine fills what it can see; a person's
word replaces what was only inferred.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from agent.clock import Instant
from agent.incidents.model import MACHINE, Incident, Kind, Transition
from config.procedure import Procedure

_KINDS: Mapping[str, tuple[Kind, ...]] = {
    "found": ("detected", "reopened"),
    "diagnosed": ("diagnosed",),
    "fixed": ("fixed",),
    "restarted": ("restarted",),
    "retested": ("retested", "retest_failed"),
    "reported": ("reported",),
}


class Step(msgspec.Struct, frozen=True):
    """One of the six. `by` is None while it is open; "inferred" is concluded, not seen."""

    id: str
    clause: str
    by: Literal["machine", "person", "inferred"] | None
    who: str = ""
    at: Instant | None = None
    fields: Mapping[str, Any] = {}


def steps(incident: Incident, procedure: Procedure) -> tuple[Step, ...]:
    """Return the six steps of an incident's present life, in the procedure's order."""
    rows = sorted(procedure.rows.adjust, key=lambda row: row.order)
    return tuple(_step(row.id, row.clause, incident) for row in rows)


def _step(name: str, clause: str, incident: Incident) -> Step:
    one = incident.newest(*_KINDS.get(name, ()))
    if one is None or one.kind == "retest_failed":
        return Step(name, clause, None)
    fields = dict(one.body)
    if name == "found":
        stopped = incident.newest("stopped")
        fields["stopped_at"] = stopped.at.utc.isoformat() if stopped else None
    return Step(name, clause, _by(one), one.actor, one.at, fields)


def _by(one: Transition) -> Literal["machine", "person", "inferred"]:
    if one.body.get("is_inferred") or "skip_reason" in one.body:
        return "inferred" if one.actor == MACHINE else "person"
    return "machine" if one.actor == MACHINE else "person"
