"""Why the store refused, as a stable code: SQLite's result codes and the OS asked for the cause."""

import os
import sqlite3
from pathlib import Path

# https://sqlite.org/rescode.html
SQLITE_PERM, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_READONLY = 3, 5, 6, 8
SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_FULL, SQLITE_CANTOPEN, SQLITE_NOTADB = 10, 11, 13, 14, 26
_CODES = {
    SQLITE_FULL: "store.full",
    SQLITE_READONLY: "store.read_only",
    SQLITE_PERM: "store.read_only",
    SQLITE_BUSY: "store.locked",
    SQLITE_LOCKED: "store.locked",
    SQLITE_CORRUPT: "store.corrupt",
    SQLITE_NOTADB: "store.corrupt",
}


# What reading a damaged file raises: a complaint that quotes the schema's broken text is itself no text.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)


class StoreError(Exception):
    """Nothing of the transaction was saved.

    `code`: store.full (no space), store.read_only, store.locked (another writer), store.corrupt,
    store.io (the device, a quota or a file size limit refused), store.newer (a later program's file),
    store.closed (this store was closed), store.unlockable (the file system knows no locks and SQLite is
    too old to go without).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class StoreLocked(StoreError):  # noqa: N818  it names the state, as the contract does
    """Another process has this state directory. `pid` is its process id, None where it cannot be read."""

    def __init__(self, pid: int | None) -> None:
        super().__init__("store.locked", f"held by process {pid}" if pid else "held by another process")
        self.pid = pid


def translate(error: sqlite3.Error, path: Path) -> StoreError | None:
    """Return the refusal that `error` means for the database at `path`; None for a fault of our own."""
    primary = _primary(error)
    if primary in {SQLITE_IOERR, SQLITE_CANTOPEN}:
        return StoreError(_ask_os(path), str(error))
    code = _CODES.get(primary)
    return StoreError(code, str(error)) if code else None


def is_damage(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    """Whether SQLite says that the file's content is not sound."""
    return isinstance(error, UnicodeDecodeError) or _primary(error) in {SQLITE_CORRUPT, SQLITE_NOTADB}


def from_os(error: OSError) -> StoreError:
    """Return the refusal that an error of the file system means."""
    return StoreError(_os_code(error), str(error))


def _primary(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _ask_os(path: Path) -> str:
    """Tell a read-only file or file system from a device that fails: SQLite calls both an I/O error."""
    existing = path if path.exists() else path.parent
    if not os.access(existing, os.W_OK):  # on Linux this also knows of a read-only file system
        return "store.read_only"
    try:
        if existing.is_file():
            os.close(os.open(existing, os.O_RDWR))
    except OSError as error:
        return _os_code(error)
    return "store.io"


def _os_code(error: OSError) -> str:
    # Numbers by name: errno.EDQUOT does not exist everywhere.
    if error.errno in {28, 122}:  # ENOSPC, EDQUOT
        return "store.full"
    return "store.read_only" if error.errno in {1, 13, 30} else "store.io"  # EPERM, EACCES, EROFS
