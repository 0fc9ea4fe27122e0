"""How many days a toner or ink will last, from its levels day by day. Pure.

The slope is the median of the slopes between all pairs of days (Theil and Sen), which a wrong reading or
a weekend does not bend. Levels that come in three steps or fewer give no slope: the printer only guesses.
"""

import statistics
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Final, TypeAlias

from checks.printer.rows import PRINTS, Supply

Point: TypeAlias = tuple[int, float]  # days since 1970-01-01 UTC, percent or pages
History: TypeAlias = Mapping[str, tuple[Point, ...]]  # by the supply's id

SWAP_PERCENT: Final = 20.0  # a level that rises by this much is a new cartridge
MIN_DAYS: Final = 7
MIN_USED_PERCENT: Final = 5.0
MAX_DAYS_LEFT: Final = 999.0
_MIN_LEVELS = 4
_MAX_POINTS = 60


def extended(history: History, supplies: Iterable[Supply], day: int) -> History:
    """Return the history with today's level of each toner and ink that tells a share now.

    A day keeps its last level. What lies after today is of a clock that was wrong, and goes. A supply
    that is no longer there keeps its history for as long as others keep theirs.
    """
    found = {key: _until(points, day) for key, points in history.items()}
    for supply in supplies:
        percent = supply.level.percent
        if supply.kind in PRINTS and percent is not None and supply.level_age_s == 0:
            found[supply.id] = _with(found.get(supply.id, ()), (day, percent))
    return {key: points for key, points in found.items() if points}


def counted(points: tuple[Point, ...], day: int, pages: int | None) -> tuple[Point, ...]:
    """Return the counts of pages with today's; a count that went back is of another printer."""
    kept = _until(points, day)
    if pages is None:
        return kept
    if kept and pages < kept[-1][1]:
        kept = ()
    return _replaced(kept, (day, float(pages)))


def days_left(points: tuple[Point, ...]) -> float | None:
    """Return the days until the level is 0; None where too little is known, or nothing is used."""
    if not points or points[-1][0] - points[0][0] < MIN_DAYS:
        return None
    is_stepwise = len({percent for _, percent in points}) < _MIN_LEVELS
    if is_stepwise or points[0][1] - points[-1][1] < MIN_USED_PERCENT:
        return None
    slope = statistics.median(
        (late[1] - early[1]) / (late[0] - early[0]) for early, late in combinations(points, 2)
    )
    return round(min(points[-1][1] / -slope, MAX_DAYS_LEFT), 1) if slope < 0 else None


def pages_per_day(points: tuple[Point, ...]) -> float | None:
    """Return the mean over all days since the first count; None within a week of it."""
    if not points or points[-1][0] - points[0][0] < MIN_DAYS:
        return None
    return round((points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0]), 1)


def _with(points: tuple[Point, ...], today: Point) -> tuple[Point, ...]:
    is_new = bool(points) and today[1] >= points[-1][1] + SWAP_PERCENT
    return _replaced(() if is_new else points, today)


def _replaced(points: tuple[Point, ...], today: Point) -> tuple[Point, ...]:
    before = points[:-1] if points and points[-1][0] == today[0] else points
    return (*before, today)[-_MAX_POINTS:]


def _until(points: tuple[Point, ...], day: int) -> tuple[Point, ...]:
    return tuple(point for point in points if point[0] <= day)
