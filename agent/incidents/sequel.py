"""What follows by rule from what has just happened: the incident is recorded and diagnosed. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from agent.incidents import policy
from agent.incidents.diagnosis import JUST_BEFORE, diagnosed
from agent.incidents.model import Incident, Transition, apply
from agent.incidents.policy import Situation
from agent.result import Result
from config.procedure import Procedure

LOOK_BACK = JUST_BEFORE + timedelta(minutes=1)
_CAUSES = {"detected", "reopened", "severity_changed"}
Parents = Callable[[Incident], Sequence[Result]]


def complete(
    incidents: Mapping[str, Incident],
    happened: Sequence[Transition],
    procedure: Procedure,
    situation: Situation,
    parents: Parents,
    changes: Sequence[Result],
) -> tuple[dict[str, Incident], tuple[Transition, ...]]:
    """Add to what happened what follows from it.

    `incidents` are as they stood before; `parents` gives the good results of what an incident's row depends
    on, `changes` are the desk's last changes, oldest first.
    """
    known = dict(incidents)
    complete: list[Transition] = []

    def add(one: Transition) -> None:
        known[one.incident] = apply(known.get(one.incident), one)
        complete.append(one)

    cause: Transition | None = None
    for one, following in zip_longest(happened, happened[1:]):
        add(one)
        cause = one if one.kind in _CAUSES else cause
        if cause is not None and not _goes_with(one, following):
            for each in _after(known, cause, procedure, situation, parents, changes):
                add(each)
            cause = None
    return known, tuple(complete)


def after_order(
    known: Mapping[str, Incident],
    incident: Incident,
    happened: Sequence[Transition],
    procedure: Procedure,
    situation: Situation,
) -> tuple[Transition, ...]:
    """Add what follows from a person's order: IT hears at once where the guidance did not help."""
    if not happened or happened[-1].kind != "first_aid_failed" or incident.fault not in procedure.faults:
        return tuple(happened)
    one, others = happened[-1], [each for each in known.values() if each.id != incident.id]
    was_told = policy.was_told(incident)
    opened = 0 if was_told else policy.opened_today(others, situation.work, one.at.utc)
    row = procedure.faults[incident.fault]
    made = policy.at_once(row, incident.severity, incident.values, opened, situation, one.at.utc)
    is_news = made.note == "open" and (
        incident.note != "open"
        or incident.note_due is None
        or made.due is None
        or made.due < incident.note_due
    )
    return (*happened, policy.recorded(incident, one, made)) if is_news else tuple(happened)


def _goes_with(one: Transition, following: Transition | None) -> bool:
    """Whether what follows is the other half of it: a device is stopped in the moment its fault is found."""
    return following is not None and following.kind == "stopped" and following.incident == one.incident


def _after(
    known: Mapping[str, Incident],
    one: Transition,
    procedure: Procedure,
    situation: Situation,
    parents: Parents,
    changes: Sequence[Result],
) -> Iterator[Transition]:
    incident = known[one.incident]
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
    opened = 0 if policy.was_told(incident) else policy.opened_today(known.values(), situation.work, now)
    row = procedure.faults[incident.fault]
    return policy.plan(row, incident.severity, incident.values, opened, situation, now)
