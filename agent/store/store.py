"""The store: one SQLite file, one writer; what it acknowledges is on the disk.

A call that returns has been committed with a synced log. A call that raises StoreError has saved
nothing, and the same store works again by itself when the cause ends: the disk has room, the file
system is writable. Damage found at start or on the way is moved aside (`salvage`) and told in `notices`.
"""

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.result import Result
from agent.store import opening, salvage, space
from agent.store.errors import StoreError, StoreLocked, from_os, translate
from agent.store.lock import StateLock
from agent.store.reader import Reader
from agent.store.rows import Notice
from agent.store.writing import Stamp, Transaction

__all__ = ["Store", "StoreError", "StoreLocked"]

REOPEN_S = 5.0  # a file that could not be opened is tried again no sooner: opening reads all of it
_REOPENED = {"store.read_only", "store.corrupt"}  # the connection itself would stay so
_MAY_HEAL = {"store.full", "store.read_only", "store.locked", "store.io"}
_FREED_BY_BALLAST = {"store.full", "store.io"}
_MAX_NOTICES = 50
_log = logging.getLogger(__name__)


class Store(Reader):
    """The one writer, and a reader like any other. Its methods may be called from any thread.

    `problem` is the code of the last refusal until the store works again, None while it works.
    """

    def __init__(self, state_dir: Path, procedure: tuple[str, str], *, reopen_s: float = REOPEN_S) -> None:
        super().__init__(state_dir / opening.DB_NAME)
        self.problem: str | None = None
        self._notices: list[Notice] = []
        self._stamp = Stamp(*procedure)
        self._writing_lock = threading.RLock()
        self._writing: sqlite3.Connection | None = None
        self._inode: tuple[int, int] = (0, 0)
        self._reopen_s = reopen_s
        self._reopen_at_s = 0.0
        self._refused_count = 0
        self._ballast = space.Ballast(state_dir)
        self._lock = StateLock(state_dir)

    @classmethod
    def open(cls, state_dir: Path, procedure: tuple[str, str], *, reopen_s: float = REOPEN_S) -> "Store":
        """Take the state directory and open its store; `procedure` is (edition, sha256).

        Raises StoreLocked if another process has it, StoreError "store.read_only" if there is no
        directory and none can be made, "store.newer" for a later program's file. A disk that is full or
        read-only now does not stop it: `problem` says so, and writing is refused until it ends.
        """
        try:
            state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise from_os(error) from error
        with contextlib.ExitStack() as on_failure:
            store = cls(state_dir, procedure, reopen_s=reopen_s)
            on_failure.callback(store.close)
            store._settle(state_dir)
            on_failure.pop_all()
        return store

    def adopt(self, procedure: tuple[str, str]) -> None:
        """Mark everything from now on with another procedure's (edition, sha256)."""
        with self._writing_lock:
            self._stamp = Stamp(*procedure)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What happened to the store itself since it was opened."""
        return tuple(self._notices)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Everything done with the yielded transaction is committed together, or nothing is.

        Raises StoreError, then nothing was saved. Not to be nested.
        """
        with self._writing_lock:
            try:
                with self._commit() as tx:
                    yield tx
            except StoreError as refusal:
                self._note_refusal(refusal)
                raise
            if self.problem is not None:
                self._note_recovery()

    def save(self, results: Sequence[Result]) -> None:
        """Save results as one commit, with their history."""
        with self.transaction() as tx:
            tx.save(results)

    def append(self, kind: str, actor: str, body: Mapping[str, Any]) -> int:
        """Append one event to the journal and return its seq."""
        with self.transaction() as tx:
            return tx.append(kind, actor, body)

    def set_note(self, key: str, value: str) -> None:
        """Keep one small fact under a key; costs nothing if it is already so."""
        if self.note(key) != value:
            with self.transaction() as tx:
                tx.set_note(key, value)

    def trim(self, max_bytes: int = space.MAX_BYTES) -> space.TrimReport:
        """Bring the file with its log under a cap by dropping the oldest result history, nothing else."""
        before = used = space.used_bytes(self.path)
        dropped = 0
        if used > max_bytes:
            used = self._compact()
        while used > max_bytes:
            with self.transaction() as tx:
                count = space.drop_history(tx, space.excess_ratio(used, max_bytes))
            used = self._compact()
            dropped += count
            if not count:
                break
        return space.TrimReport(before, used, dropped, used > max_bytes)

    def close(self) -> None:
        """Close the file and let the next writer in."""
        super().close()
        with self._writing_lock:
            self._forget_writing()
            self._lock.release()

    @contextlib.contextmanager
    def _commit(self) -> Iterator[Transaction]:
        connection = self._connected()
        try:
            with connection:  # commits at its end, rolls back on any error
                connection.execute("BEGIN IMMEDIATE")
                tx = Transaction(connection, self._stamp)
                yield tx
                tx.finish()
        except sqlite3.Error as error:
            self._refuse(error)
            raise

    def _refuse(self, error: sqlite3.Error) -> None:
        """Raise the StoreError that `error` means; return if it is a fault of our own."""
        refusal = translate(error, self.path)
        if refusal is None:
            return
        if refusal.code in _REOPENED:
            self._forget_writing()
        raise refusal from error

    def _connected(self) -> sqlite3.Connection:
        """The writing connection, opened if there is none or if its file is no longer the one at `path`."""
        if self._writing is not None and self._inode == _inode_of(self.path):
            return self._writing
        if not self._lock.is_held:  # another writer may be at work by now
            raise StoreError("store.closed")
        if self._writing is not None:
            self._tell(Notice("store.vanished", {"path": self.path.name}))
            self._forget_writing()
        if time.monotonic() < self._reopen_at_s:
            raise StoreError(self.problem or "store.io", "waiting to open it again")
        self._reopen_at_s = time.monotonic() + self._reopen_s
        try:
            self._writing, notice = salvage.start(self.path, self._stamp)
        except sqlite3.Error as error:
            self._refuse(error)
            raise
        except OSError as error:
            raise from_os(error) from error
        self._inode, self._reopen_at_s = _inode_of(self.path), 0.0
        if notice:
            self._tell(notice)
        return self._writing

    def _settle(self, state_dir: Path) -> None:
        """First opening: what time may heal is noted, what it cannot is raised."""
        try:
            state_dir.chmod(0o700)
            self._connected()
        except OSError as error:
            self._note_refusal(from_os(error))
        except StoreError as refusal:
            if refusal.code not in _MAY_HEAL:
                raise
            self._note_refusal(refusal)
        self._ballast.restore()

    def _note_refusal(self, refusal: StoreError) -> None:
        """Remember the refusal; on a full disk give up the ballast so that it can be recorded."""
        self._refused_count += 1
        if self.problem != refusal.code:
            self.problem = refusal.code
            self._tell(Notice("store.refused", {"code": refusal.code, "detail": str(refusal)}))
        if refusal.code in _FREED_BY_BALLAST and self._ballast.release():
            with contextlib.suppress(StoreError), self._commit() as tx:
                tx.append("store.refused", "agent", {"code": refusal.code})

    def _note_recovery(self) -> None:
        """After a commit: the trouble is over once there is room for the ballast too."""
        if not self._ballast.restore():
            return
        body = {"code": self.problem, "refused_count": self._refused_count}
        with contextlib.suppress(StoreError), self._commit() as tx:
            tx.append("store.recovered", "agent", body)
        self.problem, self._refused_count = None, 0
        self._tell(Notice("store.recovered", body))

    def _tell(self, notice: Notice) -> None:
        _log.warning("store: %s %s", notice.code, notice.values)
        self._notices = [*self._notices, notice][-_MAX_NOTICES:]

    def _compact(self) -> int:
        """Give free pages back; returns the bytes then used."""
        with self._writing_lock:
            try:
                space.compact(self._connected())
            except sqlite3.Error as error:
                self._refuse(error)
                raise
        return space.used_bytes(self.path)

    def _forget_writing(self) -> None:
        if self._writing is not None:
            with contextlib.suppress(sqlite3.Error):  # a failing disk: there is nothing more to save
                self._writing.close()
            self._writing = None
            super().close()  # the reading connection may be on a file that was moved aside


def _inode_of(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)
