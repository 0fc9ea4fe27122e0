"""The last 30 days of a device: what the store kept, and gaps as gaps."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rows

from agent import history
from agent.page.chart import HEIGHT, chart
from agent.store.store import Store
from config import procedure

WORK = procedure.load().rows.work
NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)  # a Friday, 18:30 in Shanghai: the working day is over
DAY = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)  # 08:30
HOURS = 9.5
CHECK, DEVICE = "printer.status", "printer:front"


@pytest.fixture
def store(tmp_path: Path):
    made = Store.open(tmp_path, ("1", "sha"))
    yield made
    made.close()


def keep(store: Store, *states: tuple[float, str], check: str = CHECK) -> None:
    """Save results, each so many hours after the day began."""
    for hours, state in states:
        at = DAY + timedelta(hours=hours)
        seen = rows.result(
            hours * 3600, state, check=check, device=DEVICE, measured_at=at, boot_id=f"boot {hours}"
        )
        store.save([seen])


def today(store: Store, now: datetime = NOW) -> dict[str, float]:
    days = history.days(store, DEVICE, {CHECK: 30.0, "printer.paper": 60.0}, WORK, now)
    assert len(days) == history.DAYS
    assert days[-1].day.isoformat() == "2026-11-20"
    return {name: round(share * HOURS, 1) for name, share in days[-1].shares.items()}


def test_what_nobody_measured_is_a_gap(store: Store) -> None:
    assert today(store) == {}
    keep(store, (0, "ok"), (1, "ok"), (2, "ok"))
    assert today(store) == {"ok": pytest.approx(3.0, abs=0.2)}, "an hour after the last word nothing is known"


def test_a_change_counts_from_its_moment(store: Store) -> None:
    keep(store, (0, "ok"), (0.5, "fail"), (1.5, "ok"))
    seen = today(store, DAY + timedelta(hours=2))
    assert seen == {"ok": pytest.approx(1.0, abs=0.2), "fail": pytest.approx(1.0, abs=0.1)}


def test_the_worst_check_speaks_for_the_device(store: Store) -> None:
    keep(store, (0, "ok"), (1, "ok"))
    keep(store, (0, "warn"), (1, "unknown"), check="printer.paper")
    seen = today(store, DAY + timedelta(hours=2))
    assert seen["warn"] == pytest.approx(1.0, abs=0.1)
    assert seen["unknown"] == pytest.approx(1.0, abs=0.1), "what could not be seen is not good"


def test_off_is_no_measurement_and_yesterday_is_not_today(store: Store) -> None:
    keep(store, (0, "off"))
    keep(store, (-24, "ok"))
    days = history.days(store, DEVICE, {CHECK: 30.0}, WORK, NOW)
    assert days[-1].shares == {}
    assert days[-2].measured_ratio == pytest.approx(1.0 / HOURS, abs=0.05)


def test_the_picture_leaves_a_gap_empty_and_says_the_same_in_words(store: Store) -> None:
    keep(store, (0, "ok"), (1, "fail"))
    drawn = chart(history.days(store, DEVICE, {CHECK: 30.0}, WORK, NOW), "en")
    frames = [box for box in drawn.boxes if box.mood == "frame"]
    filled = [box for box in drawn.boxes if box.mood != "frame"]
    assert len(frames) == history.DAYS
    assert {box.mood for box in filled} == {"ok", "fail"}
    assert sum(box.height for box in filled) < 0.3 * HEIGHT
    assert all(box.y >= 0 and box.y + box.height <= HEIGHT + 0.01 for box in drawn.boxes)
    assert "1 were measured" in drawn.summary
    assert "Broken at some time on: 11-20" in drawn.summary
    (line,) = drawn.lines
    assert "not measured" in line.text
    empty = chart(history.days(store, "printer:other", {CHECK: 30.0}, WORK, NOW), "zh")
    assert (len(empty.boxes), empty.lines) == (history.DAYS, ())
    assert "没有测到数据" in empty.summary
