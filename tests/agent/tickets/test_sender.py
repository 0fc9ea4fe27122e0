"""The sender against a ticket system in memory: order, repeats, pauses, outages, on the test's own clock."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import ticket_desk
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ticket_desk import Clock, TicketDesk, note
from ticket_office import KilledError, Office

from agent.store.errors import StoreError
from agent.tickets import ledger, outbox, policy, queue
from agent.tickets.model import Outcome
from config.tables import Notify

FAULTS = ("lost_request", "lost_reply", "error", "kill_before", "kill_after", "limited", "denied")
DAY_S = 86_400.0


class Town:
    """A desk, an office and a clock; the desk's process may die and start again."""

    def __init__(self, folder: Path, office: Office, **wanted: Any) -> None:
        self.folder, self.office, self.clock = folder, office, Clock()
        self.wanted = ticket_desk.settings(**wanted)
        self.told: list[str] = []
        self.desk = self._start()

    def _start(self) -> TicketDesk:
        return TicketDesk(self.folder, self.wanted, deliver=self.office.deliver, now=self.clock, settle_s=5.0)

    def turn(self) -> None:
        """One turn, and the time until the next; a process that dies is started again."""
        try:
            wait_s = self.desk.sender.turn()
        except KilledError:
            self.told += [delivery.event for _, delivery in self.desk.told]
            self.desk.close()
            self.desk = self._start()
            wait_s = 1.0
        self.clock.now_s += max(wait_s, 0.001)

    def settle(self, turns: int = 3000) -> None:
        for _ in range(turns):
            self.turn()
            if not any(one.state != "parked" for one in outbox.depth(self.desk.store)):
                return
        raise AssertionError(outbox.depth(self.desk.store))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, Office())
    yield made
    made.desk.close()


def ops(town: Town, incident: str) -> list[str]:
    rows = town.desk.store.query("SELECT id FROM ticket_note WHERE incident = ? ORDER BY seq", (incident,))
    return [row[0] for row in rows]


def in_order(said: list[str], wanted: list[str]) -> bool:
    """Whether the first appearances are all that was wanted, in order (a comment may come twice)."""
    return list(dict.fromkeys(said)) == wanted


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    faults=st.lists(st.sampled_from(("ok", *FAULTS)), max_size=25),
    incidents=st.lists(st.sampled_from(("open", "open+comment", "whole", "recurs")), min_size=1, max_size=5),
)
@example(["ok", "ok", "lost_reply"], ["recurs"])  # a lost answer to our own closing is no person's closing
def test_whatever_fails_there_is_one_ticket_and_nothing_is_lost(
    faults: list[str], incidents: list[str]
) -> None:
    lives = {"open": ("open",), "open+comment": ("open", "comment"), "whole": ("open", "comment", "resolve")}
    lives["recurs"] = (*lives["whole"], "reopen")
    with TemporaryDirectory() as folder:
        town = Town(Path(folder), Office(list(faults)))
        for number, life in enumerate(incidents):
            town.desk.put(*(note(f"I{number}", kind) for kind in lives[life]))  # type: ignore[arg-type]
        town.settle()
        for number, life in enumerate(incidents):
            key = note(f"I{number}").key
            made = [one for one in town.office.filed if one.key == key]
            assert len(made) == 1
            assert made[0].is_open is (life != "whole")
            assert in_order(made[0].said, ops(town, f"I{number}"))
        told = town.told + [delivery.event for _, delivery in town.desk.told]
        assert not any(event.endswith("by_person") for event in told)
        town.desk.close()


def test_a_sender_that_does_not_look_makes_duplicates(tmp_path: Path) -> None:
    town = Town(tmp_path, Office(["lost_reply", "kill_after"], is_naive=True))
    town.desk.put(note("A"))
    town.settle()
    assert len(town.office.open_of(note("A").key)) == 3
    town.desk.close()


@pytest.mark.parametrize(("lag_s", "tickets_count"), [(4.0, 1), (60.0, 2)])
def test_a_search_that_lags_is_waited_for(tmp_path: Path, lag_s: float, tickets_count: int) -> None:
    """The desk waits 5 s for the index. One that lags longer than the wait is the control."""
    office = Office(["lost_reply"], lag_s=lag_s)
    town = Town(tmp_path, office)
    office.now_s = lambda: town.clock.now_s
    town.desk.put(note("A"))
    town.settle()
    assert len(office.filed) == tickets_count
    town.desk.close()


def test_a_day_without_the_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """5,000 notes wait; few requests while it is down, all of them in order soon after."""
    town = Town(tmp_path, Office(is_up=False))
    some = [note(f"I{number // 2:04d}", "comment" if number % 2 else "open") for number in range(5000)]
    town.desk.put(*some)
    while town.clock.now_s < DAY_S:
        town.turn()
    asked = town.office.request_count
    town.office.is_up = True
    began_s = town.clock.now_s
    while town.office.request_count == asked:
        town.turn()
    first_s = town.clock.now_s - began_s
    town.settle()
    drained_s = town.clock.now_s - began_s - first_s
    with capsys.disabled():
        print(
            f"\n24 h down, 5,000 notes: {asked} requests; back after {first_s:.0f} s, then {drained_s:.1f} s"
        )
    assert asked <= 200
    assert first_s <= policy.LONGEST_S
    assert [one.key for one in town.office.filed] == [one.key for one in some[::2]]
    assert all(in_order(one.said, ops(town, f"I{n:04d}")) for n, one in enumerate(town.office.filed[:50]))
    assert all(len(one.said) == 2 for one in town.office.filed)
    town.desk.close()


def test_too_many_requests_waits_as_long_as_it_is_told(town: Town) -> None:
    town.office.faults = ["limited"]
    town.desk.put(note("A"))
    town.desk.sender.turn()
    assert town.desk.sender.problems() == {"redmine": "rate_limited"}
    town.clock.now_s += 29.9
    before = town.office.request_count
    town.desk.sender.turn()
    assert town.office.request_count == before
    town.clock.now_s += 5
    town.desk.sender.turn()
    assert town.desk.states() == [("A", "open", "delivered")]


def test_a_refused_token_pauses_until_it_is_forgiven(town: Town) -> None:
    town.office.faults = ["denied"]
    town.desk.put(note("A"), note("B"))
    town.desk.sender.turn()
    asked = town.office.request_count
    for _ in range(20):
        town.clock.now_s += 30
        town.desk.sender.turn()
    assert town.office.request_count == asked
    assert town.desk.sender.problems()["redmine"].startswith("unauthorised")
    assert {state for *_, state in town.desk.states()} == {"pending"}
    town.desk.sender.forgive()
    town.settle()
    assert town.desk.sender.problems() == {}


def test_a_note_that_is_refused_is_parked_and_stops_no_other(town: Town) -> None:
    town.office.faults = ["refused"]
    town.desk.put(note("A"), note("A", "comment"), note("B"))
    for _ in range(5):
        town.turn()
    assert town.desk.states() == [
        ("A", "open", "parked"),
        ("A", "comment", "pending"),
        ("B", "open", "delivered"),
    ]
    assert [delivery.event for _, delivery in town.desk.told] == ["parked", "notified"]
    assert [event.body["incident"] for event in town.desk.store.events("ticket.parked")] == ["A"]
    with town.desk.store.transaction() as tx:
        assert queue.resend(tx, 1, town.clock())
        assert not queue.resend(tx, 1, town.clock())
    town.settle()
    assert {state for *_, state in town.desk.states()} == {"delivered"}


def test_one_poisoned_note_is_given_up_while_others_pass(tmp_path: Path) -> None:
    office = Office()
    town = Town(tmp_path, office)

    def deliver(target: Any, rows: Any) -> list[Outcome]:
        if rows[0].key == note("BAD").key:
            return [Outcome(note=rows[0].note, outcome="ambiguous", detail="http.500")]
        return office.deliver(target, [row for row in rows if row.key != note("BAD").key])

    town.desk.sender._deliver = deliver
    town.desk.put(note("BAD"))
    for number in range(200):
        town.desk.put(note(f"I{number}"))
        town.clock.now_s += 200
        town.turn()
        town.turn()
        town.turn()
    assert ("BAD", "open", "parked") in town.desk.states()
    assert len(office.filed) > 190
    town.desk.close()


def test_a_fallback_gets_what_was_refused(tmp_path: Path) -> None:
    office = Office(["refused"])
    told: list[str] = []

    def deliver(target: Any, rows: Any) -> list[Outcome]:
        if target.backend != "email":
            return office.deliver(target, rows)
        told.extend(row.key for row in rows)
        return [Outcome(note=row.note, outcome="delivered") for row in rows]

    mail = Notify(backend="email", url="smtp://127.0.0.1", mail_from="a@b", mail_to="c@d", when="fallback")
    town = Town(tmp_path, office, notify=(mail,))
    town.desk.sender._deliver = deliver
    town.desk.put(note("A"), note("B"))
    for _ in range(5):
        town.turn()
    assert told == [note("A").key]
    town.desk.close()


def test_what_is_not_due_waits_whatever_the_wall_clock_does(town: Town) -> None:
    due = town.clock().utc.replace(microsecond=0)
    town.desk.put(note("A", due_utc=due))  # put and due by the real clock, long before the test's own
    with town.desk.store.transaction() as tx:
        tx.execute("UPDATE ticket_note SET due_boot_ms = ?, due_utc = '1999-01-01T00:00:00Z'", (2_000_000,))
    town.desk.sender.turn()
    assert town.desk.states() == []
    town.clock.now_s = 2000.0
    town.desk.sender.turn()
    assert town.desk.states() == [("A", "open", "delivered")]


def test_a_full_disk_after_the_reply_makes_no_second_ticket(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome waits in memory; a new process would look for the ticket."""

    def full(*_: Any, **__: Any) -> None:
        raise StoreError("store.full")

    town.desk.put(note("A"))
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "keep", full)
        town.desk.sender.turn()
        town.desk.sender.turn()
    town.settle()
    assert len(town.office.filed) == 1
    assert town.desk.states() == [("A", "open", "delivered")]
