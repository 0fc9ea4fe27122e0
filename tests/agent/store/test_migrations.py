"""Files of every schema since the first open in this program, with all that was in them."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
import stores

from agent.store import chain, opening, salvage
from agent.store.store import Store, StoreError
from agent.store.writing import Stamp, Transaction

# The first schema as it was shipped. Never to be edited: files with it are out there.
SCHEMA_1 = """\
-- Schema 1. Every row carries `hash`; event and result_change are also chained by `prev_hash` (chain.py).
-- at_utc: ISO 8601 UTC with microseconds and Z, so that text order is time order. boot_ms: since boot.
-- origin: '' for a row of this file's own; "SHA256/SEQ" for a row carried over from a damaged file.

CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    at_utc TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    boot_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,                -- canonical JSON
    procedure_edition TEXT NOT NULL,
    procedure_sha256 TEXT NOT NULL,
    origin TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX event_kind ON event (kind, seq);

CREATE TABLE result_change (
    seq INTEGER PRIMARY KEY,
    check_id TEXT NOT NULL,
    device TEXT NOT NULL,
    at_utc TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    boot_ms INTEGER NOT NULL,
    body TEXT NOT NULL,                -- canonical JSON of agent.result.Result
    procedure_edition TEXT NOT NULL,
    procedure_sha256 TEXT NOT NULL,
    origin TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX result_change_key ON result_change (check_id, device, seq);

CREATE TABLE result_latest (
    check_id TEXT NOT NULL,
    device TEXT NOT NULL,
    body TEXT NOT NULL,                -- canonical JSON of agent.result.Result
    procedure_edition TEXT NOT NULL,
    procedure_sha256 TEXT NOT NULL,
    signature TEXT NOT NULL,           -- what makes a change: state, reason, finding codes, procedure
    change_boot_id TEXT NOT NULL,      -- when this key last got a row in result_change
    change_boot_ms INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (check_id, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest link of each chain: shows a cut-off tail. Rows up to trimmed_seq may be deleted.
CREATE TABLE head (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    trimmed_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO head VALUES
    ('event', 0, '0000000000000000000000000000000000000000000000000000000000000000', 0),
    ('result_change', 0, '0000000000000000000000000000000000000000000000000000000000000000', 0);

CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER result_change_no_update BEFORE UPDATE ON result_change
BEGIN SELECT RAISE(ABORT, 'result_change is append-only'); END;
CREATE TRIGGER result_change_no_delete BEFORE DELETE ON result_change
WHEN OLD.seq > (SELECT trimmed_seq FROM head WHERE name = 'result_change')
BEGIN SELECT RAISE(ABORT, 'result_change is append-only'); END;
"""


def file_of_schema_1(path: Path) -> None:
    """Make a file as the first version did, with rows in every table."""
    path.parent.mkdir(exist_ok=True)
    connection = opening.create(path)
    for statement in opening._statements(SCHEMA_1):
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    with connection:
        tx = Transaction(connection, Stamp(*stores.PROCEDURE))
        tx.execute("BEGIN IMMEDIATE")
        tx.append("store.created", "agent", {"schema": 1, "replaces": None})
        tx.append("test.event", "broker", {"n": 1})
        tx.save([stores.result()])
        tx.set_note("key", "value")
        tx.finish()
    connection.close()


def shape(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {(name, " ".join(sql.split())) for name, sql in rows}


def test_a_file_of_the_first_schema_opens_with_all_its_rows(tmp_path: Path) -> None:
    file_of_schema_1(tmp_path / "deskready.db")
    store = Store.open(tmp_path, stores.PROCEDURE)
    assert store.notices == ()
    assert [event.kind for event in store.events()][:2] == ["store.created", "test.event"]
    assert (store.latest(), store.note("key")) == ((stores.result(),), "value")
    assert len(store.history("network.link", "network")) == 1
    assert store.verify().is_whole
    store.save([stores.result("another")])
    store.close()


def test_migrating_leads_to_the_same_shape_as_a_new_file(tmp_path: Path) -> None:
    file_of_schema_1(tmp_path / "old" / "deskready.db")
    for name in ("old", "new"):
        Store.open(tmp_path / name, stores.PROCEDURE).close()
    with (
        contextlib.closing(opening.read_only(tmp_path / "old" / "deskready.db")) as old,
        contextlib.closing(opening.read_only(tmp_path / "new" / "deskready.db")) as new,
    ):
        assert shape(old) == shape(new)
        assert opening.schema_of(old) == opening.schema_of(new) == opening.SCHEMA


def add_migration(folder: Path, monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    script = folder / "next.sql"
    script.write_text(sql)
    monkeypatch.setattr(opening, "_MIGRATIONS", (*opening._MIGRATIONS, script))
    monkeypatch.setattr(opening, "SCHEMA", opening.SCHEMA + 1)


def test_a_migration_is_one_step_named_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stores.filled(tmp_path / "state")
    add_migration(tmp_path, monkeypatch, "CREATE TABLE outbox (id INTEGER PRIMARY KEY) STRICT;\n")
    store = Store.open(tmp_path / "state", stores.PROCEDURE)
    (event,) = store.events("store.migrated")
    assert event.body == {"schema": opening.SCHEMA}
    with store.transaction() as tx:
        tx.execute("INSERT INTO outbox VALUES (1)")
    store.close()
    assert salvage.examine(path) is None


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stores.filled(tmp_path / "state")
    with monkeypatch.context() as broken:
        add_migration(tmp_path, broken, "CREATE TABLE outbox (id INTEGER);\nCREATE TABLE event (x);\n")
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            Store.open(tmp_path / "state", stores.PROCEDURE)
    assert salvage.examine(path) is None
    store = Store.open(tmp_path / "state", stores.PROCEDURE)
    assert (store.notices, len(store.events("test.event"))) == ((), 200)
    store.close()


def test_a_later_programs_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        add_migration(tmp_path, later, "CREATE TABLE outbox (id INTEGER);\n")
        path = stores.filled(tmp_path / "state")
    content = path.read_bytes()
    with pytest.raises(StoreError) as refused:
        Store.open(tmp_path / "state", stores.PROCEDURE)
    assert refused.value.code == "store.newer"
    assert path.read_bytes() == content


def test_a_schema_number_that_no_migration_wrote_is_damage(tmp_path: Path) -> None:
    path = stores.filled(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 1025")
    connection.close()
    assert salvage.examine(path) == "schema"
    store = Store.open(tmp_path, stores.PROCEDURE)
    assert len(store.events("test.event")) == 200
    assert len(chain.TABLES) == 4
    store.close()
