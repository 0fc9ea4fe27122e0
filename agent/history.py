"""How a device was on each of its last days, from the changes that the store keeps. Pure but for one query.

The store appends a row when a check's result changes and at least once an hour while it runs, so a row
speaks for the time up to the next one, and for little more than an hour where none follows. What nobody
measured is a gap: it is neither good nor bad.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias

import msgspec

from agent.result import State
from agent.store.reader import Reader
from agent.store.rows import utc_text
from agent.store.writing import LIFE_MS
from agent.workdays import zone
from config.schema import Work

DAYS = 30
Mood: TypeAlias = Literal["ok", "warn", "fail", "unknown"]
MOODS: tuple[Mood, ...] = ("ok", "unknown", "warn", "fail")  # the worst last; a gap is none of them
_STEP_S = 300.0


class Span(msgspec.Struct, frozen=True):
    """One result and how long it speaks, in seconds since 1970."""

    state: State
    since_s: float
    until_s: float


class Day(msgspec.Struct, frozen=True):
    """One day's working hours: the share (0..1) in each state; what is missing to 1 was not measured."""

    day: date
    shares: Mapping[Mood, float]

    @property
    def measured_ratio(self) -> float:
        """Share of the working hours in which anything was measured."""
        return sum(self.shares.values())


def days(
    store: Reader, device: str, intervals_s: Mapping[str, float], work: Work, now: datetime
) -> tuple[Day, ...]:
    """Return the last days of one device, today last. `intervals_s` has its checks. Raises StoreError."""
    here = zone(work)
    today = now.astimezone(here).date()
    first = today - timedelta(days=DAYS - 1)
    since = datetime.combine(first, time(), here) - timedelta(hours=2)
    spans = [
        span
        for check, interval_s in intervals_s.items()
        for span in spoken_for(_changes(store, check, device, since), interval_s, now.timestamp())
    ]
    return tuple(_day(first + timedelta(days=n), spans, work, now.timestamp()) for n in range(DAYS))


def spoken_for(rows: Sequence[tuple[float, State]], interval_s: float, now_s: float) -> Iterator[Span]:
    """Turn the changes of one check, oldest first, into the time that each speaks for."""
    lasts_s = LIFE_MS / 1000 + 2 * interval_s
    ends = [*(at_s for at_s, _ in rows[1:]), now_s]
    for (since_s, state), end_s in zip(rows, ends, strict=False):  # no rows: nothing was said
        yield Span(state, since_s, min(end_s, since_s + lasts_s))


def _changes(store: Reader, check: str, device: str, since: datetime) -> list[tuple[float, State]]:
    rows = store.query(
        "SELECT unixepoch(at_utc), json_extract(body, '$.state') FROM result_change "
        "WHERE check_id = ? AND device = ? AND at_utc >= ? ORDER BY seq",
        (check, device, utc_text(since)),
    )
    return [(float(at_s), state) for at_s, state in rows]


def _day(day: date, spans: Iterable[Span], work: Work, now_s: float) -> Day:
    """Look at the working hours of one day in steps; each step is as bad as the worst of its checks."""
    starts_s, ends_s = (
        datetime.combine(day, time.fromisoformat(text), zone(work)).timestamp()
        for text in (work.day_starts, work.day_ends)
    )
    mine = [span for span in spans if span.until_s > starts_s and span.since_s < ends_s]
    total = round((ends_s - starts_s) / _STEP_S)
    counts: dict[Mood, int] = {}
    for n in range(total if mine else 0):
        at_s = starts_s + n * _STEP_S
        if at_s <= now_s and (mood := _mood(mine, at_s)):
            counts[mood] = counts.get(mood, 0) + 1
    return Day(day, {mood: counts[mood] / total for mood in MOODS if mood in counts})


def _mood(spans: Iterable[Span], at_s: float) -> Mood | None:
    seen = {span.state for span in spans if span.since_s <= at_s < span.until_s}
    return next((mood for mood in reversed(MOODS) if mood in seen), None)
