"""Days left: from levels day by day, over swaps, gaps, wrong readings and restarts of the program."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.printer import forecast, rows, supplies
from checks.printer.rows import Level, Supply

DAY = 20_000


def black(percent: float | None, *, age_s: float = 0.0) -> Supply:
    level = Level("some") if percent is None else Level("percent", percent)
    return Supply("1.1", "toner", "black", "K", level, age_s)


def history(*levels: float | None, start: int = DAY) -> forecast.History:
    found: forecast.History = {}
    for day, percent in enumerate(levels, start):
        if percent is not None:
            found = forecast.extended(found, [black(percent)], day)
    return found


def left(*levels: float | None) -> float | None:
    return forecast.days_left(history(*levels).get("1.1", ()))


def test_two_percent_a_day() -> None:
    assert left(*(100.0 - 2 * day for day in range(11))) == 40.0
    assert left(100.0, None, None, 94.0, 92.0, None, None, 86.0) == 43.0


def test_one_wrong_reading_bends_nothing() -> None:
    """Negative control: the slope from the first to the last point, which it bends by a third."""
    levels = [100.0 - 2 * day for day in range(11)]
    levels[-1] = 70.0
    assert left(*levels) == pytest.approx(70.0 / 2, abs=1.5)
    assert levels[-1] / ((levels[0] - levels[-1]) / 10) < 24


@pytest.mark.parametrize(
    "levels",
    [
        pytest.param([90.0 - day for day in range(7)], id="six days"),
        pytest.param([90.0 - 0.5 * day for day in range(10)], id="less than five percent"),
        pytest.param([90.0] * 20, id="nothing used"),
        pytest.param([50.0 + day for day in range(15)], id="rising"),
        pytest.param([100.0] * 6 + [10.0] * 6 + [1.0] * 3, id="steps"),
        pytest.param([], id="nothing known"),
    ],
)
def test_no_forecast(levels: list[float]) -> None:
    assert left(*levels) is None


def test_a_new_cartridge_starts_anew() -> None:
    used = [40.0 - 2 * day for day in range(10)]
    assert left(*used) is not None
    assert left(*used, 100.0) is None
    assert left(*used, *(100.0 - day for day in range(11))) == 90.0
    assert left(*used, 35.0) is not None  # a small rise is a reading, no cartridge


def test_a_level_from_memory_or_without_a_number_is_no_point() -> None:
    found = forecast.extended({}, [black(50.0, age_s=3600.0), black(None)], DAY)
    assert found == {}


def test_a_clock_that_was_wrong_for_a_while() -> None:
    ahead = forecast.extended(history(90.0, 88.0), [black(87.0)], DAY + 4000)
    assert forecast.extended(ahead, [black(86.0)], DAY + 2)["1.1"] == (
        (DAY, 90.0),
        (DAY + 1, 88.0),
        (DAY + 2, 86.0),
    )


def test_pages_per_day() -> None:
    points: tuple[forecast.Point, ...] = ()
    for day in range(8):
        points = forecast.counted(points, DAY + day, 1000 + 30 * day)
    assert forecast.pages_per_day(points) == 30.0
    assert forecast.pages_per_day(points[:-1]) is None
    assert forecast.counted(points, DAY + 9, 12) == ((DAY + 9, 12.0),)  # another printer


@given(st.lists(st.tuples(st.integers(0, 100), st.floats(0, 100)), max_size=80))
def test_any_history_is_bounded(days: list[tuple[int, float]]) -> None:
    found: forecast.History = {}
    for day, percent in days:
        found = forecast.extended(found, [black(percent)], DAY + day)
    points = found.get("1.1", ())
    assert len(points) <= 60
    assert [day for day, _ in points] == sorted({day for day, _ in points})
    days_left = forecast.days_left(points)
    assert days_left is None or 0 <= days_left <= forecast.MAX_DAYS_LEFT


def facts(percent: float, day: int) -> supplies.Facts:
    return supplies.Facts(
        supplies=(black(percent),),
        level_pct=percent,
        level_known=True,
        told_low=(),
        is_told_low=False,
        day=day,
    )


def test_the_check_warns_by_days_where_it_knows_them() -> None:
    def judged(*levels: float) -> list[dict[str, Any]]:
        seen: supplies.Facts | None = None
        for day, percent in enumerate(levels, DAY):
            seen = supplies.carry(seen, facts(percent, day))
        assert seen is not None
        seen = msgspec.convert(msgspec.to_builtins(seen), supplies.Facts)  # as kept over a restart
        return [dict(one.values) for one in supplies.judge(seen, supplies.Params())]

    assert judged(*(50.0 - 4 * day for day in range(9)))[0]["days_left"] == 4.5  # 18 % left
    assert judged(*(16.0 - day for day in range(9))) == []  # 8 % lasts another eight days
    assert judged(8.0)[0]["days_left"] is None  # negative control: without a forecast 8 % is little
    assert judged(0.0)[0]["percent"] == 0.0


def test_days_left_are_a_metric() -> None:
    seen: supplies.Facts | None = None
    for day in range(11):
        seen = supplies.carry(seen, facts(100.0 - 2 * day, DAY + day))
    assert seen is not None
    found = {one.metric: (one.value, dict(one.labels)) for one in supplies.measure(seen)}
    labels = {"supply": "1.1", "kind": "toner", "colour": "black"}
    assert found["deskready_printer_supply_days_left"] == (40.0, labels)


def test_without_what_was_before_there_is_no_forecast() -> None:
    """Negative control for keeping the history."""
    assert supplies.carry(None, facts(18.0, DAY)).days == {}
    assert rows.PRINTS
