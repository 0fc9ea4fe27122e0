"""Whether and when IT is told of an incident: the procedure's ticket policies as pure arithmetic.

Clause 4.2.2. At most a few new tickets a day for each desk, then one summary; in the first days after
install everything is written down and nothing is sent; working hours only, unless the settings say always.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec

from agent import workdays
from agent.incidents.model import Incident, Transition, stamp
from agent.workdays import Rule
from config.schema import Fault, Severity, TicketNumbers, Work

Why: TypeAlias = Literal[
    "auto",
    "after_self_help",
    "digest",
    "none",
    "observe_only",
    "daily_cap",
    "no_ticket_system",
    "not_for_it",
]

NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # kept to be copied by hand, not to be sent


class Plan(msgspec.Struct, frozen=True):
    """What IT is to be sent, not before `due` (aware; None: nothing)."""

    note: Literal["open", "digest", "none"]
    why: Why
    due: datetime | None = None


class Situation(msgspec.Struct, frozen=True):
    """What the plan depends on besides the fault. `observe_until`: the end of the first days, or None."""

    numbers: TicketNumbers
    work: Work
    has_sink: bool
    is_always: bool  # tickets at any hour
    observe_until: datetime | None


def plan(
    row: Fault, severity: Severity, values: Mapping[str, Any], opened: int, at: Situation, now: datetime
) -> Plan:
    """Plan what IT hears of a fault found at `now`; `opened` tickets were planned today already."""
    if row.route != "it" or row.ticket == "none":
        return Plan("none", "none" if row.route == "it" else "not_for_it")
    if not at.has_sink:
        return Plan("none", "no_ticket_system")
    if is_for_the_digest(row, severity, values):
        return Plan("digest", "digest", _next_digest(at, now))
    return _ticket(row, opened, at, now)


def _ticket(row: Fault, opened: int, at: Situation, now: datetime) -> Plan:
    """Plan a ticket of its own, unless these are the first days or there were enough today."""
    if at.observe_until is not None and now < at.observe_until:
        return Plan("open", "observe_only", NEVER)
    if opened >= at.numbers.max_new_per_station_per_day:
        return Plan("digest", "daily_cap", _end_of_day(at, now))
    wait_min = (row.ticket_after_min or 0) if row.ticket == "after_self_help" else 0
    due = _in_hours(now + timedelta(minutes=wait_min), at)
    return Plan("open", "after_self_help" if wait_min else "auto", due)


def at_once(
    row: Fault, severity: Severity, values: Mapping[str, Any], opened: int, at: Situation, now: datetime
) -> Plan:
    """Plan what IT hears of a fault whose guidance did not help: nothing is left to wait for."""
    is_to_be_asked = row.ticket in {"none", "after_self_help"} and severity != "notice"
    row = msgspec.structs.replace(row, ticket="auto") if is_to_be_asked else row
    return plan(row, severity, values, opened, at, now)


def is_for_the_digest(row: Fault, severity: Severity, values: Mapping[str, Any]) -> bool:
    """Whether a fault can wait for the weekly note: its policy says so, or it is only a first warning."""
    days_left, at_once = values.get("days_left"), row.ticket_at_once_days_left
    if at_once is not None and isinstance(days_left, int | float) and days_left < at_once:
        return False
    return row.ticket == "digest" or (severity == "notice" and row.severity != "notice")


def recorded(incident: Incident, one: Transition, made: Plan) -> Transition:
    """Say that an incident is kept, and what IT is told of it and when."""
    body = {"note": made.note, "why": made.why, "due": stamp(made.due) if made.due else None}
    return Transition(incident.id, "recorded", one.at, body=body)


def opened_today(incidents: Iterable[Incident], work: Work, now: datetime) -> int:
    """Count the new tickets that were planned today, by the procedure's own calendar.

    One that was withdrawn, only written down, or goes on with an earlier ticket is not new.
    """
    zone = workdays.zone(work)
    today = now.astimezone(zone).date()
    planned = (one for incident in incidents for one in _new_tickets(incident))
    return sum(one.at.utc.astimezone(zone).date() == today for one in planned)


def was_told(incident: Incident) -> bool:
    """Whether IT may have a ticket of an earlier life, so that a new one goes on with it."""
    life = len(incident.this_life())
    earlier = incident.history[: len(incident.history) - life]
    return bool(_new_tickets(msgspec.structs.replace(incident, history=earlier)))


def _new_tickets(incident: Incident) -> list[Transition]:
    """Return the plans of this incident's history that made, or will make, a ticket.

    At most one: later lives go on with it. A life that ended before its ticket was due made none, and a
    newer plan of one life takes the place of the older.
    """
    made: Transition | None = None
    planned: Transition | None = None
    for one in incident.history:
        if one.kind == "recorded" and one.body["note"] == "open" and one.body["why"] != "observe_only":
            planned = one
        elif one.kind in {"closed", "cancelled"} and planned is not None:
            is_due = stamp(one.at.utc) >= planned.body["due"]
            made, planned = made or (planned if is_due else None), None
    ticket = made or planned
    return [] if ticket is None else [ticket]


def observe_until(installed: datetime, days: int, work: Work) -> datetime:
    """Return the end of the first working days, the day of the install included."""
    end = installed
    for _ in range(days):
        end = workdays.next_due(Rule("workday", work.day_ends), end, work) or end
    return end


def _in_hours(due: datetime, at: Situation) -> datetime:
    if at.is_always or workdays.is_work_time(due, at.work):
        return due
    return workdays.next_due(Rule("workday", at.work.day_starts), due, at.work) or due


def _next_digest(at: Situation, now: datetime) -> datetime | None:
    return workdays.next_due(Rule("week", at.work.day_starts, at.numbers.digest_weekday), now, at.work)


def _end_of_day(at: Situation, now: datetime) -> datetime | None:
    """The end of this working day, for one summary of what went beyond the day's tickets."""
    return workdays.next_due(Rule("workday", at.work.day_ends), now, at.work)
