"""The one place that holds the desk's incidents: takes results, folds them, keeps them, takes orders.

Transitions of one turn go into the store as one commit with what IT is told. While the store cannot write
they wait in memory, in order and in sight; a person's order is different: it is kept or refused at once.
"""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from agent.clock import Instant
from agent.incidents import actions, life, model, outlook, policy, retest, sequel, shelf, view
from agent.incidents.fold import Book, Memory, Outlook, awaited_parents, fold, recovering
from agent.incidents.ledger import Ledger
from agent.incidents.model import Identity, Incident, Transition
from agent.incidents.names import key_of, new_id
from agent.incidents.outlook import Pause
from agent.incidents.policy import Situation
from agent.incidents.problem import Problem
from agent.incidents.report import Content
from agent.incidents.retest import Key
from agent.incidents.substitute import usable
from agent.incidents.wanted import Wanted
from agent.plan import Job
from agent.recorder import Recorder
from agent.result import Result
from agent.store.errors import StoreError
from agent.tickets import outbox
from agent.verdict import Row, ancestors
from checks.model import Sample
from config.procedure import Procedure
from config.settings import Settings

MAX_WAITING_RESULTS = 2_000  # for a store that cannot be read yet; the oldest go first
_SHORTEST_NAME = 4
_ASKS_FOR_A_RETEST = {"worked", "fixed", "restarted", "retest"}


class Keeper:
    """The incidents of one desk. Methods may be called from several threads."""

    def __init__(self, recorder: Recorder, settings: Settings, procedure: Procedure) -> None:
        self._lock = threading.RLock()
        self._settings, self._procedure = settings, procedure
        self._ledger = Ledger(recorder, settings, procedure)
        self._arrived: deque[Result] = deque(maxlen=MAX_WAITING_RESULTS)
        self._memory: Memory | None = None  # None until the store could be read
        self._pause = Pause()

    def adopt(self, settings: Settings, procedure: Procedure) -> None:
        """Take new settings and procedure; what is open stays open."""
        with self._lock:
            self._settings, self._procedure = settings, procedure
            self._ledger.adopt(settings, procedure)

    def observe(self, _job: Job, result: Result) -> None:
        """Take a result for the next turn; called from the runs' threads."""
        self._arrived.append(result)

    def turn(self, rows: Sequence[Row], pause: Pause, now: Instant) -> Wanted:
        """Fold what has come in since the last turn, keep what happened, and say what should run soon."""
        with self._lock:
            self._pause = pause
            self._ledger.try_read(now)
            before = self._known()
            if before is None:
                return Wanted()
            results = [self._arrived.popleft() for _ in range(len(self._arrived))]
            looks = outlook.outlooks(rows, pause, now)
            memory, happened = fold(before, results, looks, self._book(rows), now)
            if happened:
                memory, happened = self._complete(before, memory, happened, rows, now)
                self._ledger.wait(happened)
            self._memory = memory
            self._take_over(self._ledger.flush(now))
            self._forget_old(now)
            return self._wanted(rows, looks)

    def act(
        self, name: str, action: str, options: Mapping[str, Any], by: str, rows: Sequence[Row], now: Instant
    ) -> tuple[Incident, frozenset[Key]]:
        """Do what a person orders. Returns the incident and the rows to run now.

        Raises actions.Refused, actions.BadAction, StoreError (then nothing has happened).
        """
        with self._lock:
            incident = self._find(name, now)
            happened = actions.act(incident, action, options, self._given(incident, rows, now), now, by)
            known = self._ready(now).incidents
            happened = sequel.after_order(known, incident, happened, self._procedure, self._situation())
            if happened:
                self._take_over(self._ledger.keep(happened, now))
            need = retest.required(incident, self._procedure, outlook.outlooks(rows, Pause(), now))
            asked = frozenset(need.checks) if action in _ASKS_FOR_A_RETEST else frozenset()
            return self._ready(now).incidents.get(incident.id, incident), asked

    def report_problem(self, problem: Problem, by: str, now: Instant) -> Incident:
        """Open an incident that a person reports, unless there is one. Raises StoreError, BadAction."""
        by = actions.worker(by)
        with self._lock:
            memory = self._ready(now)
            if known := memory.open_at(problem.identity):
                return known
            key, name = self._key(problem.identity, ()), new_id(now)
            found = life.reported(problem, self._procedure, key=key, name=name, now=now, by=by)
            _, happened = sequel.complete(
                memory.incidents, tuple(found), self._procedure, self._situation(), lambda _one: (), ()
            )
            self._take_over(self._ledger.keep(happened, now))
            return self._ready(now).incidents[name]

    def heard(self, name: str, kind: model.Kind, what: Mapping[str, Any], now: Instant) -> None:
        """Note what came of telling IT: "notified", or that a person closed or reopened the ticket."""
        with self._lock:
            self._ledger.try_read(now)
            memory = self._known()
            if memory is None or name not in memory.incidents:
                return
            one = Transition(name, kind, now, body=what)
            self._ledger.wait([one])
            self._take_over([model.apply(memory.incidents[name], one)])
            self._take_over(self._ledger.flush(now))

    @property
    def has_unbound(self) -> bool:
        """Whether there may be reports without their PDF."""
        return bool(self._ledger.unbound)

    def unbound(self) -> tuple[tuple[int, Content], ...]:
        """Return the reports without a PDF, by number; each is given out once in the life of the program."""
        with self._lock:
            return self._ledger.take_unbound()

    def bind(self, number: int, pdf: bytes) -> None:
        """Keep the PDF of a report. Raises StoreError."""
        with self._lock:
            self._ledger.bind(number, pdf)

    def stopped_devices(self) -> frozenset[str]:
        """Return the devices that are out of use until a passed retest."""
        return frozenset(one.device for one in self.open_ones() if one.is_stopping)

    @property
    def memory(self) -> Memory:
        """The open incidents and those that ended of late; empty before the store could be read."""
        return self._memory or Memory()

    def _unusable(self) -> frozenset[str]:
        return self.stopped_devices() | self._pause.maintained_devices

    def open_ones(self) -> tuple[Incident, ...]:
        """Return the open incidents, oldest first."""
        return self.memory.open_ones()

    def samples(self) -> Iterator[Sample]:
        """Yield how many incidents wait, how they ended, and how long that took."""
        return self._ledger.tally.samples(self.open_ones())

    def listing(self, rows: Sequence[Row], now: Instant, *, is_all: bool = False) -> dict[str, Any]:
        """Return the open incidents as JSON, or all that there ever were. Raises StoreError."""
        with self._lock:
            known = dict(self._ready(now).incidents)
            for name in shelf.names(self._ledger.reader()) if is_all else ():
                if name not in known and (one := shelf.incident_of(self._ledger.reader(), name)):
                    known[name] = one
            shown = [one for _, one in sorted(known.items()) if is_all or one.is_open]
            lines = [view.line(one, self._around(one, rows, now)) for one in shown]
            return view.listed(self._ledger.desk, lines, self._ledger.problem)

    def show(self, name: str, rows: Sequence[Row], now: Instant) -> dict[str, Any]:
        """Return one incident as JSON, with its report where there is one. Raises StoreError, BadAction."""
        with self._lock:
            one = self._find(name, now)
            around = self._around(one, rows, now)
            found = shelf.report_of(self._ledger.reader(), one.report) if one.report else None
            shown = view.full(one, around, self._ledger.desk, self._procedure, now)
            html, pdf = found or (None, None)
            return shown | {"report_html": html, "report_pdf": pdf}

    def _find(self, name: str, now: Instant) -> Incident:
        """Return the incident with this id, or with this ending of it. Raises BadAction, StoreError."""
        memory, store = self._ready(now), self._ledger.reader()
        every = {*memory.incidents, *shelf.names(store)}
        found = [one for one in every if len(name) >= _SHORTEST_NAME and one.endswith(name.upper())]
        incident = None
        if len(found) == 1:
            incident = memory.incidents.get(found[0]) or shelf.incident_of(store, found[0])
        if incident is None:
            raise actions.BadAction(f"{len(found)} incidents are called {name!r}")
        return incident

    def _known(self) -> Memory | None:
        """Return the memory; made anew from what the store has, when that was read anew."""
        if not self._ledger.is_read:
            self._memory = None
        elif self._memory is None:
            self._memory = Memory(incidents=dict(self._ledger.incidents))
        return self._memory

    def _ready(self, now: Instant) -> Memory:
        """Return the memory. Raises StoreError while the store cannot be read."""
        if not self._ledger.is_read:
            self._ledger.read(now)
        memory = self._known()
        if memory is None:
            raise StoreError("store.closed")
        return memory

    def _take_over(self, changed: Sequence[Incident]) -> None:
        """Let memory hold incidents as they were kept: with a report's number, or a ticket withdrawn."""
        if self._memory is not None and changed:
            known = {**self._memory.incidents, **{one.id: one for one in changed}}
            self._memory = msgspec.structs.replace(self._memory, incidents=known)

    def _forget_old(self, now: Instant) -> None:
        known, memory = self._ledger.forget_old(now), self._known()
        if memory is None:
            return
        left = {
            name: one
            for name, one in memory.incidents.items()
            if one.is_open or name in known or self._ledger.is_pending(name)
        }
        self._memory = msgspec.structs.replace(memory, incidents=left)

    def _complete(
        self,
        before: Memory,
        folded: Memory,
        happened: Sequence[Transition],
        rows: Sequence[Row],
        now: Instant,
    ) -> tuple[Memory, tuple[Transition, ...]]:
        """Add what follows by rule: what IT is told and when, the first diagnosis."""
        by_key = {row.key: row for row in rows}

        def parents(incident: Incident) -> list[Result]:
            row = by_key.get((incident.check, incident.device))
            above = ancestors(row, by_key) if row else ()
            return [one.track.evidence for one in above if one.track.evidence is not None]

        changes = self._ledger.changes(now.utc - sequel.LOOK_BACK)
        known, complete = sequel.complete(
            before.incidents, happened, self._procedure, self._situation(), parents, changes
        )
        return msgspec.structs.replace(folded, incidents=known), complete

    def _wanted(self, rows: Sequence[Row], looks: Mapping[Key, Outlook]) -> Wanted:
        memory = self._known() or Memory()
        soon = recovering(memory)
        for one in memory.open_ones():
            soon |= set(retest.soon(one, self._procedure, memory.passes_for(one), looks))
        last = {row.key: row.track.last for row in rows}
        seeing = {key for key, result in last.items() if result and result.state not in {"unknown", "off"}}
        waiting = awaited_parents(memory, looks)
        return Wanted(frozenset(soon & seeing), outlook.parents_of(waiting, rows))

    def _book(self, rows: Sequence[Row]) -> Book:
        return Book(self._procedure, lambda identity: self._key(identity, rows), new_id)

    def _key(self, identity: Identity, rows: Sequence[Row]) -> str:
        return key_of(identity, rows, self._settings.station)

    def _situation(self) -> Situation:
        rows, own, installed = self._procedure.rows, self._settings.ticket, self._ledger.installed
        until = None
        if own.observe_only and installed is not None:
            until = policy.observe_until(installed, rows.tickets.observe_only_workdays, rows.work)
        return Situation(
            numbers=rows.tickets,
            work=rows.work,
            has_sink=own.backend != "none" or bool(self._settings.notify),
            is_always=own.hours == "always",
            observe_until=until,
        )

    def _given(self, incident: Incident, rows: Sequence[Row], now: Instant) -> actions.Given:
        running = outlook.outlooks(rows, Pause(), now)
        works = usable(incident.device, self._settings, rows, self._unusable(), now)
        return actions.Given(
            procedure=self._procedure,
            usable={one.name: one.age_s for one in works},
            questions=retest.required(incident, self._procedure, running).questions,
            is_retest_possible=retest.is_possible(incident, self._procedure, running),
        )

    def _around(self, incident: Incident, rows: Sequence[Row], now: Instant) -> view.Around:
        need = retest.required(incident, self._procedure, outlook.outlooks(rows, Pause(), now))
        return view.Around(
            need=need,
            proof=retest.proof(incident, need, self._ready(now).passes_for(incident)),
            substitutes=tuple(usable(incident.device, self._settings, rows, self._unusable(), now)),
            tickets=outbox.tickets_of(self._ledger.reader(), incident.id),
            is_saved=not self._ledger.is_pending(incident.id),
        )
