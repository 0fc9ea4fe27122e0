"""One run of one check: probe, carry, judge, measure, time. Never raises.

A device that is wrong becomes findings; "could not look" becomes unknown with its reason; a fault of
our own becomes unknown "agent.crashed", logged with its traceback, here and nowhere else.
"""

import logging
import time
from collections.abc import Sequence

import msgspec

from agent import clock
from agent.hysteresis import eased, held_limits
from agent.plan import Job
from agent.result import Fault, Result, State
from checks.model import AnyCheck, Finding, ProbeError
from config.procedure import Procedure

log = logging.getLogger(__name__)


class Reading(msgspec.Struct, frozen=True):
    """What the next run of the same row needs of this one: the typed facts and the findings."""

    facts: msgspec.Struct
    findings: tuple[Finding, ...]


def run(job: Job, previous: Reading | None, procedure: Procedure) -> tuple[Result, Reading | None]:
    """Run one row now. Returns the result and the reading to give to the next run."""
    started = clock.now()
    started_s = time.monotonic()
    blank = Result(
        check=job.row.id,
        device=job.device,
        level=job.row.level,
        state="unknown",
        measured_at=started.utc,
        boot_id=started.boot_id,
        boot_s=started.boot_s,
    )
    if job.off is not None or job.check is None:
        return msgspec.structs.replace(blank, state="off", reason=job.off), None
    kept: Reading | None = previous
    try:
        kept = reading = _read(job, job.check, previous)
        result = _judged(blank, job.check, reading, procedure)
    except ProbeError as error:
        log.debug("could not look: check=%s device=%s reason=%s", *job.key, error.code)
        result = msgspec.structs.replace(blank, reason=error.code, is_absent=error.is_absent)
    except Exception:
        log.exception("check crashed: check=%s device=%s", *job.key)
        kept = None
        result = msgspec.structs.replace(blank, reason="agent.crashed")
    return msgspec.structs.replace(result, took_s=time.monotonic() - started_s), kept


def overrun(job: Job, started: clock.Instant) -> Result:
    """Make the result of a run that is still going at its time limit."""
    return Result(
        check=job.row.id,
        device=job.device,
        level=job.row.level,
        state="unknown",
        reason="check.overrun",
        measured_at=started.utc,
        boot_id=started.boot_id,
        boot_s=clock.boot_s(),
        took_s=job.row.timeout_s,
    )


def _read(job: Job, check: AnyCheck, previous: Reading | None) -> Reading:
    facts = check.probe(job.target, job.params)
    facts = check.carry(previous.facts if previous else None, facts)
    params = eased(job.params, held_limits(previous.findings if previous else ()))  # type: ignore[type-var]
    return Reading(facts, tuple(check.judge(facts, params)))


def _judged(blank: Result, check: AnyCheck, reading: Reading, procedure: Procedure) -> Result:
    faults = tuple(_fault(finding, procedure) for finding in reading.findings)
    return msgspec.structs.replace(
        blank,
        state=_state(faults),
        findings=faults,
        facts=msgspec.to_builtins(reading.facts),
        samples=tuple(check.measure(reading.facts)),
    )


def _fault(finding: Finding, procedure: Procedure) -> Fault:
    row = procedure.faults[finding.code]
    severity = (row.warn_severity or row.severity) if finding.is_warning else row.severity
    return Fault(finding.code, severity, _clauses(finding.code, procedure), dict(finding.values))


def _clauses(code: str, procedure: Procedure) -> tuple[str, ...]:
    """Ids of the clauses in force that a check which raises `code` serves, in the document's order."""
    checks = {check.id for check in procedure.checks.values() if code in check.faults}
    return tuple(
        clause.id
        for clause in procedure.clauses.values()
        if clause.enabled and (code in clause.faults or checks.intersection(clause.checks))
    )


def _state(faults: Sequence[Fault]) -> State:
    if not faults:
        return "ok"
    return "fail" if any(fault.severity == "stop" for fault in faults) else "warn"
