"""Working hours and due times in the procedure's own time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.workdays import (
    DAYS,
    Rule,
    day_ends,
    is_work_time,
    is_workday,
    last_due,
    next_due,
    workday_after,
    zone,
)
from config import procedure
from config.schema import Work

CHINA = procedure.load().rows.work  # Asia/Shanghai, 08:30 to 18:00, Monday to Friday, China's holidays
WORK = msgspec.structs.replace(CHINA, holidays="none")
BERLIN = msgspec.structs.replace(WORK, timezone="Europe/Berlin", workdays=DAYS)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  the zone comes from hypothesis
RULES = st.builds(
    Rule,
    st.sampled_from(["workday", "week", "month", "quarter"]),
    st.sampled_from(["00:00", "02:30", "08:30", "23:59"]),
)


def at(text: str, work: Work = WORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(work.timezone))


@pytest.mark.parametrize(
    ("local", "is_work"),
    [
        ("2026-11-23 08:29:59", False),
        ("2026-11-23 08:30:00", True),  # a Monday
        ("2026-11-23 17:59:59", True),
        ("2026-11-23 18:00:00", False),
        ("2026-11-22 10:00:00", False),  # a Sunday
    ],
)
def test_working_hours(local: str, is_work: bool) -> None:
    assert is_work_time(at(local), WORK) == is_work
    assert is_work_time(at(local).astimezone(UTC), WORK) == is_work  # the same moment


def test_the_day_ends_in_the_procedures_zone() -> None:
    assert day_ends(at("2026-11-23 10:00"), WORK) == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    late_utc = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)  # Monday 04:00 in Shanghai
    assert day_ends(late_utc, WORK) == at("2026-11-23 18:00")
    assert day_ends(at("2026-11-23 19:00"), WORK) == at("2026-11-23 18:00")


@pytest.mark.parametrize(
    ("rule", "now", "last", "following"),
    [
        (Rule("workday", "08:30"), "2026-11-23 08:30", "2026-11-23 08:30", "2026-11-24 08:30"),
        (Rule("workday", "08:30"), "2026-11-23 08:29", "2026-11-20 08:30", "2026-11-23 08:30"),
        (Rule("week", "09:00"), "2026-11-25 12:00", "2026-11-23 09:00", "2026-11-30 09:00"),
        (Rule("week", "09:00", "sat"), "2026-11-25 12:00", "2026-11-23 09:00", "2026-11-30 09:00"),
        (Rule("month", "09:00"), "2026-11-25 12:00", "2026-11-02 09:00", "2026-12-01 09:00"),
        (Rule("quarter", "09:00"), "2026-11-25 12:00", "2026-10-01 09:00", "2027-01-01 09:00"),
    ],
)
def test_due_times(rule: Rule, now: str, last: str, following: str) -> None:
    assert last_due(rule, at(now), WORK) == at(last)
    assert next_due(rule, at(now), WORK) == at(following)


@given(RULES, MOMENTS)
def test_between_the_last_and_the_next_nothing_is_due(rule: Rule, now: datetime) -> None:
    for work in (WORK, BERLIN):
        last, following = last_due(rule, now, work), next_due(rule, now, work)
        assert last is not None
        assert following is not None
        assert last <= now < following
        assert next_due(rule, last, work) == following
        assert last_due(rule, following - timedelta(microseconds=1), work) == last


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_days_of_23_and_25_hours(day: str, hours: int) -> None:
    rule = Rule("workday", "08:30")
    ends = at(f"{day} 12:00", BERLIN)
    last = last_due(rule, ends, BERLIN)
    assert last is not None
    before = last_due(rule, last - timedelta(seconds=1), BERLIN)
    assert before is not None
    assert last - before == timedelta(hours=hours)


def test_a_time_that_a_day_leaves_out_comes_once_on_that_day() -> None:
    rule = Rule("workday", "02:30")
    moment, dues = at("2026-03-27 12:00", BERLIN), []
    for _ in range(4):
        due = next_due(rule, moment, BERLIN)
        assert due is not None
        moment = due
        dues.append(due.astimezone(zone(BERLIN)).date().isoformat())
    assert dues == ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]


def test_without_workdays_nothing_is_ever_due() -> None:
    idle = msgspec.structs.replace(WORK, workdays=())
    assert last_due(Rule("month", "09:00"), at("2026-11-25 12:00"), idle) is None
    assert next_due(Rule("month", "09:00"), at("2026-11-25 12:00"), idle) is None


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(ValueError, match="Asia/Shanghia"):
        zone(msgspec.structs.replace(WORK, timezone="Asia/Shanghia"))


@pytest.mark.parametrize(
    ("day", "with_holidays", "without"),
    [
        ("2026-10-01", False, True),  # National Day, a Thursday
        ("2026-10-10", True, False),  # a Saturday worked in its stead
        ("2026-11-21", False, False),
        ("2026-11-20", True, True),
        ("2050-10-03", True, True),  # nobody has announced that year: a Monday
    ],
)
def test_public_holidays_and_the_days_worked_in_their_stead(
    day: str, with_holidays: bool, without: bool
) -> None:
    assert is_workday(date.fromisoformat(day), CHINA) == with_holidays
    assert is_workday(date.fromisoformat(day), WORK) == without


def test_the_companys_own_days_go_first() -> None:
    own = msgspec.structs.replace(CHINA, days_on=(date(2026, 10, 1),), days_off=(date(2026, 11, 20),))
    assert is_workday(date(2026, 10, 1), own)
    assert not is_workday(date(2026, 11, 20), own)


@pytest.mark.parametrize(
    ("day", "count", "reached"),
    [
        ("2026-11-20", 0, "2026-11-20"),
        ("2026-11-21", 0, "2026-11-23"),
        ("2026-11-20", 1, "2026-11-23"),
        ("2026-11-20", 5, "2026-11-27"),
        ("2026-09-30", 1, "2026-10-08"),
    ],
)
def test_working_days_later(day: str, count: int, reached: str) -> None:
    assert workday_after(date.fromisoformat(day), count, CHINA) == date.fromisoformat(reached)


def test_without_workdays_the_days_are_counted_as_they_come() -> None:
    idle = msgspec.structs.replace(WORK, workdays=())
    assert workday_after(date(2026, 11, 20), 5, idle) == date(2026, 11, 25)
