"""What follows by rule from what has just happened: the incident is recorded and diagnosed. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from agent.incidents import policy
from agent.incidents.diagnosis import JUST_BEFORE, diagnosed
from agent.incidents.model import Incident, Transition, apply
from agent.incidents.policy import Situation
from agent.result import Result
from config.procedure import Procedure

LOOK_BACK = JUST_BEFORE + timedelta(minutes=1)
Parents = Callable[[Incident], Sequence[Result]]


def complete(
    incidents: Mapping[str, Incident],
    happened: Iterable[Transition],
    procedure: Procedure,
    situation: Situation,
    parents: Parents,
    changes: Sequence[Result],
) -> tuple[dict[str, Incident], tuple[Transition, ...]]:
    """Add to what happened what follows from it.

    `incidents` are as they stood before; `parents` gives the good results of what an incident's row depends
    on, `changes` are the desk's last changes, oldest first.
    """
    known, complete = dict(incidents), []
    for one in happened:
        for each in (one, *_after(known, one, procedure, situation, parents, changes)):
            known[each.incident] = apply(known.get(each.incident), each)
            complete.append(each)
    return known, tuple(complete)


def _after(
    known: Mapping[str, Incident],
    one: Transition,
    procedure: Procedure,
    situation: Situation,
    parents: Parents,
    changes: Sequence[Result],
) -> Iterator[Transition]:
    if one.kind not in {"detected", "reopened", "severity_changed"}:
        return
    incident = apply(known.get(one.incident), one)
    if one.kind == "severity_changed":
        yield from _told_after_all(known, incident, one, procedure, situation)
        return
    yield policy.recorded(incident, one, _plan(known, incident, procedure, situation, one.at.utc))
    yield diagnosed(incident, one, procedure.faults[incident.fault], parents(incident), changes)


def _told_after_all(
    known: Mapping[str, Incident],
    incident: Incident,
    one: Transition,
    procedure: Procedure,
    situation: Situation,
) -> Iterator[Transition]:
    """Plan a ticket for a fault that was only a line of the digest and has become worse."""
    if incident.note == "open":
        return
    made = _plan(known, incident, procedure, situation, one.at.utc)
    if made.note == "open":
        yield policy.recorded(incident, one, made)


def _plan(
    known: Mapping[str, Incident],
    incident: Incident,
    procedure: Procedure,
    situation: Situation,
    now: datetime,
) -> policy.Plan:
    others = [each for each in known.values() if each.id != incident.id]
    opened = policy.opened_today(others, situation.work, now)
    row = procedure.faults[incident.fault]
    return policy.plan(row, incident.severity, incident.values, opened, situation, now)
