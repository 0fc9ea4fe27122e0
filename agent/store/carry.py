"""Rows of a damaged file into a new one: an intact row is carried over, an altered one is reported.

A carried row of a chain gets a new place and hash; its `origin` names the old file and the old seq.
"""

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from agent.store import chain, opening
from agent.store.chain import Row, Table
from agent.store.errors import UNREADABLE
from agent.store.writing import Stamp, Transaction

_BATCH_ROWS = 1000
_MAX_LOOKUPS = 200_000  # single rows looked for between two damaged places
_MAX_SHOWN = 100


class Found(msgspec.Struct):
    """What was read of one table. `missing`: pairs (from, to) of seqs, inclusive."""

    carried_count: int = 0
    altered_count: int = 0
    altered: list[str] = []  # keys of the first of them
    missing: list[tuple[int, int]] = []


def carry_all(
    copy: Path, target: sqlite3.Connection, stamp: Stamp, sha256: str
) -> dict[str, dict[str, object]]:
    """Carry every intact row of `copy` (a file with that SHA-256) to `target`; tells of each table."""
    found = {table.name: Found() for table in chain.TABLES}
    try:
        source = opening.lenient_reader(copy)
    except UNREADABLE:  # not even a schema can be read: all stays in the file set aside
        return {name: msgspec.to_builtins(table) for name, table in found.items()}
    with contextlib.closing(source):
        for table in chain.TABLES:
            rows = _intact(readable_rows(source, table), source, table, found[table.name])
            while batch := list(itertools.islice(rows, _BATCH_ROWS)):
                _carry(batch, table, target, stamp, sha256)
    return {name: msgspec.to_builtins(table) for name, table in found.items()}


def readable_rows(connection: sqlite3.Connection, table: Table) -> Iterator[Row]:
    """Yield the rows (columns, hash) that can be read: from the start, around the damage, to the end."""
    seen: set[Row] = set()
    for row in _until_damage(connection, f"{table.select} ORDER BY {table.key}"):
        seen.add(row[: table.key_count])
        yield row
    backwards = _until_damage(connection, f"{table.select} ORDER BY {table.key.replace(',', ' DESC,')} DESC")
    behind = list(itertools.takewhile(lambda row: row[: table.key_count] not in seen, backwards))
    if table.is_chained and behind:
        first = max(seen, default=(0,))[0] + 1
        for seq in range(first, min(behind[-1][0], first + _MAX_LOOKUPS)):
            yield from _until_damage(connection, f"{table.select} WHERE seq = {seq:d}")
    yield from reversed(behind)


def _until_damage(connection: sqlite3.Connection, sql: str) -> Iterator[Row]:
    with contextlib.suppress(*UNREADABLE):
        yield from connection.execute(sql)


def _intact(rows: Iterator[Row], source: sqlite3.Connection, table: Table, found: Found) -> Iterator[Row]:
    """Yield each intact row once; note the altered ones and, in a chain, those that did not come."""
    first, last = _bounds(source, table)
    seen: set[Row] = set()
    for row in rows:
        key = row[: table.key_count]
        is_intact = chain.is_intact(table, row)
        if not is_intact:
            found.altered_count += 1
            if len(found.altered) < _MAX_SHOWN:
                found.altered.append(" ".join(map(ascii, key))[:_MAX_SHOWN])
        if table.is_chained and (is_intact or row[0] == first):
            _note_gap(found, first, row[0] - 1)
            first = max(first, row[0] + 1)
        if is_intact and key not in seen:
            seen.add(key)
            found.carried_count += 1
            yield row
    if table.is_chained:
        _note_gap(found, first, last)


def _note_gap(found: Found, first: int, last: int) -> None:
    if first <= last and len(found.missing) < _MAX_SHOWN:
        found.missing.append((first, last))


def _bounds(source: sqlite3.Connection, table: Table) -> tuple[int, int]:
    """The first and last seq that a chain should have; (1, 0) where the file cannot tell."""
    try:
        start = chain.start_of(source, table)
    except (*UNREADABLE, msgspec.DecodeError, KeyError):
        return (1, 0)
    head = chain.heads(source).get(table.name)
    return (start.seq + 1, head.seq if head else 0)


def _carry(batch: list[Row], table: Table, target: sqlite3.Connection, stamp: Stamp, sha256: str) -> None:
    with target:
        target.execute("BEGIN IMMEDIATE")
        tx = Transaction(target, stamp)
        if table.is_chained:
            for seq, *values, _origin, _prev_hash, _hash in batch:
                tx.link(table, (*values, f"{sha256}/{seq}"))
            tx.finish()
        else:
            target.executemany(table.insert, batch)
