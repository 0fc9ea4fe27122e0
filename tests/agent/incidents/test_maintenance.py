"""What upkeep is due: by days, by pages, after a skip, on each device."""

from datetime import date, timedelta

import pytest
from incident_streams import PROCEDURE

from agent.incidents.maintenance import DONE, SKIPPED, Due, Mark, listed, mark_of, tasks

INSTALLED = date(2026, 3, 2)
DEVICES = ("computer", "printer:back", "printer:front", "scanner:front")


def on(day: int, *marks: Mark, uses: dict[str, int] | None = None) -> dict[tuple[str, str], Due]:
    """The list so many days after the desk was set up."""
    today = INSTALLED + timedelta(days=day)
    found = listed(PROCEDURE, DEVICES, marks, uses or {}, INSTALLED, today)
    return {(one.task.id, one.device): one for one in found}


def done(task: str, device: str, day: int, uses: int | None = None) -> Mark:
    return Mark(task, device, "done", INSTALLED + timedelta(days=day), uses)


def test_every_task_of_the_procedure_is_listed_on_every_device_it_is_for() -> None:
    assert set(on(0)) == {
        ("wipe_scanner_glass", "scanner:front"),
        ("clean_printer", "printer:front"),
        ("clean_printer", "printer:back"),
        ("dust_computer", "computer"),
        ("test_restore", "computer"),
        ("ups_battery", "computer"),
        ("performance_test", "computer"),
        ("drill:first_line_faults", "computer"),
    }
    assert {task.id for task in tasks(PROCEDURE)} == {task for task, _ in on(0)}


@pytest.mark.parametrize(
    ("day", "state"), [(0, "later"), (6, "later"), (7, "due"), (13, "due"), (14, "overdue")]
)
def test_a_task_falls_due_after_its_days(day: int, state: str) -> None:
    assert on(day)["wipe_scanner_glass", "scanner:front"].state == state


def test_the_drill_comes_every_90_days() -> None:
    key = ("drill:first_line_faults", "computer")
    assert (on(89)[key].state, on(90)[key].state) == ("later", "due")
    assert on(100, done(*key, 95))[key].due == INSTALLED + timedelta(days=185)


def test_done_counts_from_its_day_and_for_its_device_only() -> None:
    states = on(90, done("clean_printer", "printer:front", 80))
    assert states["clean_printer", "printer:front"].due == INSTALLED + timedelta(days=170)
    assert states["clean_printer", "printer:back"].state == "due"


def test_a_skip_moves_it_and_stays_in_sight() -> None:
    skipped = mark_of(
        SKIPPED,
        {
            "task": "ups_battery",
            "device": "computer",
            "day": "2026-08-29",
            "reason": "no UPS here",
            "uses": None,
        },
    )
    one = on(181, skipped)["ups_battery", "computer"]
    assert (one.state, one.last) == ("later", skipped)


def test_pages_can_come_before_the_days() -> None:
    key = ("clean_printer", "printer:front")
    mark = done(*key, 0, uses=50_000)
    assert on(10, mark, uses={"printer:front": 59_999})[key].state == "later"
    assert on(10, mark, uses={"printer:front": 60_000})[key].state == "due"
    assert on(10, mark, uses={"printer:front": 100})[key].uses is None, "another counter: another printer"
    assert on(10, mark)[key].state == "later", "nobody counts"


def test_the_newest_mark_counts() -> None:
    key = ("dust_computer", "computer")
    assert on(200, done(*key, 190), done(*key, 10))[key].due == INSTALLED + timedelta(days=370)
    assert mark_of(DONE, {"task": "dust_computer", "device": "computer", "day": "2026-03-05"}).kind == "done"


def test_what_is_due_first_comes_first() -> None:
    days = [one.due for one in on(0).values()]
    assert days == sorted(days)
