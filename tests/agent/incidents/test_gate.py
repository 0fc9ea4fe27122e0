"""The store itself refuses what the procedure forbids, whoever writes into it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from incident_desk import STATUS, Desk
from incident_streams import JAM

CLOSE = "UPDATE incident SET standing = 'closed'"
AGAIN = (
    "INSERT INTO incident SELECT 'other', {key}, {check}, device, fault, severity, 'open', found_utc, "
    "changed_utc FROM incident"
)
BORN_CLOSED = (
    "INSERT INTO incident SELECT 'x', 'x', 'x', device, fault, severity, 'closed', found_utc, changed_utc "
    "FROM incident"
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "state")
    for _ in range(3):
        desk.see(STATUS, JAM)
    yield desk
    desk.close()


def attempt(desk: Desk, *statements: str) -> None:
    with desk.store.transaction() as tx:
        for sql in statements:
            tx.execute(sql)


def put(desk: Desk, *kinds: str, proofs: int = 2, needed: int = 2, close: bool = True) -> None:
    """Write events of the incident as the program does, true or not, and close it in the same commit."""
    name = desk.keeper.open_ones()[0].id
    with desk.store.transaction() as tx:
        for kind in kinds:
            seq = tx.append(f"incident.{kind}", "agent", {"incident": name, "what": {}})
            row = (seq, name, kind, proofs, needed)
            tx.execute("INSERT INTO incident_event VALUES (?, ?, ?, ?, ?)", row)
        if close:
            tx.execute(CLOSE)


def test_closing_needs_a_retest(desk: Desk) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="closing needs: retested"):
        attempt(desk, CLOSE)


def test_closing_needs_a_report_too(desk: Desk) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="closing needs: reported"):
        put(desk, "retested")


@pytest.mark.parametrize("spoiler", ["recovered", "fixed", "retest_failed", "reopened"])
def test_a_retest_older_than_what_makes_it_worthless_does_not_count(desk: Desk, spoiler: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="closing needs: retested"):
        put(desk, "retested", spoiler, "reported")


@pytest.mark.parametrize(("proofs", "needed"), [(1, 2), (0, 0)])
def test_a_retest_without_its_passes_is_none(desk: Desk, proofs: int, needed: int) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        put(desk, "retested", proofs=proofs, needed=needed, close=False)


def test_an_event_that_is_not_in_the_journal_counts_for_nothing(desk: Desk) -> None:
    stranger = "INSERT INTO incident_event SELECT 1, id, 'retested', 2, 2 FROM incident"
    with pytest.raises(sqlite3.IntegrityError, match="no such event"):
        attempt(desk, stranger)


def test_in_order_it_closes(desk: Desk) -> None:
    put(desk, "retested", "reported")
    assert desk.store.query("SELECT standing FROM incident") == [("closed",)]


def test_without_the_triggers_a_click_would_close_it(desk: Desk) -> None:
    attempt(
        desk,
        "DROP TRIGGER incident_close_needs_retested",
        "DROP TRIGGER incident_close_needs_reported",
        CLOSE,
    )
    assert desk.store.query("SELECT standing FROM incident") == [("closed",)]


@pytest.mark.parametrize(
    "statement",
    [
        AGAIN.format(key="key", check="'other.check'"),
        AGAIN.format(key="'other'", check="check_id"),
    ],
)
def test_two_open_ones_of_one_fault_are_refused(desk: Desk, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        attempt(desk, statement)


def test_without_the_index_there_would_be_two(desk: Desk) -> None:
    statement = AGAIN.format(key="key", check="'other.check'")
    attempt(desk, "DROP INDEX incident_open_key", statement)
    assert desk.store.query("SELECT count(*) FROM incident") == [(2,)]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM incident",
        "UPDATE incident SET fault = 'PRN_SERVICE'",
        "UPDATE incident SET standing = 'cancelled'",
        "DELETE FROM incident_event",
        "UPDATE incident_event SET kind = 'retested'",
        "INSERT OR REPLACE INTO incident SELECT * FROM incident",
        BORN_CLOSED,
    ],
)
def test_nothing_is_taken_back(desk: Desk, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        attempt(desk, statement)


def test_a_report_is_kept_as_it_was_written(desk: Desk) -> None:
    for _ in range(3):
        desk.see(STATUS, after_s=5.0)
    attempt(desk, "UPDATE incident_report SET pdf = x'25504446'")
    for statement in (
        "UPDATE incident_report SET html = ''",
        "UPDATE incident_report SET pdf = NULL",
        "DELETE FROM incident_report",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            attempt(desk, statement)


def test_a_salvaged_journal_gives_its_incidents_back(desk: Desk) -> None:
    """The table is lost, as after damage: the journal alone says where every incident stands."""
    for _ in range(3):
        desk.see(STATUS, after_s=5.0)
    for _ in range(3):
        desk.see(STATUS, JAM, after_s=25 * 3600)
    before = {one["id"]: one["standing"] for one in desk.listing()}
    assert sorted(before.values()) == ["closed", "open"]
    names = [
        name for (name,) in desk.store.query("SELECT name FROM sqlite_schema WHERE name LIKE 'incident%'")
    ]
    drops = [f"DROP TRIGGER {name}" for name in names if "no_" in name]
    attempt(desk, *drops, "DELETE FROM incident_report", "DELETE FROM incident_event", "DELETE FROM incident")
    desk.restart()
    desk.turn()
    assert {one["id"]: one["standing"] for one in desk.listing()} == before
    assert len(desk.keeper.open_ones()) == 1
