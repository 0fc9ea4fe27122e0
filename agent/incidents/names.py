"""Names of incidents: ids that sort by time."""

import os

from agent.clock import Instant

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(now: Instant) -> str:
    """Return an id that sorts by time: 48 bits of milliseconds and 80 of chance, in 26 letters (ULID)."""
    number = int(now.utc.timestamp() * 1000) << 80 | int.from_bytes(os.urandom(10))
    return "".join(_LETTERS[number >> shift & 31] for shift in range(125, -1, -5))
