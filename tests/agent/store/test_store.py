"""The store as its users see it: results with history, journal, notes, transactions, size."""

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import stores

from agent.store import opening
from agent.store.reader import read_only
from agent.store.store import Store, StoreError


def fd_count() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "state", stores.PROCEDURE)


def pragma(store: Store, name: str) -> object:
    assert store._writing
    return store._writing.execute(f"PRAGMA {name}").fetchone()[0]


def test_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    store = Store.open(tmp_path / "state", stores.PROCEDURE)
    store.save(stores.results(1))
    assert oct((tmp_path / "state").stat().st_mode & 0o777) == "0o700"
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "state").iterdir()}
    assert set(modes) == {"deskready.db", "deskready.db-wal", "deskready.db-shm", "deskready.pid", "ballast"}
    assert set(modes.values()) == {"0o600"}


def test_the_file_is_set_up_as_designed(store: Store) -> None:
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "busy_timeout": 5000,
        "auto_vacuum": 2,
        "user_version": opening.SCHEMA,
        "recursive_triggers": 1,
    }
    assert {name: pragma(store, name) for name in expected} == expected


def test_what_is_saved_comes_back_equal(store: Store) -> None:
    saved = [stores.result("a", "X"), stores.result("b", state="unknown", reason="snmp.timeout")]
    store.save(saved)
    assert store.latest() == tuple(saved)
    store.save([stores.result("a")])
    assert store.latest()[0] == stores.result("a")


@pytest.mark.parametrize(
    ("second", "is_new"),
    [
        ({}, False),
        ({"facts": {"other": 1}}, False),
        ({"boot_s": 100.0 + 3599.9}, False),
        ({"boot_s": 100.0 + 3600.0}, True),
        ({"boot_s": 99.0}, True),
        ({"boot_id": "another"}, True),
        ({"state": "unknown", "reason": "snmp.timeout"}, True),
        ({"state": "warn"}, True),
    ],
)
def test_history_gets_a_row_for_a_change_a_boot_and_an_hour(
    store: Store, second: dict[str, Any], *, is_new: bool
) -> None:
    store.save([stores.result()])
    store.save([stores.result(**second)])
    assert len(store.history("network.link", "network")) == 1 + is_new


def test_history_follows_the_set_of_codes(store: Store) -> None:
    for codes in (("A",), ("A", "B"), ("B", "A"), ("B",), ("B", "B")):
        store.save([stores.result("c", *codes)])
    found = [[fault.code for fault in change.result.findings] for change in store.history("c", "network")]
    assert found == [["A"], ["A", "B"], ["B"]]
    assert store.history("c", "network")[0].procedure_edition == "2026-1"


def test_history_within_one_batch(store: Store) -> None:
    store.save([stores.result(), stores.result("network.link", "A"), stores.result()])
    assert [c.result.state for c in store.history("network.link", "network")] == ["ok", "fail", "ok"]
    since = stores.result().measured_at
    assert len(store.history("network.link", "network", since)) == 3
    assert store.history("network.link", "network", since + timedelta(seconds=1)) == ()


def test_another_procedure_is_a_change(tmp_path: Path) -> None:
    for edition, sha256 in (("2026-1", "a"), ("2026-1", "a"), ("2026-2", "b")):
        store = Store.open(tmp_path, (edition, sha256))
        store.save([stores.result()])
        store.close()
    editions = [c.procedure_edition for c in read_only(store.path).history("network.link", "network")]
    assert editions == ["2026-1", "2026-2"]


def test_events_are_found_by_kind_time_and_place(store: Store) -> None:
    first = store.append("journal.step", "broker", {"case": "c1", "text": "已签订"})
    second = store.append("incident.opened", "agent", {})
    assert [e.seq for e in store.events()] == [1, first, second]
    (event,) = store.events("journal.step")
    assert (event.actor, event.body) == ("broker", {"case": "c1", "text": "已签订"})
    assert (event.procedure_edition, event.procedure_sha256) == stores.PROCEDURE
    assert [e.seq for e in store.events(after_seq=first)] == [second]
    assert [e.seq for e in store.events(limit=1)] == [1]
    assert len(store.events(since=event.at)) == 2
    assert store.events(since=event.at + timedelta(days=1)) == ()


def test_a_body_that_is_no_journal_entry_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="body of"):
        store.append("test.long", "test", {"text": "x" * 70_000})
    assert store.problem is None


def test_notes(store: Store) -> None:
    assert store.note("seen") is None
    store.set_note("seen", "printer:front")
    store.set_note("seen", "printer:back")
    assert store.note("seen") == "printer:back"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event SET actor = 'x'",
        "DELETE FROM event",
        "REPLACE INTO event SELECT * FROM event",
        "UPDATE result_change SET body = 'x'",
        "DELETE FROM result_change",
        "REPLACE INTO result_change SELECT * FROM result_change",
    ],
)
def test_the_journal_only_grows(store: Store, sql: str) -> None:
    store.save([stores.result()])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), store.transaction() as tx:
        tx.execute(sql)
    assert store.verify().is_whole


def test_replace_would_pass_the_triggers_without_recursive_ones(store: Store) -> None:
    assert store._writing
    store._writing.execute("PRAGMA recursive_triggers = OFF")
    with store.transaction() as tx:
        tx.execute("REPLACE INTO event SELECT * FROM event")


def test_one_commit_for_all_of_a_transaction(store: Store) -> None:
    reader = read_only(store.path)
    with store.transaction() as tx:
        first = tx.append("incident.opened", "agent", {})
        second = tx.append("ticket.queued", "agent", {})
        tx.save([stores.result()])
        assert (len(reader.events()), len(store.events()), reader.latest()) == (1, 1, ())
    assert [e.seq for e in reader.events(after_seq=1)] == [first, second]
    assert len(reader.latest()) == 1


def test_a_reader_cannot_write_or_checkpoint(store: Store) -> None:
    connection = opening.read_only(store.path)
    store.save(stores.results(2))
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM note")
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert opening.wal_of(store.path).stat().st_size > 0


def test_threads_share_a_store(store: Store) -> None:
    def work(name: str) -> None:
        for number in range(50):
            store.append("test.event", name, {"n": number})
            store.save(stores.results(2, number))
            assert store.latest()

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.events("test.event")) == 200
    assert store.verify().is_whole


def test_closing_lets_go_of_everything(tmp_path: Path) -> None:
    before = fd_count()
    for _ in range(20):
        store = Store.open(tmp_path, stores.PROCEDURE)
        store.append("test.event", "test", {})
        store.latest()
        store.close()
    assert fd_count() == before


def test_a_closed_store_does_not_write_without_its_lock(tmp_path: Path) -> None:
    store = Store.open(tmp_path, stores.PROCEDURE)
    store.close()
    store.close()
    with pytest.raises(StoreError, match=r"store\.closed"):
        store.append("test.event", "test", {})
    Store.open(tmp_path, stores.PROCEDURE).close()


def test_a_reader_of_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        read_only(tmp_path / "deskready.db").latest()
