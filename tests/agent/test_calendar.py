"""Times of day on a clock that is set, over restarts and boots: no run is missed and none is doubled."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import calendar
from agent.calendar import RETRY_S, SPACING_S, Calendar
from agent.clock import Instant
from agent.workdays import DAYS, Rule, last_due
from config import procedure

WORK = msgspec.structs.replace(procedure.load().rows.work, timezone="UTC", workdays=DAYS)
HOUR_S, DAY_S = 3_600.0, 86_400.0
MORNING = Rule("workday", "08:30")


class World:
    """A computer whose true time is known to the test: the wall clock may be off, the boot clock is not."""

    def __init__(self, start: str = "2026-11-23 06:00") -> None:
        self.true = datetime.fromisoformat(start).replace(tzinfo=UTC)
        self.off_s = 0.0
        self.boot_s = 50.0
        self.boot = 0
        self.kept: dict[str, Instant] = {}

    def now(self) -> Instant:
        return Instant(self.true + timedelta(seconds=self.off_s), self.boot_s, f"boot-{self.boot}")

    def calendar(self) -> Calendar:
        return Calendar(WORK, self.kept.get, self.kept.__setitem__, self.now)

    def pass_s(self, seconds: float) -> None:
        self.true += timedelta(seconds=seconds)
        self.boot_s += seconds

    def reboot(self, off_for_s: float) -> None:
        self.true += timedelta(seconds=off_for_s)
        self.boot_s, self.boot = 50.0, self.boot + 1


def live(world: World, mornings: Calendar, seconds: float) -> list[datetime]:
    """Let time pass as the daemon does, sleeping to the next due time; return when jobs ran, in true time."""
    ran: list[datetime] = []
    end = world.true + timedelta(seconds=seconds)
    while world.true < end:
        for job in mornings.due():
            mornings.ran(job)
            ran.append(world.true)
        left_s = (end - world.true).total_seconds()
        world.pass_s(min(left_s, mornings.next_in_s() or left_s, 6 * HOUR_S) or 1e-6)
    return ran


def test_each_morning_once() -> None:
    world = World()
    mornings = world.calendar()
    mornings.add("preop", MORNING)
    assert live(world, mornings, 5 * DAY_S) == [
        datetime(2026, 11, day, 8, 30, tzinfo=UTC) for day in range(23, 28)
    ]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["+24h", "-24h", "restart", "nothing"]),
        st.floats(60, 2 * DAY_S).map(lambda s: round(s, 3)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(EVENTS)
def test_a_clock_set_by_a_day_neither_misses_nor_doubles_a_run(events: list[tuple[str, float]]) -> None:
    """Each true day has its one run at 08:30, whatever day the wall clock shows."""
    world = World()
    mornings = world.calendar()
    mornings.add("preop", MORNING)
    start, ran = world.true, []
    for event, seconds in events:
        world.off_s += {"+24h": DAY_S, "-24h": -DAY_S}.get(event, 0.0)
        if event == "restart":
            mornings = world.calendar()
            mornings.add("preop", MORNING)
        ran += live(world, mornings, seconds)
    first = start.replace(hour=8, minute=30)
    days = (first + timedelta(days=number) for number in range(40))
    assert [moment.replace(microsecond=0) for moment in ran] == [day for day in days if day < world.true]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(60, 2 * DAY_S), st.floats(0, 3 * DAY_S)), min_size=1, max_size=8))
def test_a_desk_that_is_switched_off_runs_each_job_once_when_it_is_back(
    spans: list[tuple[float, float]],
) -> None:
    world = World()
    start = world.true
    ran: list[datetime] = []
    for up_s, off_s in spans:
        mornings = world.calendar()
        mornings.add("preop", MORNING)
        ran += live(world, mornings, up_s)
        due = last_due(MORNING, world.true, WORK)
        assert due is not None
        if start <= due < world.true:
            assert any(moment >= due - timedelta(seconds=SPACING_S) for moment in ran)
        world.reboot(off_s)
    gaps = [later - earlier for earlier, later in itertools.pairwise(ran)]
    assert all(gap >= timedelta(seconds=SPACING_S) for gap in gaps)
    assert len({(moment - timedelta(hours=8.5)).date() for moment in ran}) == len(ran)


def test_a_missed_run_is_made_up_for_until_it_is_too_late() -> None:
    world = World()
    mornings = world.calendar()
    mornings.add("preop", msgspec.structs.replace(MORNING, late_s=2 * HOUR_S))
    mornings.add("digest", MORNING)
    world.pass_s(4 * HOUR_S)  # asleep from 06:00 to 10:00
    assert mornings.due() == ["preop", "digest"]
    mornings.ran("preop")
    mornings.ran("digest")
    world.pass_s(DAY_S + HOUR_S)  # 11:00
    assert mornings.due() == ["digest"]
    assert mornings.next_in_s() == RETRY_S


def test_the_longest_due_comes_first() -> None:
    world = World()
    mornings = world.calendar()
    mornings.add("late", Rule("workday", "09:00"))
    mornings.add("early", Rule("workday", "07:00"))
    world.pass_s(4 * HOUR_S)
    assert mornings.due() == ["early", "late"]


def test_a_job_that_raises_holds_up_no_other_and_is_named_again() -> None:
    world = World()
    mornings = world.calendar()
    for job in ("raises", "works"):
        mornings.add(job, MORNING)
    world.pass_s(3 * HOUR_S)
    assert mornings.due() == ["raises", "works"]
    mornings.ran("works")  # "raises" does not report
    assert mornings.due() == []
    assert mornings.next_in_s() == RETRY_S
    world.pass_s(RETRY_S)
    assert mornings.due() == ["raises"]
    mornings.ran("raises")
    assert mornings.next_in_s() == DAY_S - HOUR_S / 2 - RETRY_S


def test_a_new_desk_does_not_begin_with_what_was_due_before_it_came() -> None:
    world = World("2026-11-23 10:00")
    reports = world.calendar()
    reports.add("monthly", Rule("month", "09:00"))
    assert reports.due() == []
    assert reports.next_in_s() == 7 * DAY_S + 23 * HOUR_S  # 1 December 09:00


def test_a_restart_does_not_forget_a_job_that_never_ran() -> None:
    world = World()
    world.calendar().add("preop", MORNING)
    world.pass_s(4 * HOUR_S)
    mornings = world.calendar()
    mornings.add("preop", MORNING)
    assert mornings.due() == ["preop"]


def test_a_clock_that_is_put_right_by_seconds_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert runs_around_a_small_step() == 1
    monkeypatch.setattr(calendar, "SPACING_S", 0.0)
    assert runs_around_a_small_step() == 2  # without the spacing


def runs_around_a_small_step() -> int:
    world = World("2026-11-23 08:29")
    mornings = world.calendar()
    mornings.add("preop", MORNING)
    ran = live(world, mornings, 90)
    world.off_s -= 40  # 08:30:30 becomes 08:29:50
    is_served = (mornings.next_in_s() or 0) > HOUR_S
    ran += live(world, mornings, 60)
    assert is_served == (len(ran) == 1)
    return len(ran)


def test_a_stamp_of_another_boot_in_the_future_stops_nothing_for_good() -> None:
    """The battery of the clock was empty, or the clock was years ahead and a job ran meanwhile."""
    world = World()
    world.off_s = 3_650 * DAY_S
    mornings = world.calendar()
    mornings.add("preop", MORNING)
    assert len(live(world, mornings, DAY_S)) == 1
    world.off_s = 0.0
    world.reboot(0)
    again = world.calendar()
    again.add("preop", MORNING)
    assert len(live(world, again, 3 * DAY_S)) == 3


def test_a_clock_that_is_not_set_yet_starts_nothing_and_loses_nothing() -> None:
    world = World()
    mornings = world.calendar()
    mornings.add("preop", MORNING)
    assert len(live(world, mornings, 4 * HOUR_S)) == 1
    world.reboot(DAY_S)  # Tuesday 10:00, the run of 08:30 was missed
    world.off_s = -20 * 365 * DAY_S
    again = world.calendar()
    again.add("preop", MORNING)
    assert again.due() == []
    world.pass_s(30)
    world.off_s = 0.0  # the time server answered
    assert again.due() == ["preop"]


def test_a_rule_may_change_and_a_job_may_go() -> None:
    world = World()
    mornings = world.calendar()
    mornings.add("preop", MORNING)
    mornings.add("preop", Rule("workday", "07:00"))
    assert mornings.next_in_s() == HOUR_S
    mornings.remove("preop")
    mornings.remove("unknown")
    assert (mornings.next_in_s(), mornings.due()) == (None, [])


def test_a_calendar_without_workdays_is_idle() -> None:
    world = World()
    idle = Calendar(
        msgspec.structs.replace(WORK, workdays=()), world.kept.get, world.kept.__setitem__, world.now
    )
    idle.add("preop", MORNING)
    assert (idle.next_in_s(), idle.due()) == (None, [])
