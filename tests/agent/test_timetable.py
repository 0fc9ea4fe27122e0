"""Intervals that neither miss nor double nor pile up, and the watches on sleep and on a set clock."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.timetable import JITTER_RATIO, SLACK_RATIO, STEP_S, SleepWatch, StepWatch, Timetable

SECONDS = st.floats(0.001, 10_000, allow_nan=False)


class World:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.s = 1_000.0

    def __call__(self) -> float:
        return self.s


def seeded(seed: int = 0) -> random.Random:
    return random.Random(seed)  # noqa: S311  a test must be repeatable


def test_each_interval_is_kept_within_its_jitter() -> None:
    now_s = World()
    table: Timetable[str] = Timetable(now_s, seeded())
    for key, interval_s in (("a", 10.0), ("b", 7.0), ("c", 600.0)):
        table.every(key, interval_s)
    ran: dict[str, list[float]] = {"a": [], "b": [], "c": []}
    while now_s.s < 1_000 + 36_000:
        for key in table.due():
            ran[key].append(now_s.s)
        now_s.s += table.next_in_s() or 0.0
    for key, interval_s in (("a", 10.0), ("b", 7.0), ("c", 600.0)):
        gaps_s = [later - earlier for earlier, later in zip(ran[key], ran[key][1:], strict=False)]
        least_s = interval_s * (1 - JITTER_RATIO - SLACK_RATIO) - 1e-6
        most_s = interval_s * (1 + JITTER_RATIO) + 1e-6
        assert all(least_s <= gap_s <= most_s for gap_s in gaps_s)
        assert max(gaps_s) - min(gaps_s) > interval_s * JITTER_RATIO / 2  # there is a jitter


def test_desks_that_start_together_drift_apart() -> None:
    now_s = World()
    tables: list[Timetable[str]] = [Timetable(now_s, seeded(seed)) for seed in range(20)]
    for table in tables:
        table.every("printer", 60.0)
        assert table.due() == ["printer"]
    assert len({table.next_in_s() for table in tables}) == 20


@given(st.lists(SECONDS, min_size=1, max_size=20), st.lists(SECONDS, min_size=1, max_size=40))
def test_a_late_loop_runs_each_key_once(intervals_s: list[float], gaps_s: list[float]) -> None:
    now_s = World()
    table: Timetable[int] = Timetable(now_s, seeded())
    for key, interval_s in enumerate(intervals_s):
        table.every(key, interval_s, first_in_s=interval_s)
    ran = dict.fromkeys(range(len(intervals_s)), now_s.s)
    for gap_s in gaps_s:
        now_s.s += gap_s
        due = table.due()
        assert len(due) == len(set(due))
        for key, interval_s in enumerate(intervals_s):
            age_s = now_s.s - ran[key]
            if key in due:
                assert age_s >= interval_s * (1 - JITTER_RATIO - SLACK_RATIO) - 1e-6
                ran[key] = now_s.s
            else:
                assert age_s <= interval_s * (1 + JITTER_RATIO) + 1e-6
        assert table.due() == []  # no storm to catch up
        assert (table.next_in_s() or 0) > 0


def test_keys_come_in_the_order_of_their_turns() -> None:
    now_s = World()
    table: Timetable[str] = Timetable(now_s)
    for key, first_in_s in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
        table.every(key, 60.0, first_in_s)
    assert table.due() == []
    assert table.next_in_s() == 1.0
    now_s.s += 10
    assert table.due() == ["a", "b", "c"]


def test_what_comes_soon_goes_with_what_has_come() -> None:
    now_s = World()
    table: Timetable[str] = Timetable(now_s, seeded())
    table.replace((name, 60.0) for name in "abc")
    assert sorted(table.due()) == ["a", "b", "c"]
    alone = together = 0
    for _ in range(100):
        now_s.s += table.next_in_s() or 0.0
        count = len(table.due())
        alone, together = alone + (count == 1), together + (count > 1)
    assert together > alone


def test_a_retry_is_not_hurried_by_others() -> None:
    now_s = World()
    table: Timetable[str] = Timetable(now_s, seeded())
    table.replace({"a": 600.0, "b": 10.0}.items())
    table.due()
    table.retry_in("a", 20.0)
    at_s = now_s.s
    while "a" not in table.due():
        now_s.s += table.next_in_s() or 0.0
    assert now_s.s == pytest.approx(at_s + 20.0)


def test_a_retry_comes_early_and_never_late() -> None:
    now_s = World()
    table: Timetable[str] = Timetable(now_s, seeded())
    table.every("a", 60.0, first_in_s=60.0)
    table.retry_in("a", 10.0)
    assert table.next_in_s() == 10.0
    table.retry_in("a", 30.0)
    table.retry_in("unknown", 1.0)
    assert table.next_in_s() == 10.0
    now_s.s += 10
    assert table.due() == ["a"]
    assert 57.0 <= (table.next_in_s() or 0) <= 63.0  # then a whole interval again


def test_a_reload_shifts_only_what_changed() -> None:
    now_s = World()
    table: Timetable[str] = Timetable(now_s, seeded())
    table.replace({"stays": 60.0, "slower": 60.0, "goes": 60.0}.items())
    assert sorted(table.due()) == ["goes", "slower", "stays"]
    now_s.s += 30
    table.replace({"stays": 60.0, "slower": 90.0, "new": 60.0}.items())
    assert sorted(table.due()) == ["new", "slower"]
    now_s.s += 34
    assert table.due() == ["stays"]
    assert len(table) == 3
    table.replace(())
    assert (len(table), table.next_in_s(), table.due()) == (0, None, [])


def test_a_key_that_was_removed_and_came_back_has_one_turn() -> None:
    now_s = World()
    table: Timetable[str] = Timetable(now_s, seeded())
    for _ in range(3):
        table.every("a", 60.0)
        table.remove("a")
    table.every("a", 60.0)
    table.hasten()
    table.hasten()
    assert table.due() == ["a"]
    assert table.due() == []


def test_waking_up_makes_everything_due_once() -> None:
    now_s = World()
    table: Timetable[str] = Timetable(now_s, seeded())
    table.replace((name, 3_600.0) for name in "abc")
    table.due()
    table.hasten()
    assert sorted(table.due()) == ["a", "b", "c"]
    assert table.due() == []


def test_the_heap_does_not_grow_with_retries() -> None:
    now_s = World()
    table: Timetable[int] = Timetable(now_s, seeded())
    table.replace((key, 3_600.0) for key in range(10))
    for _ in range(1_000):
        table.hasten()
    assert len(table._heap) < 100


def test_an_interval_must_be_positive() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        Timetable[str]().every("a", 0.0)


def test_sleep_is_what_the_boot_clock_counts_and_the_other_does_not() -> None:
    boot_s, monotonic_s = World(), World()
    watch = SleepWatch(boot_s, monotonic_s)
    boot_s.s += 100
    monotonic_s.s += 100  # a starved or stopped process is not a sleeping computer
    assert watch.slept_s() == 0
    boot_s.s += 3_605
    monotonic_s.s += 5
    assert watch.slept_s() == 3_600
    assert watch.slept_s() == 0  # told once
    monotonic_s.s += 0.001  # two clocks are never read in the same instant
    assert watch.slept_s() == 0


@given(st.floats(-1e6, 1e6, allow_nan=False), st.floats(0, 1e6))
def test_a_step_is_a_move_of_the_wall_clock_alone(step_s: float, passed_s: float) -> None:
    wall_s, boot_s = World(), World()
    watch = StepWatch(wall_s, boot_s)
    wall_s.s += passed_s + step_s
    boot_s.s += passed_s
    told_s = watch.step_s()
    if abs(step_s) > STEP_S + 1e-6:
        assert told_s == pytest.approx(step_s, abs=1e-6)
    elif abs(step_s) < STEP_S - 1e-6:
        assert told_s == 0
    assert watch.step_s() == 0


def test_the_real_clocks_show_neither_sleep_nor_step() -> None:
    assert SleepWatch().slept_s() < 0.5
    assert StepWatch().step_s() == 0


def test_schedule_is_loaded_only_for_a_calendar() -> None:
    script = "import sys, agent.timetable; print('schedule' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True, timeout=20
    )
    assert ran.stdout == "False\n"
