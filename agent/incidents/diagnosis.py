"""The first diagnosis, made by the machine: which kind of cause, what speaks for it, how sure.

Clause 5.2.2. Pure. The category is the fault's own; the evidence is what the check measured, what the row
depends on was found to be, and what else on this desk changed just before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from agent.incidents.model import Incident, Transition
from agent.result import Result
from config.schema import Fault

SURE, LIKELY, GUESS = 0.9, 0.6, 0.3  # confidence, 0..1
JUST_BEFORE = timedelta(minutes=10)
_CHANGES_MAX = 5
_VALUES_MAX = 8


def diagnosed(
    incident: Incident, one: Transition, row: Fault, parents: Iterable[Result], changes: Sequence[Result]
) -> Transition:
    """Diagnose an incident that was just found, from results of its parents and the desk's last changes."""
    before = _before(incident, one, changes)
    body: dict[str, Any] = {
        "category": row.category,
        "confidence": _confidence(incident, row, before),
        "evidence": [*_measured(incident), *_hops(parents), *(_change(result) for result in before)],
        "changed_by": _change(before[-1]) if before else None,
    }
    return Transition(incident.id, "diagnosed", one.at, body=body)


def _measured(incident: Incident) -> list[str]:
    """Write the finding's values as "name=value"."""
    values: Mapping[str, Any] = incident.values or incident.facts
    return [f"{name}={value}" for name, value in list(values.items())[:_VALUES_MAX] if value is not None]


def _hops(parents: Iterable[Result]) -> list[str]:
    """Say of everything the row depends on that it was well: so the fault lies behind it."""
    return [f"{result.check}: {result.state}" for result in parents]


def _before(incident: Incident, one: Transition, changes: Sequence[Result]) -> list[Result]:
    """Return what else changed in the minutes before the fault was seen, oldest first."""
    earliest, own = one.at.utc - JUST_BEFORE, (incident.check, incident.device)
    found = [
        result
        for result in changes
        if result.key != own and result.state != "off" and earliest <= result.measured_at <= one.at.utc
    ]
    return found[-_CHANGES_MAX:]


def _change(result: Result) -> str:
    codes = ",".join(fault.code for fault in result.findings) or result.reason or ""
    return f"{result.check} {result.device}: {result.state} {codes}".rstrip()


def _confidence(incident: Incident, row: Fault, before: Sequence[Result]) -> float:
    """Sure where the device names its own fault; less where something else changed or it comes and goes."""
    if incident.is_flapping or row.category == "unknown":
        return GUESS
    return LIKELY if before or not (incident.values or incident.facts) else SURE
