"""What is due when. It starts no thread and runs nothing: it names what is due, and the daemon runs it.

`Timetable` keeps intervals on a clock that nobody can set. `SleepWatch` and `StepWatch` tell whether the
computer slept and whether somebody set the wall clock. Times of day are in `agent.calendar`.
"""

import heapq
import random
import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from agent import clock
from agent.calendar import Calendar
from agent.workdays import Rule, day_ends, is_work_time

__all__ = ["Calendar", "Rule", "SleepWatch", "StepWatch", "Timetable", "day_ends", "is_work_time"]

K = TypeVar("K")

JITTER_RATIO = 0.05  # desks that start together must not ask the same printer together for ever
SLACK_RATIO = 0.1  # a turn may come so much of its interval early, to go with another that has come
STEP_S = 5.0  # a wall clock that moves by more was set; slewing moves it by less
_VOID_ENTRIES = 16  # beyond this many entries that no longer count the heap is swept


class Timetable(Generic[K]):
    """Keys with intervals. `now_s` is a clock that never goes back (seconds)."""

    def __init__(self, now_s: Callable[[], float] = clock.boot_s, rng: random.Random | None = None) -> None:
        self._now_s = now_s
        self._random = rng or random.Random()  # noqa: S311  spreads load, hides nothing
        self._intervals_s: dict[K, float] = {}
        self._turns: dict[K, tuple[float, int]] = {}  # (due at, number): the entry of the heap that counts
        self._slack_s: dict[K, float] = {}  # how much too early the turn may come; none after a retry
        self._heap: list[tuple[float, int, K]] = []
        self._count = 0  # numbers the entries, so that keys are never compared

    def every(self, key: K, interval_s: float, first_in_s: float = 0.0) -> None:
        """Name `key` first in `first_in_s`, then every `interval_s`, give or take 5 %.

        A key that is there already keeps its turn unless its interval changed: a reload shifts nothing.
        """
        if interval_s <= 0:
            raise ValueError(f"interval of {key!r} must be positive")
        if self._intervals_s.get(key) == interval_s:
            return
        self._intervals_s[key] = interval_s
        self._arm(key, self._now_s() + first_in_s)

    def retry_in(self, key: K, seconds: float) -> None:
        """Name `key` once more in `seconds` if its turn would come later than that."""
        again_s = self._now_s() + seconds
        if key in self._turns and again_s < self._turns[key][0]:
            self._arm(key, again_s)

    def remove(self, key: K) -> None:
        """Forget a key, known or not."""
        for known in (self._intervals_s, self._turns, self._slack_s):
            known.pop(key, None)

    def replace(self, intervals_s: Iterable[tuple[K, float]]) -> None:
        """Take a new set of keys: the missing go, the new are due at once, the unchanged keep their turn."""
        wanted = dict(intervals_s)
        for key in self._intervals_s.keys() - wanted.keys():
            self.remove(key)
        for key, interval_s in wanted.items():
            self.every(key, interval_s)

    def hasten(self) -> None:
        """Make every key due now: the computer woke up and nothing that is known is fresh."""
        now_s = self._now_s()
        for key in self._intervals_s:
            self._arm(key, now_s)

    def due(self) -> list[K]:
        """Return the keys whose time has come, in that order, each once however late this call is.

        Keys whose time comes soon go with them: what runs together is looked at together.
        """
        now_s = self._now_s()
        at_s = self._next_s()
        if at_s is None or at_s > now_s:
            return []
        ripe = [turn for turn in self._turns.items() if turn[1][0] - self._slack_s.get(turn[0], 0.0) <= now_s]
        keys = [key for key, _ in sorted(ripe, key=lambda turn: turn[1])]
        for key in keys:
            interval_s = self._intervals_s[key]
            jitter = 1 + self._random.uniform(-JITTER_RATIO, JITTER_RATIO)
            self._arm(key, now_s + interval_s * jitter)
            self._slack_s[key] = interval_s * SLACK_RATIO
        return keys

    def next_in_s(self) -> float | None:
        """Return how long nothing will be due, at least 0; None where there is no key."""
        at_s = self._next_s()
        return None if at_s is None else max(0.0, at_s - self._now_s())

    def __len__(self) -> int:
        return len(self._intervals_s)

    def _arm(self, key: K, at_s: float) -> None:
        self._count += 1
        self._slack_s.pop(key, None)
        self._turns[key] = (at_s, self._count)
        heapq.heappush(self._heap, (at_s, self._count, key))
        if len(self._heap) > 2 * len(self._turns) + _VOID_ENTRIES:
            self._heap = [entry for entry in self._heap if self._counts(entry)]
            heapq.heapify(self._heap)

    def _next_s(self) -> float | None:
        """Drop void entries and return when the earliest turn is."""
        while self._heap and not self._counts(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _counts(self, entry: tuple[float, int, K]) -> bool:
        """Whether an entry is its key's turn still: it was neither removed nor armed anew."""
        return self._turns.get(entry[2]) == entry[:2]


class SleepWatch:
    """How long the computer slept: CLOCK_BOOTTIME counts sleep, CLOCK_MONOTONIC does not."""

    def __init__(
        self, boot_s: Callable[[], float] = clock.boot_s, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._boot_s, self._monotonic_s = boot_s, monotonic_s
        self._apart_s = boot_s() - monotonic_s()

    def slept_s(self) -> float:
        """Return the seconds slept since the last call, at least 0; about 0 where one clock is both."""
        before_s, self._apart_s = self._apart_s, self._boot_s() - self._monotonic_s()
        return max(0.0, self._apart_s - before_s)


class StepWatch:
    """Whether somebody set the wall clock. Sleep is none: the boot clock counts it as the wall clock does."""

    def __init__(
        self, wall_s: Callable[[], float] = time.time, boot_s: Callable[[], float] = clock.boot_s
    ) -> None:
        self._wall_s, self._boot_s = wall_s, boot_s
        self._apart_s = wall_s() - boot_s()

    def step_s(self) -> float:
        """Return by how much the wall clock was set since the last call: negative for back, 0 up to 5 s."""
        before_s, self._apart_s = self._apart_s, self._wall_s() - self._boot_s()
        moved_s = self._apart_s - before_s
        return moved_s if abs(moved_s) > STEP_S else 0.0
