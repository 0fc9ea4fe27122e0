"""Reading the store: a connection that cannot write, next to the one writer.

Every answer is complete when it is given, so no reader holds the write-ahead log back while it works.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from agent.result import Result
from agent.store import chain, opening
from agent.store.chain import ChainReport, Row
from agent.store.errors import translate
from agent.store.rows import (
    CHANGE_SELECT,
    EVENT_SELECT,
    Change,
    Event,
    change_of,
    event_of,
    result_of,
    utc_text,
)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Reader:
    """The questions that a store answers. Every method may raise StoreError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reading: sqlite3.Connection | None = None
        self._reading_lock = threading.Lock()

    def latest(self) -> tuple[Result, ...]:
        """The newest result of each (check, device), in key order."""
        rows = self._query("SELECT body FROM result_latest ORDER BY check_id, device")
        return tuple(result_of(body) for (body,) in rows)

    def history(self, check: str, device: str, since: datetime = _LONG_AGO) -> tuple[Change, ...]:
        """The changes of one result measured since `since` (aware), oldest first."""
        where = "WHERE check_id = ? AND device = ? AND at_utc >= ? ORDER BY seq"
        return tuple(
            map(change_of, self._query(f"{CHANGE_SELECT} {where}", (check, device, utc_text(since))))
        )

    def events(
        self,
        kind: str | None = None,
        since: datetime = _LONG_AGO,
        *,
        after_seq: int = 0,
        limit: int | None = None,
    ) -> tuple[Event, ...]:
        """The journal in order: of one kind or all, since a time (aware), after a seq, at most `limit`.

        Years of journal are read in pieces: ask again after the last seq.
        """
        where = "WHERE seq > ? AND at_utc >= ? AND kind = coalesce(?, kind) ORDER BY seq LIMIT ?"
        if kind is not None:  # so that the index on kind serves
            where = where.replace("coalesce(?, kind)", "?")
        values = (after_seq, utc_text(since), kind, -1 if limit is None else limit)
        return tuple(map(event_of, self._query(f"{EVENT_SELECT} {where}", values)))

    def note(self, key: str) -> str | None:
        """The value kept under a key, None if there is none."""
        rows = self._query("SELECT value FROM note WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def query(self, sql: str, values: Row = ()) -> list[Row]:
        """Return all rows of a question about tables that other parts keep here (an outbox)."""
        return self._query(sql, values)

    def verify(self) -> ChainReport:
        """Walk all chains and row hashes, on a connection of its own: it may take a second."""
        with self._translated(), contextlib.closing(opening.lenient_reader(self.path)) as connection:
            connection.execute("BEGIN")  # one snapshot for all tables
            return chain.verify(connection)

    def close(self) -> None:
        """Close the connection; the next question opens it again."""
        with self._reading_lock:
            self._forget_reading()

    def _query(self, sql: str, values: Row = ()) -> list[Row]:
        with self._reading_lock, self._translated():
            if self._reading is None:
                self._reading = opening.read_only(self.path)
            try:
                rows = self._reading.execute(sql, values).fetchall()
            except sqlite3.Error:
                self._forget_reading()
                raise
            if not opening.wal_of(self.path).exists():  # read as it lies, which may not last
                self._forget_reading()
            return rows

    def _forget_reading(self) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            refusal = translate(error, self.path)
            if refusal is None:
                raise
            raise refusal from error


def read_only(path: Path) -> Reader:
    """A reader of the database file at `path`, for a process that is not the daemon."""
    return Reader(path)
