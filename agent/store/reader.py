"""Reading the store: a connection that cannot write, next to the one writer.

Queries are short pages, so that no reader holds the write-ahead log back.
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

_PAGE_ROWS = 200
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

    def history(self, check: str, device: str, since: datetime = _LONG_AGO) -> Iterator[Change]:
        """The changes of one result measured since `since` (aware), oldest first."""
        where = "check_id = ? AND device = ? AND at_utc >= ?"
        return map(change_of, self._pages(CHANGE_SELECT, where, (check, device, utc_text(since))))

    def events(
        self, kind: str | None = None, *, after_seq: int = 0, since: datetime = _LONG_AGO
    ) -> Iterator[Event]:
        """The journal in order, of one kind or all, after a seq and since a time (aware)."""
        where = "kind = ? AND at_utc >= ?" if kind else "at_utc >= ?"
        values = (kind, utc_text(since)) if kind else (utc_text(since),)
        return map(event_of, self._pages(EVENT_SELECT, where, values, after_seq))

    def note(self, key: str) -> str | None:
        """The value kept under a key, None if there is none."""
        rows = self._query("SELECT value FROM note WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def verify(self) -> ChainReport:
        """Walk all chains and row hashes, on a connection of its own: it may take a second."""
        with self._translated(), contextlib.closing(opening.lenient_reader(self.path)) as connection:
            connection.execute("BEGIN")  # one snapshot for all tables
            return chain.verify(connection)

    def close(self) -> None:
        """Close the connection; the next question opens it again."""
        with self._reading_lock:
            self._forget_reading()

    def _pages(self, select: str, where: str, values: Row, after_seq: int = 0) -> Iterator[Row]:
        sql = f"{select} WHERE {where} AND seq > ? ORDER BY seq LIMIT {_PAGE_ROWS}"
        while rows := self._query(sql, (*values, after_seq)):
            yield from rows
            after_seq = rows[-1][0]

    def _query(self, sql: str, values: Row = ()) -> list[Row]:
        with self._reading_lock, self._translated():
            if self._reading is None:
                self._reading = opening.read_only(self.path)
            try:
                return self._reading.execute(sql, values).fetchall()
            except sqlite3.Error:
                self._forget_reading()
                raise

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
