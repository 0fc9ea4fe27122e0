"""Incidents between memory and store: what is kept, what still waits for a store that can write.

`incidents` are as the store has them. What happened and is not kept yet waits in order; nothing of it is
lost while the process lives, and nothing is written twice.
"""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from agent.clock import Instant
from agent.incidents import model, notes, report, shelf
from agent.incidents.model import MACHINE, Incident, Transition
from agent.incidents.report import Content
from agent.incidents.tally import Tally
from agent.recorder import RETRY_S, Recorder
from agent.result import Result
from agent.store.errors import StoreError
from agent.store.reader import Reader
from agent.store.writing import Transaction
from config.procedure import Procedure
from config.settings import Settings

log = logging.getLogger(__name__)


class Ledger:
    """What the store knows of incidents, and what it does not know yet. Its user holds a lock."""

    def __init__(self, recorder: Recorder, settings: Settings, procedure: Procedure) -> None:
        self._recorder = recorder
        self._pending: list[Transition] = []
        self._retry_at_s = float("-inf")
        self.incidents: dict[str, Incident] = {}
        self.is_read = False
        self.installed: datetime | None = None  # when this store was made
        self.tally = Tally()
        self.unbound: list[int] = []  # numbers of reports that have no PDF
        self.adopt(settings, procedure)

    def adopt(self, settings: Settings, procedure: Procedure) -> None:
        """Write from now on by other settings and another procedure."""
        self._procedure, self._lang = procedure, settings.station.lang
        places = {one.device_id: one.place for one in settings.printer}
        places |= {one.device_id: one.place for one in settings.scanner}
        self.desk = notes.Desk(settings.station.name, settings.station.site, places)

    @property
    def problem(self) -> str:
        """The store's code while something waits for it, else ""."""
        return self._recorder.error if self._pending else ""

    def reader(self) -> Reader:
        """Return the store to ask. Raises StoreError."""
        return self._recorder.reader()

    def is_pending(self, name: str) -> bool:
        """Whether something of an incident is not in the store yet."""
        return any(one.incident == name for one in self._pending)

    def try_read(self, now: Instant) -> None:
        """Read the store unless that was done, or failed a moment ago."""
        if self.is_read or now.boot_s < self._retry_at_s:
            return
        try:
            self.read(now)
        except StoreError as error:
            self._retry_at_s = now.boot_s + RETRY_S
            log.warning("incidents: not read yet: %s", error.code)

    def read(self, now: Instant) -> None:
        """Read the open incidents and those of late. Raises StoreError."""
        store = self._recorder.reader()
        if adopted := self._recorder.keep(lambda tx: shelf.adopt_orphans(tx, store)):
            log.warning("incidents: %d taken from a salvaged journal", adopted)
        self.incidents = shelf.load(store, self._oldest(now))
        self.installed = min((one.at for one in store.events("store.created")), default=None)
        self.unbound = list(shelf.unbound(store))
        self.is_read = True

    def changes(self, since: datetime) -> tuple[Result, ...]:
        """Return the desk's changed results since a moment; none while the store cannot be read."""
        try:
            return shelf.changes(self._recorder.reader(), since)
        except StoreError:
            return ()

    def wait(self, happened: Sequence[Transition]) -> None:
        """Take what has happened, to be kept with the next flush."""
        self._pending += happened

    def flush(self, now: Instant) -> tuple[Incident, ...]:
        """Keep what waits and return the incidents that it changed; on failure it goes on waiting.

        What the store refuses by its own rules is dropped, and `is_read` is False: it must be read again.
        """
        if not self._pending or now.boot_s < self._retry_at_s:
            return ()
        try:
            return self.keep((), now)
        except StoreError as error:
            self._retry_at_s = now.boot_s + RETRY_S
            log.warning("incidents: %d transitions wait: %s", len(self._pending), error.code)
        except sqlite3.IntegrityError:
            log.exception("incidents: the store refused; going back to what it has")
            self._pending, self.is_read = [], False
        return ()

    def keep(self, happened: Sequence[Transition], now: Instant) -> tuple[Incident, ...]:
        """Keep what waits and then what just happened, as one commit; returns the incidents changed.

        Raises StoreError: then nothing is kept, and what just happened has not happened.
        """
        batch = (*self._pending, *happened)

        def write(tx: Transaction) -> tuple[Transition, ...]:
            return shelf.write(tx, batch, self.incidents, self.desk, self._render, now.utc)

        kept = self._recorder.keep(write)
        self._pending = []
        for one in kept:
            self.incidents[one.incident] = model.apply(self.incidents.get(one.incident), one)
            self.tally.take(self.incidents[one.incident], one)
            if one.kind == "reported":
                self.unbound.append(one.body["number"])
            by = "agent" if one.actor == MACHINE else "a person"  # the journal knows who
            log.info("incident: %s %s by %s", one.incident, one.kind, by)
        return tuple(self.incidents[name] for name in dict.fromkeys(one.incident for one in kept))

    def forget_old(self, now: Instant) -> Mapping[str, Incident]:
        """Forget what ended too long ago to be opened again; returns what is left."""
        oldest = self._oldest(now)
        old = [name for name, one in self.incidents.items() if one.ended_at and one.ended_at.utc < oldest]
        for name in old:
            if not self.is_pending(name):
                del self.incidents[name]
        return self.incidents

    def take_unbound(self) -> tuple[tuple[int, Content], ...]:
        """Return the reports that have no PDF, in words, and forget them; none while the store is away."""
        numbers, self.unbound = self.unbound, []
        try:
            owners = {number: shelf.owner_of(self._recorder.reader(), number) for number in numbers}
        except StoreError:
            self.unbound = numbers
            return ()
        return tuple((number, self._content(one, number)) for number, one in owners.items() if one)

    def bind(self, number: int, pdf: bytes) -> None:
        """Keep the PDF of a report. Raises StoreError."""
        self._recorder.keep(lambda tx: shelf.bind(tx, number, pdf))

    def _oldest(self, now: Instant) -> datetime:
        return now.utc - timedelta(hours=self._procedure.rows.tickets.reopen_within_h)

    def _render(self, incident: Incident, number: int) -> str:
        return report.html(self._content(incident, number))

    def _content(self, incident: Incident, number: int) -> Content:
        desk = " ".join(filter(None, (self.desk.site, self.desk.station)))
        place = self.desk.places.get(incident.device, "")
        return report.content(incident, number, desk, place, self._procedure, self._lang)
