"""Sends what the outbox holds: a turn routes, chooses, marks, delivers by a child and writes down.

What is on its way is marked before the child starts, so whatever dies, nothing is sent twice unseen: the
next attempt looks for the ticket first. The policy is in `policy`, the statements in `queue`.
"""

import contextlib
import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from agent import clock
from agent.clock import Instant
from agent.store.errors import StoreError
from agent.store.store import Store
from agent.tickets import child, gauges, ledger, lookout, policy, queue, restore, rows
from agent.tickets.ledger import Came
from agent.tickets.lookout import Lookout, Watched
from agent.tickets.model import STOPS, Delivery, Outcome, Row, Target
from agent.tickets.policy import SinkState
from agent.tickets.sinks import Sink, Unready, sinks, target
from agent.words import Lang
from checks.model import Sample
from config.procedure import Procedure
from config.secrets import SecretError
from config.settings import Settings

log = logging.getLogger(__name__)

POLL_S = 5.0  # how often the outbox is looked at without being told to
STORE_WAIT_S = 15.0
SETTLE_S = {"jira": 300.0, "jsm": 300.0, "zammad": 300.0}  # a search index shows late what was created
SETTLE_DEFAULT_S = 60.0

Deliver: TypeAlias = Callable[[Target, tuple[Row, ...]], Sequence[Outcome]]
Look: TypeAlias = Callable[[Target, tuple[str, ...]], Sequence[Outcome]]


class Desk(msgspec.Struct, frozen=True):
    """What the sender needs of the running program, read anew for each turn."""

    settings: Settings
    settings_file: Path | None
    procedure: Procedure

    @property
    def lang(self) -> Lang:
        """The language of the tickets."""
        return self.settings.station.lang


class Sender:
    """One outbox on its way out. `turn` is for one thread; the others may be called from any."""

    def __init__(
        self,
        store: Callable[[], Store],
        desk: Callable[[], Desk],
        state_dir: Path,
        on_delivery: Callable[[str, Delivery], None] = lambda _incident, _delivery: None,
        deliver: Deliver | None = None,
        look: Look | None = None,
        settle_s: float | None = None,
        now: Callable[[], Instant] = clock.now,
    ) -> None:
        """Take the parts; nothing starts before `start`. Children deliver and look unless others do."""
        self._store, self._desk = store, desk
        self._on_delivery = on_delivery
        lock = state_dir / "tickets.lock"
        self._deliver = deliver or (lambda where, some: child.deliver(where, some, lock))
        self._look = look or (lambda where, some: child.look(where, some, lock))
        self._settle_s, self._now = settle_s, now
        self._chance = random.Random()  # noqa: S311  spreads waiting times
        self._lookout = Lookout(self._chance)
        self._states: dict[str, SinkState] = {}
        self._waits_s: dict[str, dict[int, float]] = {}
        self._unsaved: list[Came] = []
        self._counts: dict[tuple[str, str], int] = {}
        self._unclear: Counter[tuple[str, int]] = Counter()  # (sink, note) → answers that left it unknown
        self._is_new = True
        self._wanted, self._stopped = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send, if there is anybody to tell; again, if a fault of ours has ended the thread."""
        is_alive = self._thread is not None and self._thread.is_alive()
        if not is_alive and not self._stopped.is_set() and sinks(self._desk().settings):
            self._thread = threading.Thread(target=self._run, name="tickets", daemon=True)
            self._thread.start()

    def forgive(self) -> None:
        """Try paused sinks at once: the settings or a secret may have changed."""
        self._states.clear()
        self._wanted.set()

    def stop(self) -> None:
        """Send nothing more; what is on its way is looked for after the next start."""
        self._stopped.set()
        self._wanted.set()

    def problems(self) -> dict[str, str]:
        """Return why each sink that does not take anything now does not, as a dotted code."""
        return {name: state.problem for name, state in dict(self._states).items() if state.problem}

    def samples(self) -> Iterator[Sample]:
        """Yield what waits, the outcomes since the start, and which sinks work."""
        with contextlib.suppress(StoreError):  # then it says nothing, and another metric says why
            yield from gauges.samples(self._store(), self._now())
        for (sink, outcome), count in dict(self._counts).items():
            labels = {"sink": sink, "outcome": outcome}
            yield Sample("deskready_ticket_deliveries_total", float(count), labels)
        for name, state in dict(self._states).items():
            yield Sample("deskready_ticket_sink_up", float(not state.problem), {"sink": name})

    def turn(self) -> float:
        """Send what is due; returns the seconds until the next turn is worth while. Raises nothing."""
        now = self._now()
        try:
            store, desk = self._store(), self._desk()
            self._take_up(store, now)
            receivers = sinks(desk.settings)
            if queue.has_due(store, now):
                with store.transaction() as tx:
                    queue.route(tx, [sink.name for sink in receivers if not sink.is_fallback], now)
            waits_s = [self._serve(store, desk, sink, receivers) for sink in receivers]
            next_s = queue.next_due_s(store, self._now())
        except StoreError as error:
            log.warning("tickets: outbox not usable: %s", error.code)
            return STORE_WAIT_S
        return min([*waits_s, POLL_S if next_s is None else next_s, POLL_S])

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wanted.clear()
            self._wanted.wait(self.turn())

    def _take_up(self, store: Store, now: Instant) -> None:
        """Save what could not be saved; at the start, wait out what was on its way and look for it."""
        self._save(store)
        if not self._is_new:
            return
        if restore.is_needed(store):
            with store.transaction() as tx:
                count = restore.restore(tx, store, now)
            log.warning("tickets: outbox made again from the journal: to_tell=%d", count)
        for sink, seq in queue.stranded(store):
            self._waits_s.setdefault(sink, {})[seq] = now.boot_s + self._settled(sink)
        with store.transaction() as tx:
            queue.release(tx, now)
        self._is_new = False

    def _serve(self, store: Store, desk: Desk, sink: Sink, receivers: Sequence[Sink]) -> float:
        """Send one batch to one sink; returns the seconds until it is worth trying again."""
        now = self._now()
        state, waits_s = self._states.get(sink.name, SinkState()), self._waits_s.setdefault(sink.name, {})
        if now.boot_s < state.not_before_s:
            return state.not_before_s - now.boot_s
        heads = queue.heads(store, sink.name, policy.BATCH_ROWS + len(waits_s))
        chosen = policy.batch(heads, waits_s, state, now.boot_s)
        watched = () if chosen else self._lookout.due(store, sink.name, now)
        if not (chosen or watched):
            return POLL_S
        try:
            where = target(sink, desk.settings_file)
        except (SecretError, Unready) as error:
            log.warning("tickets: %s: %s", sink.name, error)
            missing = Outcome(note=0, outcome="unauthorised", detail="settings.missing")
            self._states[sink.name] = policy.after(state, missing, now.boot_s, self._chance)
            return POLL_S
        if watched:
            self._watch(store, sink.name, where, watched)
            return POLL_S
        with store.transaction() as tx:
            queue.mark_sending(tx, sink.name, [head.seq for head in chosen], now)
        outcomes = self._deliver(where, rows.rows(chosen, desk.procedure, desk.lang))
        fallbacks = tuple(other.name for other in receivers if other.is_fallback)
        came = [Came(sink.name, head, outcome, fallbacks) for head, outcome in rows.matched(chosen, outcomes)]
        self._unsaved += came
        self._save(store)
        return 0.0

    def _watch(self, store: Store, sink: str, where: Target, watched: Sequence[Watched]) -> None:
        """Look at tickets and tell what a person did to them. Raises StoreError."""
        outcomes = self._look(where, tuple(one.remote.remote_id for one in watched))
        now, state = self._now(), self._states.get(sink, SinkState())
        self._lookout.heard(sink, now, has_answered=not any(one.outcome in STOPS for one in outcomes))
        for seen in outcomes:
            self._states[sink] = policy.after(state, seen, now.boot_s, self._chance)
            if seen.outcome in STOPS:
                return
            one = watched[seen.note]
            changed = lookout.news(one.remote, seen)
            self._lookout.saw(sink, one, now, is_changed=changed is not None)
            if changed is not None:
                with store.transaction() as tx:
                    lookout.keep(tx, one, seen, changed[0], now)
                told = Delivery(sink, changed[1], seen.remote_id, seen.url, now.utc, "look")
                self._on_delivery(one.incident, told)

    def _save(self, store: Store) -> None:
        """Write down every outcome that is not yet, then tell of it. Raises StoreError, and loses none."""
        while self._unsaved:
            came, now = self._unsaved[0], self._now()
            head, outcome = came.head, came.outcome
            state = self._states.get(came.sink, SinkState())
            unclear_count = self._unclear[came.sink, head.seq] + (outcome.outcome == "ambiguous")
            parks = policy.parks(outcome, unclear_count, state)
            with store.transaction() as tx:
                ledger.keep(tx, came, now, is_parked=parks)
            self._unsaved.pop(0)
            self._note(came, state, now)
            for news in rows.news(head, outcome, is_parked=parks):
                known = outcome.remote_id or head.remote_id
                told = Delivery(came.sink, news, known, outcome.url, now.utc, outcome.detail)
                self._on_delivery(head.note.incident, told)

    def _note(self, came: Came, state: SinkState, now: Instant) -> None:
        """Count the outcome and judge the sink and the note by it."""
        outcome, head = came.outcome, came.head
        if outcome.outcome == "untouched":
            return
        count = (came.sink, outcome.outcome)
        self._counts[count] = self._counts.get(count, 0) + 1
        self._states[came.sink] = policy.after(state, outcome, now.boot_s, self._chance)
        waits_s = self._waits_s.setdefault(came.sink, {})
        waits_s.pop(head.seq, None)
        if outcome.outcome == "ambiguous":
            self._unclear[came.sink, head.seq] += 1
            unclear_count = self._unclear[came.sink, head.seq]
            wait_s = policy.note_wait_s(unclear_count, self._settled(came.sink), self._chance)
            waits_s[head.seq] = now.boot_s + wait_s
        elif outcome.outcome in ("delivered", "rejected"):
            self._unclear.pop((came.sink, head.seq), None)
        if outcome.outcome != "delivered":
            log.warning("tickets: sink=%s outcome=%s detail=%s", came.sink, outcome.outcome, outcome.detail)

    def _settled(self, sink: str) -> float:
        if self._settle_s is not None:
            return self._settle_s
        return SETTLE_S.get(sink, SETTLE_DEFAULT_S)
