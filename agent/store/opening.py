"""Connections to the database file, the making of a new one, and its migrations."""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from agent.store import chain
from agent.store.errors import StoreError
from agent.store.writing import Stamp, Transaction

DB_NAME = "deskready.db"
APPLICATION_ID = 0x44534B52  # "DSKR", in the file's header
PAGE_BYTES = 4096
WAL_PAGES = 256  # checkpoint at 1 MiB of WAL; it never grows much beyond that
_MIGRATIONS = tuple(sorted(Path(__file__).parent.glob("m[0-9][0-9][0-9][0-9].sql")))
SCHEMA = len(_MIGRATIONS)
_AT_CREATION = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    "PRAGMA auto_vacuum = INCREMENTAL",
    f"PRAGMA application_id = {APPLICATION_ID}",
    "PRAGMA journal_mode = WAL",
)
_EACH_TIME = (
    "PRAGMA synchronous = FULL",  # NORMAL loses acknowledged commits at a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA recursive_triggers = ON",  # so that REPLACE cannot pass the triggers that forbid DELETE
    "PRAGMA cell_size_check = ON",
    f"PRAGMA wal_autocheckpoint = {WAL_PAGES}",
    f"PRAGMA journal_size_limit = {WAL_PAGES * PAGE_BYTES}",
)
_BUSY_S = 5.0


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the existing file for writing. The caller holds the lock. Raises sqlite3.Error."""
    with contextlib.ExitStack() as on_failure:
        connection = _connect(path, "rw")
        on_failure.callback(connection.close)
        for pragma in _EACH_TIME:
            connection.execute(pragma)
        connection.execute("BEGIN IMMEDIATE")  # a write-protected file opens all the same, and fails here
        connection.rollback()
        on_failure.pop_all()
    return connection


def read_only(path: Path) -> sqlite3.Connection:
    """Open for reading next to the one writer; such a connection cannot write or checkpoint.

    On a read-only file system a file without a WAL is read as it lies. Raises sqlite3.Error.
    """
    connection = _connect(path, "ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        wal = wal_of(path)
        if os.access(path.parent, os.W_OK) or (wal.exists() and wal.stat().st_size):
            raise
        connection = _connect(path, "ro&immutable=1")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    return connection


def create(path: Path) -> sqlite3.Connection:
    """Make an empty database file of mode 0600 at `path`, without tables. Raises OSError, sqlite3.Error."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = _connect(path, "rw")
    for pragma in (*_AT_CREATION, *_EACH_TIME):
        connection.execute(pragma)
    return connection


def migrate(connection: sqlite3.Connection, stamp: Stamp, genesis: Mapping[str, object]) -> None:
    """Bring the schema to this program's, one transaction a step, each named by an event.

    A new file is made in one step; `genesis` goes into its first event. Raises StoreError "store.newer",
    sqlite3.Error.
    """
    known = schema_of(connection)
    if known > SCHEMA:
        raise StoreError("store.newer", f"schema {known}; this program knows {SCHEMA}")
    if known == 0:
        _step(connection, stamp, _MIGRATIONS, "store.created", {"schema": SCHEMA, **genesis})
    for number, script in enumerate(_MIGRATIONS[known or SCHEMA :], known + 1):
        _step(connection, stamp, (script,), "store.migrated", {"schema": number})


def _step(
    connection: sqlite3.Connection,
    stamp: Stamp,
    scripts: Iterable[Path],
    kind: str,
    body: Mapping[str, object],
) -> None:
    """Run scripts and name the schema they lead to, `body["schema"]`, in one transaction."""
    with connection:  # commits at its end, rolls back on an error
        connection.execute("BEGIN IMMEDIATE")
        for script in scripts:
            for statement in _statements(script.read_text(encoding="utf-8")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {body['schema']}")
        tx = Transaction(connection, stamp)
        tx.append(kind, "agent", body)
        tx.finish()


def schema_of(connection: sqlite3.Connection) -> int:
    """The file's own schema number."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def recorded_schema(connection: sqlite3.Connection) -> int:
    """The schema number that the journal says this file has; 0 for a file without a journal's first row."""
    row = connection.execute(
        "SELECT json_extract(body, '$.schema') FROM event WHERE origin = '' "
        "AND kind IN ('store.created', 'store.migrated') ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return int(row[0]) if row else 0


def wal_of(path: Path) -> Path:
    """The write-ahead log beside a database file."""
    return path.with_name(path.name + "-wal")


def shm_of(path: Path) -> Path:
    """The index of the write-ahead log."""
    return path.with_name(path.name + "-shm")


def lenient_reader(path: Path) -> sqlite3.Connection:
    """`read_only`, with text that was damaged let through."""
    connection = read_only(path)
    chain.lenient_text(connection)
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # One connection serves all threads of the daemon, one at a time: its users hold a lock.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )


def _statements(script: str) -> Iterator[str]:
    """Split a script at the ends of its statements; triggers hold semicolons of their own."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
