"""What an incident is: the life of one fault of one device, as the fold of everything that happened to it.

Clauses 4.2 and 5.2. A `Transition` is one thing that happened, with time, source and who; an `Incident` is
nothing but its transitions in order. The store keeps the transitions in its journal.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import msgspec

from agent.clock import Instant
from config.schema import Severity

Kind: TypeAlias = Literal[
    "detected",  # the fault is confirmed
    "stopped",  # the device is out of use until a passed retest
    "recorded",  # kept, and whether IT is told and when
    "reopened",
    "diagnosed",
    "notified",  # IT has it: sink, remote id
    "repairing",
    "severity_changed",
    "flapping_started",
    "flapping_stopped",
    "first_aid_worked",
    "first_aid_failed",
    "substituted",
    "switched_back",  # from the substitute to the device itself
    "workaround",
    "clients_told",
    "fixed",
    "restarted",
    "recovered",  # the fault is gone; from here on a retest counts
    "retest_failed",
    "answered",  # a person's part of a retest
    "retested",
    "reported",
    "closed",
    "cancelled",
    "ticket_withdrawn",  # it ended before IT was told
    "ticket_closed_by_person",
    "ticket_reopened_by_person",
    "ticket_merged_by_person",
]
Standing: TypeAlias = Literal["open", "recovered", "closed", "cancelled"]
Identity: TypeAlias = tuple[str, str, str]  # (check, device, fault code)

MACHINE = "agent"
OPEN_STANDINGS: tuple[Standing, ...] = ("open", "recovered")
# Only these are states of the procedure; the other kinds leave the state as it is.
_STATE_OF: Mapping[str, str] = {
    kind: kind
    for kind in (
        "detected",
        "stopped",
        "recorded",
        "notified",
        "substituted",
        "workaround",
        "repairing",
        "diagnosed",
        "fixed",
        "restarted",
        "retested",
        "reported",
        "closed",
        "cancelled",
    )
} | {"reopened": "detected"}


class Transition(msgspec.Struct, frozen=True):
    """One thing that happened to an incident. `actor` is "agent" or the name a person works under."""

    incident: str
    kind: Kind
    at: Instant
    actor: str = MACHINE
    body: Mapping[str, Any] = {}


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """Where an incident stands. `check` is the check that found it, or the question a person answered.

    A retest counts only results newer than `proof_after`. `life_at` is when it was found or last reopened.
    """

    id: str
    key: str
    check: str
    device: str
    fault: str
    level: Literal["blocking", "advisory"]
    severity: Severity
    clauses: tuple[str, ...] = ()
    values: Mapping[str, Any] = {}
    facts: Mapping[str, Any] = {}
    is_seen_by_machine: bool = True  # False: a person reported it, so a person says when it is gone
    standing: Standing = "open"
    state: str = "detected"
    found_at: Instant
    life_at: Instant
    proof_after: Instant
    ended_at: Instant | None = None
    is_flapping: bool = False
    answers: Mapping[str, Instant] = {}  # question → when a person last answered it well
    substitute: str | None = None  # device id
    note: Literal["open", "digest", "none"] = "none"  # what IT was to be sent in this life
    note_due: datetime | None = None
    report: int | None = None
    history: tuple[Transition, ...] = ()

    @property
    def identity(self) -> Identity:
        """(check, device, fault): of which at most one incident is open."""
        return (self.check, self.device, self.fault)

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its passed retest."""
        return self.standing in OPEN_STANDINGS

    @property
    def is_stopping(self) -> bool:
        """Whether its device is out of use until a passed retest."""
        return self.is_open and self.severity == "stop" and self.level == "blocking"

    def this_life(self) -> tuple[Transition, ...]:
        """Return what happened since it was found or last reopened."""
        starts = [n for n, one in enumerate(self.history) if one.kind in {"detected", "reopened"}]
        return self.history[starts[-1] :] if starts else self.history

    def newest(self, *kinds: Kind) -> Transition | None:
        """Return the newest transition of these kinds in this life."""
        return next((one for one in reversed(self.this_life()) if one.kind in kinds), None)


def apply(incident: Incident | None, one: Transition) -> Incident:
    """Take one transition in; the first of an incident must be its "detected"."""
    if incident is None:
        incident = _found(one)
    changes: dict[str, Any] = {"history": (*incident.history, one)}
    changes["state"] = _STATE_OF.get(one.kind, incident.state)
    return msgspec.structs.replace(incident, **changes | _changes(incident, one))


def fold(history: tuple[Transition, ...]) -> Incident | None:
    """Return the incident that a history comes to; None where it does not begin with being found."""
    incident: Incident | None = None
    for one in history:
        if incident is None and one.kind != "detected":
            return None
        incident = apply(incident, one)
    return incident


def newer(moment: Instant, than: Instant) -> bool:
    """Whether a moment comes after another: by seconds since boot where it is the same boot, else by UTC."""
    if moment.boot_id == than.boot_id:
        return moment.boot_s > than.boot_s
    return moment.utc > than.utc


def stamp(moment: datetime) -> str:
    """Write an aware time as UTC, to the second, ending in "Z"."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _found(one: Transition) -> Incident:
    body = one.body
    return Incident(
        id=one.incident,
        key=body["key"],
        check=body["check"],
        device=body["device"],
        fault=body["fault"],
        level=body["level"],
        severity=body["severity"],
        is_seen_by_machine=body["source"] == "check",
        found_at=one.at,
        life_at=one.at,
        proof_after=one.at,
    )


def _changes(incident: Incident, one: Transition) -> dict[str, Any]:
    body, changes = one.body, _proof(incident, one)
    match one.kind:
        case "detected" | "reopened":
            changes = _life(one)
        case "recorded":
            due = datetime.fromisoformat(body["due"]) if body["due"] else None
            changes = {"note": body["note"], "note_due": due}
        case "severity_changed":
            changes = {"severity": body["severity"], "values": body["values"], "facts": body["facts"]}
        case "flapping_started" | "flapping_stopped":
            changes = {"is_flapping": one.kind == "flapping_started"}
        case "substituted":
            changes = {"substitute": body["device"]}
        case "switched_back":
            changes = {"substitute": None, "state": _state_without(incident, "substituted")}
        case "ticket_withdrawn":
            changes = {"note": "none", "note_due": None}
        case "reported":
            changes = {"report": body.get("number")}
        case "closed" | "cancelled":
            changes = {"standing": one.kind, "ended_at": one.at, "is_flapping": False}
    return changes


def _state_without(incident: Incident, state: str) -> str:
    """Return the state of this life that came before, or beside, the given one."""
    states = [_STATE_OF[one.kind] for one in incident.this_life() if one.kind in _STATE_OF]
    return next((one for one in reversed(states) if one != state), incident.state)


def _life(one: Transition) -> dict[str, Any]:
    """Begin a life: found, or found again."""
    body = one.body
    return {
        "standing": "open",
        "life_at": one.at,
        "proof_after": one.at,
        "ended_at": None,
        "severity": body["severity"],
        "clauses": tuple(body["clauses"]),
        "values": body["values"],
        "facts": body["facts"],
        "is_flapping": body["is_flapping"],
        "answers": {},
        "substitute": None,
    }


def _proof(incident: Incident, one: Transition) -> dict[str, Any]:
    """Say what a transition means for the retest."""
    gone: dict[str, Any] = {"standing": "recovered", "proof_after": one.at, "answers": {}}
    is_gone_by_word = not incident.is_seen_by_machine and incident.is_open
    changes: dict[str, Any] = {}
    match one.kind:
        case "recovered":
            changes = gone
        case "fixed" if one.body.get("is_inferred"):
            pass
        case "fixed" | "first_aid_worked" if is_gone_by_word:
            changes = gone
        case "fixed":
            changes = {"proof_after": one.at, "answers": {}}
        case "retest_failed":
            changes = gone | {"standing": "open"}
        case "answered":
            changes = {"answers": {**incident.answers, one.body["question"]: one.at}}
    return changes
