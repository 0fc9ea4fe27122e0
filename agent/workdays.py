"""The procedure's calendar as pure arithmetic: working hours, and when a calendar job was or will be due.

All moments that come in and go out are aware; the rules are kept in the procedure's own time zone, so a
desk whose clock shows another zone, and a day with 23 or 25 hours, come out right.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from config.schema import Work

Every: TypeAlias = Literal["workday", "week", "month", "quarter"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_DAYS = 200  # two quarters: whatever is due at all is due in between
_QUARTER_MONTHS = (1, 4, 7, 10)


class Rule(msgspec.Struct, frozen=True):
    """When a job is due: at local time `at` ("08:30") of the days that `every` says.

    "week" means one weekday (the next workday where it is none), "month" and "quarter" their first workday.
    A run that was missed is made up for until `late_s` after it was due.
    """

    every: Every
    at: str
    weekday: str = "mon"
    late_s: float = float("inf")


def is_work_time(moment: datetime, work: Work) -> bool:
    """Whether a moment lies in the working hours; the end of the day does not."""
    local = moment.astimezone(zone(work))
    if DAYS[local.weekday()] not in work.workdays:
        return False
    starts, ends = _at(local.date(), work.day_starts, work), _at(local.date(), work.day_ends, work)
    return starts <= moment < ends


def day_ends(moment: datetime, work: Work) -> datetime:
    """Return the end of the working day of the local date of `moment`, as UTC; it may lie in the past."""
    return _at(moment.astimezone(zone(work)).date(), work.day_ends, work)


def last_due(rule: Rule, now: datetime, work: Work) -> datetime | None:
    """Return the newest moment, as UTC, at which the job was due; None if it never is."""
    today = now.astimezone(zone(work)).date()
    days = (today - timedelta(days=back) for back in range(_LOOK_DAYS))
    return next((at for at in _due_on(days, rule, work) if at <= now), None)


def next_due(rule: Rule, now: datetime, work: Work) -> datetime | None:
    """Return the next moment, as UTC and after `now`, at which the job will be due; None if it never is."""
    today = now.astimezone(zone(work)).date()
    days = (today + timedelta(days=ahead) for ahead in range(_LOOK_DAYS))
    return next((at for at in _due_on(days, rule, work) if at > now), None)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone(work: Work) -> ZoneInfo:
    """Return the procedure's time zone. Raises ValueError where this computer does not know it."""
    try:
        return _zone(work.timezone)
    except ZoneInfoNotFoundError:
        raise ValueError(f"[work] timezone = {work.timezone!r}: not known to this computer") from None


def _due_on(days: Iterator[date], rule: Rule, work: Work) -> Iterator[datetime]:
    return (_at(day, rule.at, work) for day in days if _is_due_on(day, rule, work))


def _is_due_on(day: date, rule: Rule, work: Work) -> bool:
    if DAYS[day.weekday()] not in work.workdays:
        return False
    if rule.every == "workday":
        return True
    if rule.every == "week":
        wanted = (day.weekday() - DAYS.index(rule.weekday)) % len(DAYS)
        return _is_first_workday(day, wanted, work)
    is_month = rule.every == "month" or day.month in _QUARTER_MONTHS
    return is_month and _is_first_workday(day, day.day - 1, work)


def _is_first_workday(day: date, days_in: int, work: Work) -> bool:
    """Whether none of the `days_in` days just before `day` is a workday."""
    return not any(DAYS[(day.weekday() - back) % 7] in work.workdays for back in range(1, days_in + 1))


def _at(day: date, clock: str, work: Work) -> datetime:
    hour, minute = clock.split(":")
    return datetime.combine(day, time(int(hour), int(minute)), zone(work)).astimezone(UTC)
