"""One transaction: appends to the chains, results with their history rule, notes.

History rule: a result gets a row in result_change when its signature changes (state, reason, finding
codes, procedure), with the first of each boot, and at least once an hour as proof of life.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agent import clock
from agent.result import Result
from agent.store.chain import CHANGE, EVENT, LATEST, NOTE, Head, Row, Table, canonical, digest
from agent.store.rows import utc_text

MAX_BODY_BYTES = 64 * 1024
LIFE_MS = 3_600_000


class Stamp(msgspec.Struct, frozen=True):
    """Which procedure is in force: goes with every row."""

    edition: str
    sha256: str


class Transaction:
    """Made by `Store.transaction()`; all of it is saved by one commit, or nothing is."""

    def __init__(self, connection: sqlite3.Connection, stamp: Stamp) -> None:
        self._connection = connection
        self._stamp = stamp
        self._heads: dict[str, Head] = {}

    def append(self, kind: str, actor: str, body: Mapping[str, Any], *, origin: str = "") -> int:
        """Append one event and return its seq. Raises ValueError for a body over 64 KiB of JSON."""
        text = canonical(body)
        if len(text) > MAX_BODY_BYTES:
            raise ValueError(f"{kind}: body of {len(text)} characters")
        at = clock.now()
        clocks = (utc_text(at.utc), at.boot_id, int(at.boot_s * 1000))
        return self.link(EVENT, (*clocks, kind, actor, text, *self._stamped(), origin))

    def save(self, results: Sequence[Result]) -> None:
        """Make these the latest results, and append those to the history that belong there."""
        known = self._marks()
        latest: list[Row] = []
        for result in results:
            body = canonical(result)
            signature = _signature(result, self._stamp)
            boot_ms = int(result.boot_s * 1000)
            mark = known.get(result.key)
            if mark is None or _is_change(mark, (signature, result.boot_id, boot_ms)):
                self._append_change(result, body, boot_ms)
                mark = (signature, result.boot_id, boot_ms)
            known[result.key] = mark
            values = (*result.key, body, *self._stamped(), *mark)
            latest.append((*values, digest(LATEST, values)))
        self._connection.executemany(LATEST.insert, latest)

    def set_note(self, key: str, value: str) -> None:
        """Keep one small fact under a key."""
        self._connection.execute(NOTE.insert, (key, value, digest(NOTE, (key, value))))

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement on tables that are not chained (an outbox), in the same commit."""
        return self._connection.execute(sql, parameters)

    def link(self, table: Table, values: Row) -> int:
        """Add a row (columns between seq and prev_hash) to the end of a chain; returns its seq."""
        head = self.head(table)
        row = (head.seq + 1, *values, head.hash)
        link = digest(table, row)
        self._connection.execute(table.insert, (*row, link))
        self._heads[table.name] = Head(head.seq + 1, link)
        return head.seq + 1

    def head(self, table: Table) -> Head:
        """The newest link of a chain, this transaction's own included."""
        if table.name not in self._heads:
            found = self._connection.execute("SELECT seq, hash FROM head WHERE name = ?", (table.name,))
            self._heads[table.name] = Head(*found.fetchone())
        return self._heads[table.name]

    def finish(self) -> None:
        """Write the new heads; the last act before COMMIT."""
        rows = [(head.seq, head.hash, name) for name, head in self._heads.items()]
        self._connection.executemany("UPDATE head SET seq = ?, hash = ? WHERE name = ?", rows)

    def _append_change(self, result: Result, body: str, boot_ms: int) -> None:
        clocks = (utc_text(result.measured_at), result.boot_id, boot_ms)
        self.link(CHANGE, (*result.key, *clocks, body, *self._stamped(), ""))

    def _marks(self) -> dict[tuple[str, str], tuple[str, str, int]]:
        """For each (check, device): signature, boot id and boot_ms of its last history row."""
        rows = self._connection.execute(
            "SELECT check_id, device, signature, change_boot_id, change_boot_ms FROM result_latest"
        )
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}

    def _stamped(self) -> tuple[str, str]:
        return (self._stamp.edition, self._stamp.sha256)


def _signature(result: Result, stamp: Stamp) -> str:
    codes = sorted({fault.code for fault in result.findings})
    return canonical((result.state, result.reason, codes, stamp.sha256))


def _is_change(mark: tuple[str, str, int], now: tuple[str, str, int]) -> bool:
    is_same = mark[:2] == now[:2]
    return not (is_same and 0 <= now[2] - mark[2] < LIFE_MS)
