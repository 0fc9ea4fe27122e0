"""Disk space: the ballast that lets "disk full" be recorded, and the cap on the store's own size."""

import os
import shutil
import sqlite3
from pathlib import Path

import msgspec

from agent.store import opening
from agent.store.writing import Transaction

BALLAST_BYTES = 1024 * 1024
MAX_BYTES = 64 * 1024 * 1024
_ROOM_FACTOR = 4  # the ballast comes back only where it leaves room: else it would fill the disk again
_KEEP_RATIO = 0.9  # trimmed to below the cap, so that trimming is rare
_STEP_ROWS = 5000  # one commit of a trim: bounds the write-ahead log


class TrimReport(msgspec.Struct, frozen=True):
    """What a trim came to. `is_over`: only the journal is left, which is never dropped."""

    before_bytes: int
    after_bytes: int
    dropped_count: int
    is_over: bool


class Ballast:
    """A file of random bytes (they do not compress) to be deleted when the disk is full."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "ballast"

    def release(self) -> bool:
        """Free the space; False where none was held or it cannot be freed."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def restore(self) -> bool:
        """Hold the space; False where the disk has too little room for it."""
        try:
            if self._path.exists() and self._path.stat().st_size >= BALLAST_BYTES:
                return True
            if shutil.disk_usage(self._path.parent).free < _ROOM_FACTOR * BALLAST_BYTES:
                return False
            self._write()
        except OSError:
            self.release()
            return False
        return True

    def _write(self) -> None:
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(os.urandom(BALLAST_BYTES))
            file.flush()
            os.fsync(fd)


def used_bytes(path: Path) -> int:
    """Size of the database file with its write-ahead log and index."""
    parts = (path, opening.wal_of(path), opening.shm_of(path))
    return sum(part.stat().st_size for part in parts if part.exists())


def excess_ratio(used: int, max_bytes: int) -> float:
    """Share of the file to free, 0..1, so that it comes to a little under its cap."""
    return 1.0 - _KEEP_RATIO * max_bytes / used


def drop_history(tx: Transaction, share_ratio: float) -> int:
    """Drop a share of the history, oldest first, declared in the journal; returns the number of rows.

    The newest row always stays.
    """
    row_count = int(tx.execute("SELECT count(*) FROM result_change").fetchone()[0])
    count = min(max(int(row_count * share_ratio), 1), row_count - 1, _STEP_ROWS)
    if count < 1:
        return 0
    seq, link = tx.execute(
        "SELECT seq, hash FROM result_change ORDER BY seq LIMIT 1 OFFSET ?", (count - 1,)
    ).fetchone()
    tx.append("store.trimmed", "agent", {"through_seq": seq, "hash": link, "dropped_count": count})
    tx.execute("UPDATE head SET trimmed_seq = ? WHERE name = 'result_change'", (seq,))
    tx.execute("DELETE FROM result_change WHERE seq <= ?", (seq,))
    return count


def compact(connection: sqlite3.Connection) -> None:
    """Give freed pages back to the file system: vacuum first, then cut the write-ahead log."""
    connection.executescript("PRAGMA incremental_vacuum")  # execute() would step once, which frees one page
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
