"""Random streams, orders, pauses, restarts and a store that sometimes cannot write, held to the rules.

One open incident for each key; none closed without its retest; none opened by what may not count; no
transition lost or doubled; no note that the policy does not allow.
"""

import itertools
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)
from incident_desk import LINK, SPARE, STATUS, Desk
from incident_streams import PROCEDURE, seen

from agent.incidents import model, shelf
from agent.incidents.actions import BadAction, Refused
from agent.incidents.model import Incident
from agent.incidents.outlook import Pause
from agent.store.errors import StoreError

CODES = {
    STATUS: ("PRN_JAM", "PRN_SERVICE", "PRN_TONER_EMPTY"),
    SPARE: ("PRN_JAM", "PRN_COVER_OPEN"),
    LINK: ("NET_LINK_DOWN",),
}
KEYS = st.sampled_from(sorted(CODES))
PAUSES = (
    *[Pause()] * 5,
    Pause(is_grace=True),
    Pause(is_off_hours=True),
    Pause(maintained_devices=frozenset(["printer:front"])),
)
DAY_S = 86_400
VOIDS = {"detected", "reopened", "recovered", "retest_failed", "fixed"}


class Desks(RuleBasedStateMachine):
    """A desk under random treatment."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="incidents-", dir=_fast())
        self.desk = Desk(Path(self.folder.name) / "state")
        self.desk.turn()
        self.other: sqlite3.Connection | None = None
        self.counted: dict[tuple[str, str], list[tuple[float, str | None]]] = {key: [] for key in CODES}

    def teardown(self) -> None:
        if self.other is not None:
            self.other.close()
        self.desk.close()
        self.folder.cleanup()

    @rule(
        key=KEYS,
        number=st.integers(0, 2),
        count=st.integers(1, 4),
        every_s=st.sampled_from((5.0, 15.0, 60.0)),
    )
    def fails(self, key: tuple[str, str], number: int, count: int, every_s: float) -> None:
        code = CODES[key][number % len(CODES[key])]
        severity = PROCEDURE.faults[code].severity
        for _ in range(count):
            self.desk.see(key, code, after_s=every_s, severity=severity)
            self.counted[key].append((self.desk.now_s, code))

    @rule(key=KEYS, count=st.integers(1, 4), every_s=st.sampled_from((5.0, 60.0)))
    def works(self, key: tuple[str, str], count: int, every_s: float) -> None:
        for _ in range(count):
            self.desk.see(key, after_s=every_s)
            self.counted[key].append((self.desk.now_s, None))

    @rule(key=KEYS, count=st.integers(1, 6))
    def cannot_be_seen(self, key: tuple[str, str], count: int) -> None:
        before = self.standing()
        for number in range(count):
            blind = seen(key, self.desk.now_s + 0.1 * number, state="unknown", reason="snmp.timeout")
            self.desk.turn(blind)
        assert self.standing() == before, "unknown changed something"

    @rule(seconds=st.sampled_from((60.0, 1900.0, 7200.0, 50_000.0, 90_000.0)))
    def time_passes(self, seconds: float) -> None:
        self.desk.turn(now_s=self.desk.now_s + seconds)

    @rule(key=KEYS, number=st.integers(0, 2), bad=st.integers(2, 4), good=st.integers(2, 5))
    def breaks_and_is_repaired(self, key: tuple[str, str], number: int, bad: int, good: int) -> None:
        self.fails(key, number, bad, 15.0)
        self.works(key, good, 5.0)

    @rule(pause=st.sampled_from(PAUSES))
    def pauses(self, pause: Pause) -> None:
        self.desk.pause = pause

    @rule(key=KEYS, count=st.integers(2, 5))
    def fails_while_nothing_counts(self, key: tuple[str, str], count: int) -> None:
        before, pause = self.standing(), self.desk.pause
        self.desk.pause = Pause(is_off_hours=True)
        self.fails(key, 0, count, 15.0)
        self.desk.pause = pause
        opened = {name for name, standing in self.standing().items() if standing == "open"}
        assert opened <= {name for name, was in before.items() if was in {"open", "recovered"}}

    @rule(
        number=st.integers(0, 9),
        order=st.sampled_from(("worked", "still-broken", "repairing", "restarted", "close")),
    )
    def orders(self, number: int, order: str) -> None:
        self.try_to(number, order)

    @rule(number=st.integers(0, 9))
    def repairs(self, number: int) -> None:
        self.try_to(number, "fixed", action="replace_part")

    @rule(number=st.integers(0, 9), answer=st.sampled_from(("ok", "problem")))
    def answers(self, number: int, answer: str) -> None:
        self.try_to(number, "retest", answer=answer)

    @rule(number=st.integers(0, 9))
    def wants_to_cancel(self, number: int) -> None:
        self.try_to(number, "cancel", reason="in the way")

    @precondition(lambda self: self.other is None)
    @rule()
    def restarts(self) -> None:
        self.desk.turn(now_s=self.desk.now_s + 20)
        before = self.standing()
        self.desk.restart()
        self.desk.turn()
        recent = {name: one for name, one in before.items() if name in self.standing()}
        assert self.standing() == recent
        assert {name for name, one in before.items() if one in {"open", "recovered"}} <= recent.keys()

    @precondition(lambda self: self.other is None)
    @rule()
    def store_is_taken_away(self) -> None:
        if self.desk.store._writing is None:
            return
        self.desk.store._writing.execute("PRAGMA busy_timeout = 0")
        self.other = sqlite3.connect(self.desk.store.path, isolation_level=None)
        self.other.execute("BEGIN IMMEDIATE")

    @precondition(lambda self: self.other is not None)
    @rule()
    def store_comes_back(self) -> None:
        assert self.other is not None
        self.other.close()
        self.other = None
        self.desk.turn(now_s=self.desk.now_s + 20)

    def try_to(self, number: int, order: str, **options: str) -> None:
        known = self.desk.keeper.open_ones()
        if not known:
            return
        one = known[number % len(known)]
        try:
            self.desk.act(one.id, order, **options)
        except (Refused, BadAction):
            pass
        except StoreError:
            assert self.other is not None
        else:
            assert order not in {"close", "cancel"}, "a person ended an incident"
            self.desk.turn()

    def standing(self) -> dict[str, str]:
        memory = self.desk.keeper._memory
        assert memory is not None
        return {name: one.standing for name, one in memory.incidents.items()}

    @property
    def incidents(self) -> list[Incident]:
        store = self.desk.store
        return [one for name in shelf.names(store) if (one := shelf.incident_of(store, name))]

    @invariant()
    def one_open_incident_for_each_key(self) -> None:
        memory = self.desk.keeper._memory
        assert memory is not None
        for count in Counter(one.key for one in memory.open_ones()).values():
            assert count == 1

    @invariant()
    def the_device_is_stopped_as_long_as_its_incident_is_open(self) -> None:
        expected = {one.device for one in self.desk.keeper.open_ones() if one.severity == "stop"}
        assert self.desk.keeper.stopped_devices() == expected

    @invariant()
    def the_journal_says_what_memory_says(self) -> None:
        """Nothing is lost and nothing is doubled."""
        if self.other is not None or self.desk.keeper._ledger._pending:
            return
        memory = self.desk.keeper._memory
        assert memory is not None
        kept = {one.id: one for one in self.incidents}
        for name, one in memory.incidents.items():
            assert msgspec.to_builtins(kept[name]) == msgspec.to_builtins(one)
        open_in_store = self.desk.store.query(
            "SELECT id FROM incident WHERE standing IN ('open', 'recovered') ORDER BY id"
        )
        assert [name for (name,) in open_in_store] == [one.id for one in memory.open_ones()]

    @invariant()
    def none_is_closed_without_its_retest(self) -> None:
        for incident in self.incidents:
            for number, one in enumerate(incident.history):
                if one.kind == "closed":
                    self.check_close(incident, number)

    def check_close(self, incident: Incident, number: int) -> None:
        """Two results without its fault, newer than all that spoils a retest, and none with it since."""
        life = incident.history[:number]
        assert [one.kind for one in life[-2:]] == ["retested", "reported"]
        spoiled = [one for one in life if one.kind in VOIDS and not one.body.get("is_inferred")]
        proven_s = life[-1].at.boot_s
        fed = [entry for entry in self.counted[incident.identity[:2]] if entry[0] <= proven_s]
        passes = list(itertools.takewhile(lambda entry: entry[1] != incident.fault, reversed(fed)))
        assert sum(at_s > spoiled[-1].at.boot_s for at_s, _ in passes) >= 2

    @invariant()
    def no_note_outside_the_policy(self) -> None:
        told: dict[str, list[str]] = {}
        opened_on: Counter[int] = Counter()
        for event in self.desk.store.events("ticket.note"):
            note = event.body["note"]
            told.setdefault(note["incident"], []).append(note["kind"])
            row = PROCEDURE.faults[note["body"]["fault"]]
            assert row.ticket != "none" or "first_aid_failed" in note["body"]["tried"]
            assert note["body"]["how_closed"] == "retest"
        for incident in self.incidents:
            kinds = told.get(incident.id, [])
            assert kinds == [] or kinds[0] in {"open", "digest"}
            opened_on.update(days_of_new_tickets(incident, kinds))
        assert all(
            count <= PROCEDURE.rows.tickets.max_new_per_station_per_day for count in opened_on.values()
        )

    @invariant()
    def a_ticket_is_resolved_only_after_it_was_opened(self) -> None:
        for _incident, notes in itertools.groupby(
            sorted(self.desk.store.events("ticket.note"), key=lambda e: (e.body["note"]["incident"], e.seq)),
            key=lambda e: e.body["note"]["incident"],
        ):
            depth = 0
            for event in notes:
                kind = event.body["note"]["kind"]
                depth = {"open": 1, "reopen": 1, "resolve": depth - 1}.get(kind, depth)
                assert depth >= 0


def days_of_new_tickets(incident: Incident, kinds: list[str]) -> list[int]:
    """The day of each "open" that was neither withdrawn nor replaced; told by the notes, not by the plans."""
    plans = [one for one in incident.history if one.kind == "recorded" and one.body["note"] != "none"]
    firsts = [kind for kind in kinds if kind in {"open", "reopen", "digest"}]
    days: list[int] = []
    withdrawn = [one.at.boot_s for one in incident.history if one.kind == "ticket_withdrawn"]
    for plan, kind, after in zip(plans, firsts, [*plans[1:], None][: len(plans)], strict=True):
        ends_s = after.at.boot_s if after else float("inf")
        is_gone = any(plan.at.boot_s <= at_s <= ends_s for at_s in withdrawn)
        is_gone |= after is not None and _life(incident, plan) == _life(incident, after)
        if kind == "open" and not is_gone:
            days.append(_day(plan.at))
    return days


def _life(incident: Incident, one: model.Transition) -> int:
    """Which life of an incident something belongs to: 1, 2, …"""
    until = incident.history[: incident.history.index(one)]
    return sum(each.kind in {"detected", "reopened"} for each in until)


def _day(moment: model.Instant) -> int:
    return int((moment.utc.timestamp() + 8 * 3600) // DAY_S)  # the procedure's day, Asia/Shanghai


def _fast() -> str | None:
    shared = Path("/dev/shm")  # noqa: S108  memory, where there is some: hundreds of stores are made
    return str(shared) if shared.is_dir() else None


QUICK = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes; the seed is printed
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
)
