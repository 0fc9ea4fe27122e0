"""Two clocks: UTC for people, seconds since boot for every age and order.

`boot_s` counts sleep too (CLOCK_BOOTTIME), so a result measured before the lid was closed is as old as
it really is; it never goes back and no one can set it. It means nothing in another boot, hence `boot_id`.
"""

import functools
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Instant(msgspec.Struct, frozen=True):
    """A moment on both clocks. `utc` is aware."""

    utc: datetime
    boot_s: float
    boot_id: str


def now() -> Instant:
    """Read both clocks."""
    return Instant(datetime.now(UTC), boot_s(), boot_id())


def boot_s() -> float:
    """Seconds since boot, sleep included; where the platform lacks that, the monotonic clock."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@functools.cache
def boot_id() -> str:
    """Return the kernel's id of this boot; where there is none, one for this process alone.

    With an id of its own a process never takes results of an earlier one for fresh.
    """
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()[:64]
    except OSError:
        return os.urandom(16).hex()
