"""The outbox: one commit with what it tells of, counted while it waits, withdrawn only before it left."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stores

from agent.store.store import Store
from agent.tickets import outbox
from agent.tickets.outbox import Note

DUE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with contextlib.closing(Store.open(tmp_path, stores.PROCEDURE)) as opened:
        yield opened


def note(incident: str = "A", kind: outbox.Kind = "open") -> Note:
    key = outbox.key_of("SN-1", "printer.status", "PRN_JAM")
    body = {"fault": "PRN_JAM", "device": "printer:front"}
    return Note(incident=incident, key=key, kind=kind, reason="opened", body=body, due_utc=DUE)


def put(store: Store, *notes: Note) -> None:
    with store.transaction() as tx:
        for one in notes:
            outbox.put(tx, one)


def mark(store: Store, state: str, attempts: int = 0) -> None:
    with store.transaction() as tx:
        tx.execute(
            "INSERT INTO ticket_delivery (note, sink, incident, state, attempts, changed_utc) "
            "SELECT seq, 'redmine', incident, ?, ?, put_utc FROM ticket_note WHERE is_routed = 0",
            (state, attempts),
        )
        tx.execute("UPDATE ticket_note SET is_routed = 1")


def test_a_note_is_in_the_commit_of_what_it_tells(store: Store) -> None:
    with contextlib.suppress(ZeroDivisionError), store.transaction() as tx:
        tx.append("incident.opened", "agent", {})
        outbox.put(tx, note())
        _ = 1 / 0
    assert (outbox.depth(store), store.events("incident.opened")) == ((), ())
    put(store, note())
    (waiting,) = outbox.depth(store)
    assert (waiting.sink, waiting.state, waiting.count) == (outbox.UNROUTED, "pending", 1)
    assert len(store.events(outbox.EVENT_KIND)) == 1


def test_what_never_left_is_withdrawn_with_all_that_follows(store: Store) -> None:
    put(store, note(), note(kind="comment"), note("B"))
    with store.transaction() as tx:
        assert outbox.withdraw(tx, "A")
    assert [(one.state, one.count) for one in outbox.depth(store)] == [("pending", 1)]


@pytest.mark.parametrize(("state", "attempts"), [("sending", 1), ("pending", 1), ("delivered", 1)])
def test_what_may_have_left_is_not_withdrawn(store: Store, state: str, attempts: int) -> None:
    put(store, note())
    mark(store, state, attempts)
    with store.transaction() as tx:
        assert not outbox.withdraw(tx, "A")


def test_what_was_routed_and_not_tried_is_withdrawn(store: Store) -> None:
    put(store, note())
    mark(store, "pending")
    with store.transaction() as tx:
        assert outbox.withdraw(tx, "A")
    assert outbox.depth(store) == ()


def test_the_key_is_the_faults_own_and_its_short_form_fits() -> None:
    key = outbox.key_of("CN-前台/1'2", "printer.status", "PRN_JAM")
    assert key == "dr1:CN-前台/1'2:printer.status:PRN_JAM"
    assert len(outbox.short_key(key)) <= 40
    assert outbox.short_key(key).isalnum()
    assert outbox.short_key(key) != outbox.short_key(key + "2")
