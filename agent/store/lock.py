"""One writer for one state directory, told by a lock that the OS drops with its process.

SQLite 3.7.0 to 3.51.2 can lose committed writes when two connections write and checkpoint a WAL file
at the same time (sqlite.org/wal.html, "the WAL-reset bug"). An affected SQLite is good enough for
exactly one writer, so where no lock can be had it is refused.
"""

import errno
import os
import sqlite3
import sys
from pathlib import Path

from agent.store.errors import StoreError, StoreLocked, from_os

PID_FILE = "deskready.pid"
_FIXED_FROM = (3, 51, 3)
_FIXED_BACKPORTS = {(3, 44): 6, (3, 50): 7}  # release line: first patch with the fix
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


class StateLock:
    """The lock on a state directory, held from construction to `release` or the end of the process.

    Raises StoreLocked with the holder's pid, and StoreError "store.unlockable" or "store.read_only".
    """

    def __init__(self, state_dir: Path) -> None:
        try:
            self._fd = _open(state_dir)
        except OSError as error:
            raise from_os(error) from error
        try:
            _take(self._fd)
        except OSError as error:
            os.close(self._fd)
            if error.errno not in _NO_LOCKS:
                raise StoreLocked(_holder(state_dir)) from None
            refuse_unlocked(sqlite3.sqlite_version_info)
            self._fd = _open(state_dir)
        _write_pid(state_dir)

    @property
    def is_held(self) -> bool:
        """False after `release`."""
        return self._fd >= 0

    def release(self) -> None:
        """Let the next writer in; a second call does nothing."""
        if self.is_held:
            os.close(self._fd)
        self._fd = -1


def is_wal_reset_fixed(version: tuple[int, ...]) -> bool:
    """Whether this SQLite release has the WAL-reset fix: 3.51.3, 3.50.7, 3.44.6 and what follows each."""
    patch = _FIXED_BACKPORTS.get((version[0], version[1]))
    return tuple(version) >= _FIXED_FROM or (patch is not None and version[2] >= patch)


def refuse_unlocked(version: tuple[int, ...]) -> None:
    """Raise StoreError "store.unlockable" where a second writer could come in and SQLite has the fault."""
    if not is_wal_reset_fixed(version):
        shown = ".".join(map(str, version))
        raise StoreError("store.unlockable", f"no file locks here, and SQLite {shown} allows one writer only")


if sys.platform == "win32":
    import msvcrt

    def _open(state_dir: Path) -> int:
        return os.open(state_dir / "deskready.lock", os.O_RDWR | os.O_CREAT, 0o600)

    def _take(fd: int) -> None:
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _open(state_dir: Path) -> int:
        """Open the directory itself: it can be locked even where nothing can be written."""
        return os.open(state_dir, os.O_RDONLY | os.O_DIRECTORY)

    def _take(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _write_pid(state_dir: Path) -> None:
    """Leave our pid for the message of a second starter; the lock does not depend on it."""
    try:
        fd = os.open(state_dir / PID_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(fd, b"%d\n" % os.getpid())
        os.close(fd)
    except OSError:  # a full or read-only disk: the lock holds all the same
        return


def _holder(state_dir: Path) -> int | None:
    try:
        text = (state_dir / PID_FILE).read_text(encoding="ascii", errors="replace")[:20].strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None
