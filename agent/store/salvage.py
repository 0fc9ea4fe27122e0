"""A damaged file: found at start, moved aside and never deleted; what can be read goes into a new one.

The order makes an interruption harmless: the old file is renamed, the new one is built under another
name and renamed into place when it is complete. A start that finds the old one aside and no new one
builds it again.
"""

import contextlib
import hashlib
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from agent.store import chain, opening
from agent.store.carry import carry_all
from agent.store.errors import UNREADABLE, is_damage
from agent.store.rows import Notice
from agent.store.writing import Stamp, Transaction

_ASIDE = "damaged"
_COPY_BYTES = 1024 * 1024
# Bytes of the header that never change in a file of ours:
# https://sqlite.org/fileformat2.html#the_database_header
_HEADER = {
    0: b"SQLite format 3\0" + opening.PAGE_BYTES.to_bytes(2, "big") + bytes((2, 2, 0, 64, 32, 32)),
    44: (4).to_bytes(4, "big"),
    56: (1).to_bytes(4, "big"),
    64: (1).to_bytes(4, "big") + opening.APPLICATION_ID.to_bytes(4, "big") + bytes(20),
}


def start(path: Path, stamp: Stamp) -> tuple[sqlite3.Connection, Notice | None]:
    """Open the database file for writing: sound, of this program's schema, made or made anew if need be.

    The caller holds the lock. Raises OSError, sqlite3.Error and StoreError "store.newer".
    """
    if _is_log_orphaned(path):
        path.touch(0o600)  # found damaged below, and salvaged with its log
    why = examine(path) if path.exists() else "missing"
    if why and path.exists():
        set_aside(path)
    notice = rebuild(path, stamp, why) if why else None
    path.chmod(0o600)
    with contextlib.ExitStack() as on_failure:
        connection = opening.open_writer(path)
        on_failure.callback(connection.close)
        opening.migrate(connection, stamp, {})
        on_failure.pop_all()
    return connection, notice


def examine(path: Path) -> str | None:
    """Say what is wrong with the content of a database file; None if nothing is.

    Raises sqlite3.Error or OSError where the file cannot be read for other reasons than its content.
    """
    with path.open("rb") as file:
        head = file.read(100)
    if any(head[at : at + len(right)] != right for at, right in _HEADER.items()):
        return "header"
    try:
        with contextlib.closing(opening.lenient_reader(path)) as connection:
            why = _examine_content(connection)
        if why is None:  # a schema that the lenient reader forgives may be one that the writer cannot read
            opening.open_writer(path).close()
        return why  # noqa: TRY300  the block is what may fail
    except UNREADABLE as error:
        if is_damage(error):
            return "unreadable"
        raise


def set_aside(path: Path) -> None:
    """Rename a database file and its write-ahead log to names that tell when. Raises OSError."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.name}.{_ASIDE}-{stamp}")
    path.rename(aside)
    _set_wal_aside(path, aside)


def rebuild(path: Path, stamp: Stamp, why: str) -> Notice | None:
    """Make the missing database file: empty, or from the newest one set aside. Tells what was salvaged.

    Raises OSError and sqlite3.Error; then nothing stands at `path` and the next try starts anew.
    """
    aside = _newest_aside(path)
    new = path.with_name(path.name + ".new")
    _discard(new)
    values = None
    if aside is None:
        with contextlib.closing(opening.create(new)) as connection:
            opening.migrate(connection, stamp, {"replaces": None})
    else:
        _set_wal_aside(path, aside)
        values = _build_from(aside, new, stamp, why)
    new.replace(path)
    _sync_directory(path.parent)
    return None if values is None else Notice("store.salvaged", values)


def _newest_aside(path: Path) -> Path | None:
    return max(path.parent.glob(f"{path.name}.{_ASIDE}-*Z"), default=None)


def _is_log_orphaned(path: Path) -> bool:
    """Whether there is a log whose file someone removed, and not one that still awaits being set aside."""
    if path.exists() or not opening.wal_of(path).exists():
        return False
    aside = _newest_aside(path)
    return aside is None or opening.wal_of(aside).exists()


def _examine_content(connection: sqlite3.Connection) -> str | None:
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        return "integrity_check"
    if not chain.verify(connection).is_whole:
        return "chain"
    if opening.schema_of(connection) != opening.recorded_schema(connection):
        return "schema"
    return None


def _build_from(aside: Path, new: Path, stamp: Stamp, why: str) -> dict[str, object]:
    """Fill a new file from a repaired copy of the damaged one; the damaged one stays as it is."""
    copy = new.with_name(new.name + ".source")
    _discard(copy)
    sums = {"sha256": _copy(aside, copy)}
    if opening.wal_of(aside).exists():
        sums["wal_sha256"] = _copy(opening.wal_of(aside), opening.wal_of(copy))
    _repair_header(copy)
    replaces: dict[str, object] = {"file": aside.name, "why": why, **sums}
    with contextlib.closing(opening.create(new)) as target:
        opening.migrate(target, stamp, {"replaces": replaces})
        values = {**replaces, "tables": carry_all(copy, target, stamp, sums["sha256"])}
        with target:
            tx = Transaction(target, stamp)
            tx.execute("BEGIN IMMEDIATE")
            tx.append("store.salvaged", "agent", values)
            tx.finish()
    _discard(copy)
    return values


def _repair_header(copy: Path) -> None:
    with copy.open("r+b") as file:
        for at, right in _HEADER.items():
            file.seek(at)
            file.write(right)


def _copy(source: Path, target: Path) -> str:
    """Copy a file in mode 0600 and return the SHA-256 of its bytes, hex."""
    digest = hashlib.sha256()
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as out, source.open("rb") as file:
        while block := file.read(_COPY_BYTES):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _discard(path: Path) -> None:
    """Delete an unfinished file of a rebuild; nothing in it was ever acknowledged."""
    for part in (path, opening.wal_of(path), opening.shm_of(path)):
        part.unlink(missing_ok=True)


def _set_wal_aside(path: Path, aside: Path) -> None:
    if opening.wal_of(path).exists():  # never beside a new file: SQLite would play it into that one
        opening.wal_of(path).rename(opening.wal_of(aside))
    opening.shm_of(path).unlink(missing_ok=True)  # an index, made anew from the log


def _sync_directory(directory: Path) -> None:
    """Make renames last through a power cut; Windows has no such call and no need of it."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
