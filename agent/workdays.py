"""The procedure's calendar as pure arithmetic: working hours, and when a calendar job was or will be due.

All moments that come in and go out are aware; the rules are kept in the procedure's own time zone, so a
desk whose clock shows another zone, and a day with 23 or 25 hours, come out right.
"""

from collections.abc import Collection, Iterator
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
    if not is_workday(local.date(), work):
        return False
    starts, ends = _at(local.date(), work.day_starts, work), _at(local.date(), work.day_ends, work)
    return starts <= moment < ends


def is_workday(day: date, work: Work) -> bool:
    """Whether a day is worked: the company's own days, then public holidays, then the days of the week.

    Public holidays of China and the days that make up for them are those of the package chinesecalendar;
    years that were not announced when it was released have the days of the week alone.
    """
    if day in work.days_on or day in work.days_off:
        return day in work.days_on
    if work.holidays == "china":
        off, on = _china()
        if day in off or day in on:
            return day in on
    return DAYS[day.weekday()] in work.workdays


def workday_after(day: date, count: int, work: Work) -> date:
    """Return the day `count` working days (≥ 0) after a day; with 0 that day or the next workday."""
    left = count
    for ahead in range(_LOOK_DAYS + 10 * count):
        one = day + timedelta(days=ahead)
        if ahead and is_workday(one, work):
            left -= 1
        if left <= 0 and is_workday(one, work):
            return one
    return day + timedelta(days=count)  # nothing is ever worked


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
def _china() -> tuple[Collection[date], Collection[date]]:
    """Return China's public holidays, and the weekend days worked in their stead."""
    from chinese_calendar.constants import holidays, workdays  # noqa: PLC0415  only where it is asked for

    return holidays.keys(), workdays.keys()


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
    if not is_workday(day, work):
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
    return not any(is_workday(day - timedelta(days=back), work) for back in range(1, days_in + 1))


def _at(day: date, clock: str, work: Work) -> datetime:
    hour, minute = clock.split(":")
    return datetime.combine(day, time(int(hour), int(minute)), zone(work)).astimezone(UTC)
