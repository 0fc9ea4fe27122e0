"""A journal for tests: the shipped procedure, a store of its own, and entries by step."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.journal.chart import Chart
from agent.journal.log import Log, Logged, Once
from agent.journal.model import Entry
from agent.recorder import Recorder
from config import procedure

SHIPPED = procedure.load()
CHART = Chart(SHIPPED)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
REF = "K7Q-2M9"
HARD = {
    "sign": ("info_verified",),
    "deliver": ("policy_verified", "delivery_proof"),
    "enter": ("data_verified",),
    "revisit": ("revisit_done",),
    "archive": ("archive_location",),
    "pay": ("premium_received",),
}


def entry(step: str, *, case: str = REF, at: datetime = NOW, **more: Any) -> Entry:
    """Return an entry with the ticks that its step cannot go without."""
    return Entry(case, step, at, **{"ticks": HARD.get(step, ()), **more})


def days_later(day: date, count: int) -> date:
    """Count days as they come, so that a test can be read without a calendar."""
    return day + timedelta(days=count)


class Book:
    """A log on a store in a folder."""

    def __init__(self, folder: Path, rules: procedure.Procedure = SHIPPED) -> None:
        self.recorder = Recorder(folder, (rules.edition, rules.sha256))
        self.log = Log(self.recorder, rules)

    def keep(self, *steps: str, key: str | None = None, **more: Any) -> tuple[Logged, ...]:
        """Keep one entry for each step, one after the other."""
        once = None if key is None else Once(key, str((steps, more)))
        return tuple(
            logged
            for step in steps
            for logged in self.log.keep([entry(step, **more)], "broker", NOW + timedelta(days=400), once)
        )

    def close(self) -> None:
        self.recorder.close()


MakeBook = Callable[..., Book]
