"""All incidents of this desk, a line each: the open ones, or all that there ever were."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from agent import words
from agent.page import card
from agent.page.asked import Asked, Shown
from agent.page.moments import clock_time
from agent.station import Station

_WORST_FIRST = ("stop", "degraded", "notice")
_SHOWN_MAX = 200  # of all incidents; the newest


class Line(msgspec.Struct, frozen=True):
    """One incident."""

    id: str
    colour: str
    title: str
    where: str
    since: str
    standing: str
    is_open: bool


class View(msgspec.Struct, frozen=True):
    """The list. `left_off` counts those too old to be shown here."""

    lines: tuple[Line, ...]
    is_all: bool
    left_off: int
    is_saved: bool


def show(station: Station, asked: Asked) -> Shown:
    """List the open incidents. Raises StoreError."""
    return _shown(station, asked, is_all=False)


def show_all(station: Station, asked: Asked) -> Shown:
    """List all incidents, the newest first. Raises StoreError."""
    return _shown(station, asked, is_all=True)


def _shown(station: Station, asked: Asked, *, is_all: bool) -> Shown:
    answer = station.incidents.listing(station.desk.rows(), asked.now, is_all=is_all)
    known = sorted(answer["incidents"], key=lambda one: one["since"], reverse=True)
    if not is_all:
        known.sort(key=lambda one: _WORST_FIRST.index(one["severity"]))
    lines = tuple(_line(one, station, asked) for one in known[:_SHOWN_MAX])
    view = View(lines, is_all, max(0, len(known) - _SHOWN_MAX), answer["store"] is None)
    return Shown("incidents.html", view)


def _line(one: Mapping[str, Any], station: Station, asked: Asked) -> Line:
    row = station.procedure.faults.get(one["fault"])
    now: datetime = asked.now.utc
    is_open = one["standing"] in {"open", "recovered"}
    return Line(
        id=one["id"],
        colour=card.colour(one) or "grey",
        title=words.text(row.title, asked.lang) if row else one["fault"],
        where=card.where(one["device"], station.settings, asked.lang),
        since=clock_time(one["since"], now, station.procedure.rows.work),
        standing=card.standing(one, now, station.procedure, asked.lang),
        is_open=is_open,
    )
