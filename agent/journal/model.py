"""The shapes of the journal: one entry of a person, and a case as its entries folded."""

from datetime import date, datetime
from typing import Literal, TypeAlias

import msgspec

Source: TypeAlias = Literal["page", "cli", "http", "import"]

STEP, AMENDED, TOLD = "case.step", "case.amended", "client.told"  # kinds of the store's events
LOSE, CLOSE, REOPEN = "lose", "close", "reopen"  # steps that end a case or open it again


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of one case as it was done: codes and ticks only, no text of a client.

    `at` is when it was done, aware; `reason` says why it was done out of order.
    """

    case: str
    step: str
    at: datetime
    ticks: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    reason: str | None = None
    source: Source = "cli"


class Obligation(msgspec.Struct, frozen=True):
    """Something that a step has left to be done beside the state; `opened_by` is the entry's number."""

    step: str
    opened_by: int
    due: date


class Case(msgspec.Struct, frozen=True):
    """Where one case stands. `due` maps each step that is awaited to its day.

    `gaps` are ticks that were left out, as "step:tick"; `out_of_order` counts steps taken with a reason.
    """

    ref: str
    state: str
    is_open: bool = True
    opened_at: datetime | None = None
    last_at: datetime | None = None
    ended_on: date | None = None
    due: dict[str, date] = {}
    obligations: tuple[Obligation, ...] = ()
    gaps: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    out_of_order: int = 0

    @property
    def next_step(self) -> tuple[str, date] | None:
        """The step or obligation that is awaited first, and its day; None where nothing is."""
        awaited = [*self.due.items(), *((one.step, one.due) for one in self.obligations)]
        return min(awaited, key=lambda one: one[1], default=None)

    @property
    def awaited(self) -> dict[str, date]:
        """Every step and obligation that is awaited, with its earliest day."""
        days = dict(self.due)
        for one in self.obligations:
            days[one.step] = min(one.due, days.get(one.step, one.due))
        return days
