"""Who may read the page: codes that are used once, and the tokens that they are exchanged for.

A code comes over the control socket, which knows the user who asks, and is only good for that user. Only
SHA-256 of codes and tokens is kept, in memory: a restart of the daemon ends every visit.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable

import msgspec

from agent import clock

CODE_LIFE_S = 60.0
IDLE_S = 30 * 60.0
LIFE_S = 12 * 3600.0
KEPT_MAX = 32  # of codes and of tokens each; the oldest goes first
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that people take for another
_CODE_CHARS = 16  # 78 bits: it lives for a minute
_GROUP = 4


class _Secret(msgspec.Struct):
    """A code or a token that was handed out; times are seconds since boot."""

    digest: bytes
    uid: int
    made_s: float
    used_s: float


class Tokens:
    """The codes and tokens of one desk's page. Safe across threads.

    `address` is where the page is served ("http://127.0.0.1:9843"), "" while it is not.
    """

    def __init__(self, now_s: Callable[[], float] = clock.boot_s) -> None:
        """Start with nobody inside; `now_s` counts seconds, sleep included."""
        self._now_s = now_s
        self._lock = threading.Lock()
        self._codes: list[_Secret] = []
        self._tokens: list[_Secret] = []
        self.address = ""

    def code(self, uid: int) -> str:
        """Return a new code for one user: four groups of four characters."""
        chars = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_CHARS))
        with self._lock:
            self._keep(self._codes, chars, uid)
        return "-".join(chars[at : at + _GROUP] for at in range(0, _CODE_CHARS, _GROUP))

    def enter(self, code: str, uid: int | None) -> str | None:
        """Exchange a code for a token; None where it is unknown, used, too old or another user's.

        `uid` is the user of the connection, None where the platform cannot tell.
        """
        plain = "".join(char for char in code.upper() if char.isalnum())
        with self._lock:
            self._forget()
            found = _find(self._codes, plain, uid)
            if found is None:
                return None
            self._codes.remove(found)
            token = secrets.token_urlsafe(32)
            self._keep(self._tokens, token, found.uid)
        return token

    def holder(self, token: str, uid: int | None) -> int | None:
        """Return the user id that a token was made for, and note its use; None where it is not good."""
        with self._lock:
            self._forget()
            found = _find(self._tokens, token, uid)
            if found is None:
                return None
            found.used_s = self._now_s()
        return found.uid

    def _keep(self, where: list[_Secret], secret: str, uid: int) -> None:
        now_s = self._now_s()
        where.append(_Secret(_digest(secret), uid, now_s, now_s))
        del where[:-KEPT_MAX]

    def _forget(self) -> None:
        now_s = self._now_s()
        self._codes = [one for one in self._codes if now_s - one.made_s < CODE_LIFE_S]
        self._tokens = [
            one for one in self._tokens if now_s - one.used_s < IDLE_S and now_s - one.made_s < LIFE_S
        ]


def _find(where: list[_Secret], secret: str, uid: int | None) -> _Secret | None:
    """Return the kept one for this secret and user; every one is compared, in constant time."""
    digest = _digest(secret)
    found = [one for one in where if hmac.compare_digest(one.digest, digest)]
    return found[0] if found and uid in {None, found[0].uid} else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
