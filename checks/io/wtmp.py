"""The boot and shutdown records of /var/log/wtmp: when did this computer start, and after what end?

Source: utmp(5) and glibc's bits/utmp.h: 384 bytes a record, 400 where glibc keeps 64-bit times. A boot
whose previous record of that kind is another boot, not a shutdown, followed a crash, a power cut or a held
power button.
"""

import platform
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

_HAS_WIDE_TIMES = platform.machine() in {"aarch64", "loongarch64", "riscv64"}
_RECORD = struct.Struct("<h2xi32s4s32s256shh" + ("qqq4i24x" if _HAS_WIDE_TIMES else "iii4i20x"))
_RUN_LVL = 1
_BOOT_TIME = 2
_MAX_RECORDS = 8192  # of each file
_SAME_BOOT_S = 3600.0  # the clock may be set shortly after the boot was recorded


class Boot(msgspec.Struct, frozen=True):
    """One recorded boot; `is_after_clean_stop` is None for the oldest record of the file."""

    at_s: float  # Unix time
    is_after_clean_stop: bool | None


def read(root: Path) -> bytes:
    """Return the newest whole records of last month's and this month's wtmp; nothing where unreadable."""
    return b"".join(_tail(root / "var/log" / name) for name in ("wtmp.1", "wtmp"))


def _tail(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            whole_bytes = file.seek(0, 2) // _RECORD.size * _RECORD.size
            kept_bytes = min(whole_bytes, _MAX_RECORDS * _RECORD.size)
            file.seek(whole_bytes - kept_bytes)
            return file.read(kept_bytes)
    except OSError:
        return b""


def boots(raw: bytes) -> tuple[Boot, ...]:
    """Parse records into boots, oldest first. Bytes after the last whole record are ignored."""
    return tuple(_boots(raw[: len(raw) // _RECORD.size * _RECORD.size]))


def _boots(raw: bytes) -> Iterator[Boot]:
    is_clean: bool | None = None
    for fields in _RECORD.iter_unpack(raw):
        kind, user, at_s = fields[0], fields[4].rstrip(b"\0"), fields[9] & 0xFFFFFFFF
        if kind == _BOOT_TIME:
            yield Boot(float(at_s), is_clean)
            is_clean = False
        elif kind == _RUN_LVL and user == b"shutdown":
            is_clean = True


def current(found: tuple[Boot, ...], booted_s: float) -> tuple[Boot, ...]:
    """Return the boots if the newest is the running one; else nothing: the file is not kept any more."""
    return found if found and abs(found[-1].at_s - booted_s) <= _SAME_BOOT_S else ()


def unclean_since(found: tuple[Boot, ...], since_s: float) -> tuple[Boot, ...]:
    """Return the boots after `since_s` that followed an unclean stop."""
    return tuple(boot for boot in found if boot.is_after_clean_stop is False and boot.at_s >= since_s)
