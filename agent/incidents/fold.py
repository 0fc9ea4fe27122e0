"""From results to incidents: a pure fold, once for each turn of the core loop.

soft → confirmed → open → recovered → retest → closed. Unknown neither opens nor closes; what a failed
parent, sleep, maintenance or off hours explain is not counted; a fault that comes and goes is one incident
with a flag, never silence. Every step is a `Transition`; the store and IT learn of them elsewhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from agent.clock import Instant
from agent.incidents import retest, watch
from agent.incidents.life import close, found, gone_bad, seen_restart, severity_change
from agent.incidents.model import Identity, Incident, Kind, Transition, apply
from agent.incidents.retest import Key
from agent.incidents.watch import Watch
from agent.result import Fault, Result
from agent.track import Rule, is_bad
from config.procedure import Procedure

T = TypeVar("T")
_STREAK = 4  # passes remembered of each row; a retest needs two
_AT_ONCE_S = 5.0  # rows of one test begin within this of each other


class Outlook(msgspec.Struct, frozen=True):
    """What the desk knows of one running row at this turn.

    `parents_seen_s`: when the one it depends on that was looked at longest ago was looked at.
    """

    rule: Rule
    may_open: bool = True  # False: hidden by a parent, under maintenance, after sleep, off hours
    may_clear: bool = True  # False: hidden by a parent, under maintenance
    is_parent_doubtful: bool = False  # one that it depends on is failing or has failed
    parents_seen_s: float | None = None  # None: it depends on nothing that runs
    started: Instant | None = None  # when its device was last started, as far as that is known


class Book(msgspec.Struct, frozen=True):
    """What the fold goes by: the procedure, and what is known of this desk."""

    procedure: Procedure
    key_of: Callable[[Identity], str]
    new_id: Callable[[Instant], str]


class Memory(msgspec.Struct, frozen=True):
    """Everything that is remembered between turns: incidents by id (open, and ended of late), counts."""

    incidents: Mapping[str, Incident] = {}
    watches: Mapping[Identity, Watch] = {}
    streaks: Mapping[Key, tuple[Instant, ...]] = {}  # passes in a row of each row, newest last
    absences: Mapping[Identity, tuple[Instant, ...]] = {}  # results in a row without that one fault

    def open_ones(self) -> tuple[Incident, ...]:
        """Return the incidents that wait for their retest, oldest first."""
        return tuple(sorted((one for one in self.incidents.values() if one.is_open), key=lambda one: one.id))

    def open_at(self, identity: Identity) -> Incident | None:
        """Return the open incident of a fault."""
        return next((one for one in self.open_ones() if one.identity == identity), None)

    def passes_for(self, incident: Incident) -> Mapping[Key, tuple[Instant, ...]]:
        """Return the passes that count for one incident: on its own row, results without its own fault.

        Another fault that the same device still has keeps an incident of its own.
        """
        if not incident.is_seen_by_machine:
            return self.streaks
        return {**self.streaks, incident.identity[:2]: self.absences.get(incident.identity, ())}


class _Turn:
    """One turn in the making; `fold` is pure, this is its scratch paper."""

    def __init__(self, memory: Memory, book: Book, outlooks: Mapping[Key, Outlook], now: Instant) -> None:
        self.incidents = dict(memory.incidents)
        self.watches = dict(memory.watches)
        self.streaks = dict(memory.streaks)
        self.absences = dict(memory.absences)
        self.book, self.outlooks, self.now = book, outlooks, now
        self.transitions: list[Transition] = []

    @property
    def memory(self) -> Memory:
        return Memory(self.incidents, self.watches, self.streaks, self.absences)

    def happened(self, transitions: Iterable[Transition]) -> None:
        for one in transitions:
            self.incidents[one.incident] = apply(self.incidents.get(one.incident), one)
            self.transitions.append(one)


def fold(
    memory: Memory,
    results: Sequence[Result],
    outlooks: Mapping[Key, Outlook],
    book: Book,
    now: Instant,
) -> tuple[Memory, tuple[Transition, ...]]:
    """Take the results since the last turn in, oldest first, and say what happened."""
    turn = _Turn(memory, book, outlooks, now)
    for result in results:
        _take(turn, result)
    for identity in list(turn.watches):
        _open_if_due(turn, identity)
    for incident in turn.memory.open_ones():
        _go_on(turn, incident)
    _forget(turn)
    return turn.memory, tuple(turn.transitions)


def _take(turn: _Turn, result: Result) -> None:
    """Count one result for the row's passes and for every fault it shows or showed."""
    outlook = turn.outlooks.get(result.key)
    if outlook is None or result.state in {"unknown", "off"}:
        return
    _pass(turn.streaks, result.key, result, is_passed=not is_bad(result) and outlook.may_clear)
    faults = {fault.code: fault for fault in result.findings}
    known = {identity[2] for identity in turn.watches if identity[:2] == result.key}
    known |= {one.fault for one in turn.incidents.values() if one.is_open and one.identity[:2] == result.key}
    for code in sorted(known | faults.keys()):
        identity = (*result.key, code)
        _pass(turn.absences, identity, result, is_passed=code not in faults and outlook.may_clear)
        _count(turn, identity, result, faults.get(code), outlook)


def _pass(passes: dict[T, tuple[Instant, ...]], key: T, result: Result, *, is_passed: bool) -> None:
    """Note a result as one more pass in a row, or as the end of them."""
    if is_passed:
        passes[key] = (*passes.get(key, ()), watch.moment(result))[-_STREAK:]
    else:
        passes.pop(key, None)


def _count(turn: _Turn, identity: Identity, result: Result, fault: Fault | None, outlook: Outlook) -> None:
    """Count one fault; what was seen while it may not be counted is as if it had not been seen."""
    if fault is not None and not outlook.may_open:
        before = turn.watches.pop(identity, None)
        if before is not None and before.changes_s:
            turn.watches[identity] = Watch(last_bad_s=result.boot_s, changes_s=before.changes_s)
    elif fault is not None or outlook.may_clear:
        turn.watches[identity] = watch.observe(turn.watches.get(identity), result, fault)


def _open_if_due(turn: _Turn, identity: Identity) -> None:
    """Open an incident, or open the last one again, once the fault is certain and is nobody else's."""
    seen, outlook = turn.watches[identity], turn.outlooks.get(identity[:2])
    if outlook is None or not seen.bad_count or seen.fault is None or seen.bad_result is None:
        return
    is_confirmed = watch.is_confirmed(seen, outlook.rule)
    if not is_confirmed and not watch.is_intermittent(seen):
        return
    if not is_worth_an_incident(turn.book.procedure, seen.fault):
        return
    if turn.memory.open_at(identity) or not outlook.may_open or not _is_its_own(seen, outlook):
        return
    happened = found(
        identity,
        seen.fault,
        seen.bad_result,
        turn.book.procedure,
        ended=turn.incidents.values(),
        key=turn.book.key_of(identity),
        new_id=turn.book.new_id,
        now=turn.now,
        is_flapping=not is_confirmed,
    )
    turn.happened(happened)
    turn.watches[identity] = watch.changed(seen, turn.now.boot_s, outlook.rule)


def is_worth_an_incident(procedure: Procedure, fault: Fault) -> bool:
    """Whether a fault leads a life of its own: a notice of which IT is never told is only listed."""
    row = procedure.faults.get(fault.code)
    return row is not None and not (row.ticket == "none" and fault.severity == "notice")


def _is_its_own(seen: Watch, outlook: Outlook) -> bool:
    """Whether everything that the row depends on was found well after the row began to fail."""
    if outlook.parents_seen_s is None:
        return True
    return not outlook.is_parent_doubtful and outlook.parents_seen_s >= seen.bad_since_s - _AT_ONCE_S


def awaited_parents(memory: Memory, outlooks: Mapping[Key, Outlook]) -> frozenset[Key]:
    """Rows whose incident only waits for a look at what they depend on."""
    return frozenset(
        identity[:2]
        for identity, seen in memory.watches.items()
        if (outlook := outlooks.get(identity[:2])) is not None
        and seen.bad_count
        and watch.is_confirmed(seen, outlook.rule)
        and memory.open_at(identity) is None
        and outlook.may_open
        and outlook.parents_seen_s is not None
        and outlook.parents_seen_s < seen.bad_since_s - _AT_ONCE_S
    )


def recovering(memory: Memory) -> set[Key]:
    """Rows that began to answer well and want another look before their fault counts as gone."""
    return {
        identity[:2]
        for identity, seen in memory.watches.items()
        if seen.good_count
        and (one := memory.open_at(identity)) is not None
        and one.standing == "open"
        and not one.is_flapping
    }


def _go_on(turn: _Turn, incident: Incident) -> None:
    """Take one open incident as far as what was seen allows."""
    outlook, seen = turn.outlooks.get(incident.identity[:2]), turn.watches.get(incident.identity)
    if outlook is not None and (restarted := seen_restart(incident, outlook.started, turn.now)):
        turn.happened([restarted])
    if incident.is_seen_by_machine:
        if outlook is None or seen is None or not outlook.may_clear:
            return
        incident = turn.incidents[incident.id]
        turn.happened(severity_change(incident, seen, outlook.rule, turn.now))
        _flap(turn, incident.id, seen, outlook.rule)
        _recover(turn, incident.id, outlook.rule)
    _close_if_proven(turn, turn.incidents[incident.id])


def _flap(turn: _Turn, name: str, seen: Watch, rule: Rule) -> None:
    """Raise the flag of an incident that keeps changing sides, and take it down after the quiet."""
    incident, now_s = turn.incidents[name], turn.now.boot_s
    if not incident.is_flapping and watch.is_flapping(seen, now_s, rule):
        turn.happened([_plain(incident, "flapping_started", turn.now)])
    elif incident.is_flapping and watch.is_quiet(seen, now_s, rule):
        turn.happened([_plain(incident, "flapping_stopped", turn.now)])
        turn.watches[incident.identity] = msgspec.structs.replace(seen, changes_s=())


def _recover(turn: _Turn, name: str, rule: Rule) -> None:
    """Note that the fault is gone, or that it came back before the retest was passed."""
    incident = turn.incidents[name]
    seen = turn.watches[incident.identity]
    if incident.is_flapping:
        return
    if incident.standing == "open" and seen.good_since and seen.good_count >= rule.recover_attempts:
        turn.happened([_plain(incident, "recovered", seen.good_since)])
        seen = msgspec.structs.replace(seen, recent=())
    elif incident.standing == "recovered" and seen.bad_count:
        turn.happened([gone_bad(incident, turn.now)])
    else:
        return
    turn.watches[incident.identity] = watch.changed(seen, turn.now.boot_s, rule)


def _close_if_proven(turn: _Turn, incident: Incident) -> None:
    """Close an incident whose retest is passed: the one way that it ends well."""
    if incident.standing != "recovered" or incident.is_flapping:
        return
    need = retest.required(incident, turn.book.procedure, turn.outlooks)
    proof = retest.proof(incident, need, turn.memory.passes_for(incident))
    if proof.is_passed:
        turn.happened(close(incident, need, proof, turn.now))


def _plain(incident: Incident, kind: Kind, at: Instant) -> Transition:
    return Transition(incident.id, kind, at)


def _forget(turn: _Turn) -> None:
    """Drop counts that say nothing any more, so that memory stays as small as the trouble is."""
    needed = {one.identity for one in turn.incidents.values() if one.is_open}
    for identity, seen in list(turn.watches.items()):
        outlook = turn.outlooks.get(identity[:2])
        if outlook is None or (
            identity not in needed and watch.is_spent(seen, turn.now.boot_s, outlook.rule)
        ):
            del turn.watches[identity]
    turn.absences = {identity: seen for identity, seen in turn.absences.items() if identity in needed}
