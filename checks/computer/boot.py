"""Boot: did this computer start cleanly, and does it wait for a restart?

Clauses 2.2, 4.1.1 and 5.2.4. Source: /proc/uptime and /proc/stat (proc(5)), the boot and
shutdown records of /var/log/wtmp, and /run/reboot-required, which Debian's package tools leave.
"""

import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from checks.io import proc, wtmp
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

TIME_FORMAT = "%Y-%m-%d %H:%M"
_UPTIME = re.compile(r"([0-9]{1,10}\.[0-9]{1,6}) ")
_UNIX_TIME_DIGITS = 10
_HOUR_S = 3600.0
_DAY_S = 86400.0
_MAX_STAT_BYTES = 256 * 1024
_REBOOT_REQUIRED = ("run/reboot-required", "var/run/reboot-required")


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long an unclean stop is news, and after how many days a pending restart is worth a word."""

    unclean_recent_h: float = 24.0
    reboot_pending_days: int = 3


class Facts(msgspec.Struct, frozen=True):
    """This boot. `boot_time` is aware, in the desk's own time zone, for people.

    `last_shutdown_clean` is None where no record says how the previous run ended;
    `reboot_pending_days` is None where no restart is pending. `unclean_stops_7d` counts the recorded ones.
    """

    boot_time: datetime
    uptime_s: float
    last_shutdown_clean: bool | None
    unclean_stops_7d: int
    reboot_pending_days: int | None


def probe(target: Computer, _params: Params) -> Facts:
    """Read this boot. Raises ProbeError("boot.unreadable") without uptime or boot time."""
    proc.require_linux()
    root = Path(target.root)
    now_s = time.time()
    booted_s, uptime_s = boot_time_s(root), _uptime_s(root)
    if booted_s is None or uptime_s is None:
        raise ProbeError("boot.unreadable")
    boots = wtmp.current(wtmp.boots(wtmp.read(root)), booted_s)
    return Facts(
        boot_time=local_time(booted_s),
        uptime_s=uptime_s,
        last_shutdown_clean=boots[-1].is_after_clean_stop if boots else None,
        unclean_stops_7d=len(wtmp.unclean_since(boots, now_s - 7 * _DAY_S)),
        reboot_pending_days=reboot_pending_days(root, now_s),
    )


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield PC_BSOD soon after an unclean stop, PC_REBOOT_PENDING when a restart is overdue."""
    if facts.last_shutdown_clean is False and facts.uptime_s <= params.unclean_recent_h * _HOUR_S:
        count = max(1, facts.unclean_stops_7d)
        yield Finding("PC_BSOD", {"time": facts.boot_time.strftime(TIME_FORMAT), "count": count})
    days = facts.reboot_pending_days
    if days is not None and days >= params.reboot_pending_days:
        yield Finding("PC_REBOOT_PENDING", {"days": days})


def boot_time_s(root: Path) -> int | None:
    """Return the Unix time of this boot ("btime" of /proc/stat), or None."""
    for line in (proc.text(root / "proc/stat", _MAX_STAT_BYTES) or "").splitlines():
        name, _, value = line.partition(" ")
        if name == "btime" and value.isdecimal() and len(value) <= _UNIX_TIME_DIGITS:
            return int(value)
    return None


def local_time(unix_s: float) -> datetime:
    """Return a Unix time as an aware time in the desk's own time zone."""
    return datetime.fromtimestamp(unix_s).astimezone()


def reboot_pending_days(root: Path, now_s: float) -> int | None:
    """Return for how long a restart has been asked for, None where none is.

    Raises ProbeError "boot.reboot_required_unreadable".
    """
    for name in _REBOOT_REQUIRED:
        try:
            since_s = (root / name).stat().st_mtime
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ProbeError("boot.reboot_required_unreadable", error=error.strerror) from None
        return int(max(0.0, now_s - since_s) // _DAY_S)
    return None


def _uptime_s(root: Path) -> float | None:
    match = _UPTIME.match(proc.text(root / "proc/uptime", 64) or "")
    return float(match[1]) if match else None


CHECK = Check(
    "computer.boot",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PC_BSOD": ("time", "count"), "PC_REBOOT_PENDING": ("days",)},
)
