"""The steps of an incident's life, each as what happened. Pure; their bodies are made here."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from agent.clock import Instant
from agent.incidents.model import Identity, Incident, Transition, newer, stamp
from agent.incidents.problem import Problem
from agent.incidents.retest import Proof, Requirement
from agent.incidents.watch import Watch
from agent.result import Fault, Result
from agent.track import Rule
from config.procedure import Procedure

_FACTS_MAX = 12
_FOR_CHECKS_ONLY = {"read_s"}  # a reading of the monotonic clock, for the check's next run
# What a repair of these must have been, where nobody says otherwise.
_FIXED_BY: Mapping[str, str] = {
    "PRN_JAM": "clear_jam",
    "PRN_PAPER_OUT": "refill_supply",
    "PRN_TONER_LOW": "refill_supply",
    "PRN_TONER_EMPTY": "refill_supply",
    "NET_LINK_DOWN": "reconnect_cable",
    "PC_SERVICE": "restart_service",
}


def found(
    identity: Identity,
    fault: Fault,
    result: Result,
    procedure: Procedure,
    *,
    ended: Iterable[Incident],
    key: str,
    new_id: Callable[[Instant], str],
    now: Instant,
    is_flapping: bool,
) -> Iterator[Transition]:
    """Open an incident, or open again the one of the same fault that ended within the procedure's hours."""
    before = _recent(ended, key, procedure.rows.tickets.reopen_within_h, now)
    name = before.id if before else new_id(now)
    body = {
        "key": key,
        "check": identity[0],
        "device": identity[1],
        "fault": identity[2],
        "level": result.level,
        "severity": fault.severity,
        "clauses": list(fault.clauses),
        "values": dict(fault.values),
        "facts": short_facts(result.facts),
        "measured": stamp(result.measured_at),
        "source": "check",
        "is_flapping": is_flapping,
    }
    yield Transition(name, "reopened" if before else "detected", now, body=body)
    if fault.severity == "stop" and result.level == "blocking":
        yield Transition(name, "stopped", now, body={"device": identity[1]})


def reported(
    problem: Problem, procedure: Procedure, *, key: str, name: str, now: Instant, by: str
) -> Iterator[Transition]:
    """Open an incident that a person reports: a question (in place of a check) answered with "problem"."""
    row = procedure.faults[problem.fault]
    clauses = [
        clause.id
        for clause in procedure.clauses.values()
        if clause.enabled and problem.fault in clause.faults
    ]
    body: dict[str, Any] = {
        "key": key,
        "check": problem.question,
        "device": problem.device,
        "fault": problem.fault,
        "level": "blocking" if row.severity == "stop" else "advisory",
        "severity": row.severity,
        "clauses": clauses,
        "values": problem.values,
        "facts": {},
        "measured": stamp(now.utc),
        "source": "person",
        "is_flapping": False,
    }
    yield Transition(name, "detected", now, by, body)
    if row.severity == "stop":
        yield Transition(name, "stopped", now, by, {"device": problem.device})


def severity_change(incident: Incident, seen: Watch, rule: Rule, now: Instant) -> Iterator[Transition]:
    """Follow a fault that has become worse or milder, once that is confirmed."""
    fault, result = seen.fault, seen.bad_result
    if fault is None or result is None or not seen.bad_count or seen.severity_count < rule.fail_attempts:
        return
    if fault.severity == incident.severity:
        return
    body = {
        "was": incident.severity,
        "severity": fault.severity,
        "values": dict(fault.values),
        "facts": short_facts(result.facts),
    }
    yield Transition(incident.id, "severity_changed", now, body=body)
    if fault.severity == "stop" and incident.level == "blocking":
        yield Transition(incident.id, "stopped", now, body={"device": incident.device})


def seen_restart(incident: Incident, started: Instant | None, now: Instant) -> Transition | None:
    """Note that the device was started after the fault was found: by its uptime, or by the boot."""
    if started is None or not newer(started, incident.life_at) or incident.newest("restarted"):
        return None
    seen_by = "uptime" if started.boot_id == incident.life_at.boot_id else "boot_id"
    body = {"seen_by": seen_by, "restart_time": stamp(started.utc)}
    return Transition(incident.id, "restarted", now, body=body)


def gone_bad(incident: Incident, now: Instant) -> Transition:
    """Note that the fault came back before its retest was passed."""
    return Transition(incident.id, "retest_failed", now, body={"check": incident.check})


def close(incident: Incident, need: Requirement, proof: Proof, now: Instant) -> Iterator[Transition]:
    """End an incident whose retest is passed: fill in what nobody did, then retested, reported, closed."""
    name = incident.id
    action = _FIXED_BY.get(incident.fault)
    if action and incident.newest("fixed") is None:
        yield Transition(name, "fixed", now, body={"action": action, "is_inferred": True})
    if incident.newest("restarted") is None:
        yield Transition(name, "restarted", now, body={"skip_reason": "worked_without"})
    body = {
        "test": need.test,
        "passes": [
            {"check": check, "device": device, "at": stamp(at.utc)} for (check, device), at in proof.passes
        ],
        "passes_needed": need.passes * len(need.checks),
        "answers": list(proof.answers),
        "result": "passed",
    }
    yield Transition(name, "retested", now, body=body)
    yield Transition(name, "reported", now)
    yield Transition(name, "closed", now)


def short_facts(facts: Mapping[str, Any]) -> dict[str, str | int | float | bool]:
    """Return the plain values among a check's facts that say something to people, the first few of them."""
    plain = {
        name: value
        for name, value in facts.items()
        if isinstance(value, str | int | float) and value != "" and name not in _FOR_CHECKS_ONLY
    }
    return dict(list(plain.items())[:_FACTS_MAX])


def _recent(ended: Iterable[Incident], key: str, within_h: float, now: Instant) -> Incident | None:
    """Return the newest closed incident of this key that ended within the given hours."""
    earliest = Instant(now.utc - timedelta(hours=within_h), now.boot_s - within_h * 3600, now.boot_id)
    same = [
        one
        for one in ended
        if one.key == key and one.standing == "closed" and one.ended_at and newer(one.ended_at, earliest)
    ]
    return max(same, key=lambda one: one.id, default=None)
