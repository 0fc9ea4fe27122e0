"""Numbers of other systems: kept as keyed hashes only, so that the same number finds the same case.

The key is random, belongs to this state folder, and is readable by its owner alone. Who deletes it makes
every number unknown for good.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from agent.journal.refs import new_ref
from agent.store.writing import Transaction

KEY_FILE = "journal.key"
_KEY_BYTES = 32


def key(state_dir: Path) -> bytes:
    """Return the key of a state folder, made at first; raises OSError, also where others can read it."""
    path = state_dir / KEY_FILE
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            raise PermissionError(f"{path.name}: others can read it") from None
        return path.read_bytes()
    with os.fdopen(fd, "wb") as file:
        file.write(made := secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(fd)
    return made


def digest(secret: bytes, system: str, number: str) -> str:
    """Return what stands for a number of a system, hex."""
    text = f"{system}\0{number.strip()}".encode()
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def ref_in(tx: Transaction, hashed: str) -> str:
    """Return the case of a hashed number, a new reference where it has none yet."""
    row = tx.execute("SELECT ref FROM case_external WHERE digest = ?", (hashed,)).fetchone()
    if row is not None:
        return str(row[0])
    ref = new_ref()
    while tx.execute("SELECT 1 FROM case_view WHERE ref = ?", (ref,)).fetchone():
        ref = new_ref()
    tx.execute("INSERT INTO case_external VALUES (?, ?)", (hashed, ref))
    return ref
