"""The log of business steps: takes entries by the rules, keeps them durably, tells where each case stands.

An entry is acknowledged after its commit, or refused to the person's face: it is never kept on hope.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeVar

import msgspec

from agent import workdays
from agent.journal import cases, guard, refs, shelf
from agent.journal.chart import Chart
from agent.journal.model import Case, Entry
from agent.journal.refusals import BadEntry, KeyReused
from agent.recorder import Recorder
from agent.store.errors import StoreError
from agent.store.rows import Event
from agent.store.writing import Transaction
from config.procedure import Procedure

_VIEW_NOTE = "journal.view"  # the procedure that the view was folded by
_NEW_REF_TRIES = 8
_KEY_MAX_CHARS = 128
T = TypeVar("T")


class Logged(msgspec.Struct, frozen=True):
    """One kept entry: its number in the journal and its case afterwards. `is_repeat`: it was kept before."""

    number: int
    case: Case
    is_repeat: bool = False


class Once(msgspec.Struct, frozen=True):
    """An idempotency key with the SHA-256 of what is asked under it, hex."""

    key: str
    sha256: str


class Log:
    """The journal of one desk."""

    def __init__(self, recorder: Recorder, procedure: Procedure) -> None:
        self._recorder = recorder
        self.adopt(procedure)

    def adopt(self, procedure: Procedure) -> None:
        """Judge entries from now on by another procedure."""
        self._procedure = procedure
        self._work = procedure.rows.work
        self.chart = Chart(procedure)
        self._due: tuple[date, int] | None = None

    @property
    def zone(self) -> tzinfo:
        """The zone of the procedure's calendar."""
        return workdays.zone(self._work)

    @property
    def ref_pattern(self) -> str:
        """The form of our case references."""
        return self._procedure.rows.privacy.case_ref_pattern

    def new_ref(self) -> str:
        """Return a reference that no case has. Raises StoreError."""
        self._restore()
        for _ in range(_NEW_REF_TRIES):
            ref = refs.new_ref()
            if shelf.case_of(self._recorder.reader(), ref) is None:
                return ref
        raise BadEntry("case: no free reference was found")

    def keep(
        self, entries: Sequence[Entry], by: str, now: datetime, once: Once | None = None
    ) -> tuple[Logged, ...]:
        """Keep entries together, or none of them. With a key that was used for the same, keep nothing again.

        Raises BadEntry, Refused, StoreError.
        """
        if once is not None and not (0 < len(once.key) <= _KEY_MAX_CHARS and once.key.isprintable()):
            raise BadEntry(f"idempotency key: 1 to {_KEY_MAX_CHARS} printable characters")
        return self.together(lambda tx: self._keep(tx, entries, by, now, once))

    def together(self, write: Callable[[Transaction], T]) -> T:
        """Do what `write` does to the journal as one commit. Raises StoreError, and what `write` raises."""
        self._restore()
        try:
            return self._recorder.keep(write)
        finally:
            self._due = None  # afterwards, or somebody who asks meanwhile would keep the old count

    def amend(self, number: int, entry: Entry | None, why: str, by: str, now: datetime) -> Case:
        """Put an entry right, or withdraw it, by a further entry; what was written stays.

        Raises BadEntry, Refused, StoreError.
        """
        if entry is not None:
            entry = msgspec.structs.replace(entry, at=entry.at.astimezone(self.zone))
            guard.check_form(entry, self.chart, self._procedure.rows.privacy, now)
        guard.check_text("why", why, self._procedure.rows.privacy)
        return self.together(lambda tx: self._amend(tx, number, entry, why, by))

    def case(self, ref: str) -> Case | None:
        """Return one case; None where there is none. Raises StoreError."""
        self._restore()
        return shelf.case_of(self._recorder.reader(), ref)

    def events(self, ref: str) -> tuple[Event, ...]:
        """Return what was written of one case, oldest first. Raises StoreError."""
        return shelf.events_of(self._recorder.reader(), ref)

    def after(self, number: int, limit: int) -> tuple[Event, ...]:
        """Return the next events of all cases after a number, oldest first. Raises StoreError."""
        return shelf.events_after(self._recorder.reader(), number, limit)

    def open_cases(self, due_by: date | None = None, limit: int | None = None) -> list[Case]:
        """Return the open cases, what is due first; with `due_by` those due by then. Raises StoreError."""
        self._restore()
        return shelf.open_cases(self._recorder.reader(), due_by, limit=limit)

    def open_count(self) -> int:
        """Return how many cases are open. Raises StoreError."""
        return shelf.count_open(self._recorder.reader())

    def due_count(self, day: date) -> int:
        """Return how many open cases are due by a day; none while the store cannot be read."""
        if self._due is None or self._due[0] != day:
            try:
                self._restore()
                self._due = (day, shelf.count_due(self._recorder.reader(), day))
            except StoreError:
                return 0
        return self._due[1]

    def affected(self, failed: frozenset[str], now: datetime, within: timedelta) -> list[Case]:
        """Return the cases that a failed capability holds up: what they await soon needs it.

        Clause 4.2.4. Raises StoreError.
        """
        self._restore()
        due_by = (now + within).astimezone(self.zone).date()
        found = shelf.open_cases(self._recorder.reader(), due_by, now - RECENT)
        return [one for one in found if _is_held_up(one, failed, due_by, self.chart)]

    def _keep(
        self, tx: Transaction, entries: Sequence[Entry], by: str, now: datetime, once: Once | None
    ) -> tuple[Logged, ...]:
        before = None if once is None else shelf.kept_under(tx, once.key)
        if before is not None and once is not None:
            if before.sha256 != once.sha256:
                raise KeyReused
            return tuple(self._repeated(tx, number) for number in before.numbers)
        logged = tuple(self.keep_in(tx, entry, by, now) for entry in entries)
        if once is not None:
            self.remember(tx, once, [one.number for one in logged], now)
        return logged

    def is_known(self, tx: Transaction, once: Once) -> bool:
        """Whether an idempotency key was used before."""
        return shelf.kept_under(tx, once.key) is not None

    def remember(self, tx: Transaction, once: Once, numbers: Sequence[int], now: datetime) -> None:
        """Keep what an idempotency key was used for."""
        shelf.keep_key(tx, once.key, shelf.Kept(once.sha256, tuple(numbers)), now)

    def _repeated(self, tx: Transaction, number: int) -> Logged:
        ref = shelf.ref_in(tx, number) or ""
        return Logged(number, self._case_in(tx, ref), is_repeat=True)

    def keep_in(self, tx: Transaction, entry: Entry, by: str, now: datetime) -> Logged:
        """Keep one entry in a transaction of the caller. Raises BadEntry, Refused, and then keeps nothing."""
        entry = msgspec.structs.replace(entry, at=entry.at.astimezone(self.zone))
        guard.check_form(entry, self.chart, self._procedure.rows.privacy, now)
        case = self._case_in(tx, entry.case)
        guard.check_rules(entry, case, self.chart)
        number = shelf.append(tx, entry, by)
        case = cases.fold(case, [(number, entry)], self.chart, self._after)
        shelf.put(tx, case, number)
        return Logged(number, case)

    def _amend(self, tx: Transaction, number: int, entry: Entry | None, why: str, by: str) -> Case:
        ref = shelf.ref_in(tx, number)
        if ref is None or number not in dict(shelf.entries(shelf.events_in(tx, ref), self.zone)):
            raise BadEntry(f"entry {number}: there is none, or it was withdrawn")
        if entry is not None and entry.case != ref:
            raise BadEntry(f"case: entry {number} belongs to {ref}")
        seq = shelf.append_amendment(tx, ref, number, entry, why, by)
        case = self._folded(tx, ref)
        shelf.put(tx, case, seq)
        return case

    def _case_in(self, tx: Transaction, ref: str) -> Case:
        return shelf.case_in(tx, ref) or cases.begin(ref, self.chart)

    def _folded(self, tx: Transaction, ref: str) -> Case:
        entries = shelf.entries(shelf.events_in(tx, ref), self.zone)
        return cases.fold(cases.begin(ref, self.chart), entries, self.chart, self._after)

    def _after(self, day: date, count: int) -> date:
        return workdays.workday_after(day, count, self._work)

    def _restore(self) -> None:
        """Fold the view again where it is behind the events, or was folded by another procedure."""
        sha256 = self._procedure.sha256
        if self._recorder.note(_VIEW_NOTE) == sha256 and not shelf.is_behind(self._recorder.reader()):
            return
        self._recorder.keep(self._fold_all)

    def _fold_all(self, tx: Transaction) -> None:
        for ref, events in shelf.all_events(tx):
            entries = shelf.entries(events, self.zone)
            case = cases.fold(cases.begin(ref, self.chart), entries, self.chart, self._after)
            shelf.put(tx, case, events[-1].seq)
        tx.set_note(_VIEW_NOTE, self._procedure.sha256)


RECENT = timedelta(minutes=30)  # a case with an entry so lately has its client here, or on the telephone


def _is_held_up(case: Case, failed: frozenset[str], due_by: date, chart: Chart) -> bool:
    """Whether what a case awaits by a day needs a failed capability."""
    soon = [step for step, day in case.awaited.items() if day <= due_by]
    if not soon and case.next_step is not None:  # then it was active just now
        soon = [case.next_step[0]]
    return any(failed.intersection(chart.steps[step].needs) for step in soon if step in chart.steps)
