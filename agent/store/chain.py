"""The hash chain: what a row's hash covers, and which rows of a file are not what was written.

hash = SHA-256 of the compact JSON array [table, column, …] of all other columns in schema order, UTF-8.
Two chains, one for each append-only table, so that result history can be trimmed without a hole in the
journal: the `store.trimmed` event names the last dropped row and its hash, and the chain goes on there.
Rows that are replaced (result_latest, note) carry a hash of their own and no link.
"""

import functools
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from agent.store.errors import UNREADABLE

START = "0" * 64  # prev_hash of the first row
Row: TypeAlias = tuple[Any, ...]
Why: TypeAlias = Literal["altered", "unlinked", "missing", "unreadable"]


class Table(msgspec.Struct, frozen=True):
    """A hashed table: `columns` in hash order; in a chained one `seq` is first and `prev_hash` last."""

    name: str
    columns: tuple[str, ...]
    is_chained: bool
    key_count: int = 1  # how many of the first columns are the key

    @property
    def key(self) -> str:
        """SQL of the key, to order by."""
        return ", ".join(self.columns[: self.key_count])

    @property
    def select(self) -> str:
        """SQL that reads every column and the hash."""
        return f"SELECT {', '.join(self.columns)}, hash FROM {self.name}"  # noqa: S608  names of our own

    @property
    def insert(self) -> str:
        """SQL that writes every column and the hash, replacing only in tables that are not chained."""
        verb = "INSERT" if self.is_chained else "INSERT OR REPLACE"
        marks = ", ".join("?" * (len(self.columns) + 1))
        return f"{verb} INTO {self.name} ({', '.join(self.columns)}, hash) VALUES ({marks})"


_TAIL = ("procedure_edition", "procedure_sha256", "origin", "prev_hash")
_CLOCK = ("at_utc", "boot_id", "boot_ms")
EVENT = Table("event", ("seq", *_CLOCK, "kind", "actor", "body", *_TAIL), is_chained=True)
CHANGE = Table("result_change", ("seq", "check_id", "device", *_CLOCK, "body", *_TAIL), is_chained=True)
LATEST = Table(
    "result_latest",
    ("check_id", "device", "body", *_TAIL[:2], "signature", "change_boot_id", "change_boot_ms"),
    is_chained=False,
    key_count=2,
)
NOTE = Table("note", ("key", "value"), is_chained=False)
TABLES = (EVENT, CHANGE, LATEST, NOTE)


class Head(msgspec.Struct, frozen=True):
    """The newest link of a chain: to be kept off this machine as proof against a cut-off tail."""

    seq: int
    hash: str


class Break(msgspec.Struct, frozen=True):
    """One place where a table is not what was written. `key` is the seq, or the row's own key."""

    table: str
    key: str
    why: Why


class ChainReport(msgspec.Struct, frozen=True):
    """What a walk over all hashed rows came to."""

    row_count: int
    breaks: tuple[Break, ...]
    heads: Mapping[str, Head]

    @property
    def is_whole(self) -> bool:
        """Whether every row is as it was written and none is missing."""
        return not self.breaks


_encode_row = msgspec.json.Encoder().encode
_encode_body = msgspec.json.Encoder(order="sorted").encode


def canonical(body: object) -> str:
    """JSON with sorted keys and no spaces; a number that is not finite becomes null.

    Raises UnicodeEncodeError for a lone surrogate and TypeError for what JSON has no word for.
    """
    return _encode_body(body).decode()


def digest(table: Table, values: Row) -> str:
    """Hash of a row from its other columns, hex."""
    return hashlib.sha256(_encode_row((table.name, *values))).hexdigest()


def is_intact(table: Table, row: Row) -> bool:
    """Whether a row (columns, hash) still has the hash that it was written with."""
    if bytes in map(type, row):  # a text that became a blob can encode to the same JSON
        return False
    try:
        return bool(digest(table, row[:-1]) == row[-1])
    except UnicodeEncodeError:  # bytes that are not UTF-8 any more
        return False


def lenient_text(connection: sqlite3.Connection) -> None:
    """Let damaged text come through as text, so that one bad byte does not end a walk."""
    connection.text_factory = functools.partial(str, encoding="utf-8", errors="surrogateescape")


def verify(connection: sqlite3.Connection) -> ChainReport:
    """Walk every hashed row. `connection` should have `lenient_text`. Never raises for damage."""
    counts = dict.fromkeys((table.name for table in TABLES), 0)
    breaks = [found for table in TABLES for found in _table_breaks(connection, table, counts)]
    return ChainReport(sum(counts.values()), tuple(breaks), heads(connection))


def start_of(connection: sqlite3.Connection, table: Table) -> Head:
    """Where a chain begins in this file: before its first row, or at the last row that was trimmed."""
    trimmed = None
    if table is CHANGE:
        trimmed = connection.execute(
            "SELECT body FROM event WHERE kind = 'store.trimmed' AND origin = '' ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    if trimmed is None:
        return Head(0, START)
    body = msgspec.json.decode(trimmed[0])
    return Head(body["through_seq"], body["hash"])


def links(rows: Iterable[Row], table: Table, start: Head) -> Iterator[Break]:
    """Yield the breaks of one table's rows (columns, hash), which come in seq order if chained."""
    before = start
    for row in rows:
        if not is_intact(table, row):
            yield Break(table.name, _key(table, row), "altered")
        if not table.is_chained:
            continue
        if row[0] != before.seq + 1:
            yield Break(table.name, str(before.seq + 1), "missing")
        elif row[-2] != before.hash:
            yield Break(table.name, str(row[0]), "unlinked")
        before = Head(row[0], row[-1])


def _table_breaks(connection: sqlite3.Connection, table: Table, counts: dict[str, int]) -> Iterator[Break]:
    last: Row = ()

    def counted() -> Iterator[Row]:
        nonlocal last
        for last in connection.execute(f"{table.select} ORDER BY {table.key}"):
            counts[table.name] += 1
            yield last

    try:
        start = start_of(connection, table)
        yield from links(counted(), table, start)
        head = heads(connection).get(table.name) if table.is_chained else None
        reached = Head(last[0], last[-1]) if last else start
        if table.is_chained and head != reached:
            yield Break(table.name, str(reached.seq + 1), "missing")
    except (sqlite3.Error, msgspec.DecodeError, KeyError, UnicodeError):
        yield Break(table.name, _key(table, last) if last else "", "unreadable")


def heads(connection: sqlite3.Connection) -> dict[str, Head]:
    """The newest link of each chain as the file records it; empty where it cannot be read."""
    try:
        return {
            name: Head(seq, link)
            for name, seq, link in connection.execute("SELECT name, seq, hash FROM head")
        }
    except UNREADABLE:
        return {}


def _key(table: Table, row: Row) -> str:
    return " ".join(map(str, row[: table.key_count]))
