"""Crash record: did this computer stop by itself lately?

Clause 4.1.2. Sources: boots in wtmp without a shutdown before them; where
wtmp is not kept, boots in the journal without one; kernel crash dumps in pstore. A record that does not
even hold the running boot is not a record: without any, the answer is unknown, not zero.
"""

import time
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import msgspec

from checks.computer import boot
from checks.io import journal, proc, wtmp
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

_DAY_S = 86400.0
_WINDOW_S = 7 * _DAY_S
_MAX_DUMPS = 64
_DUMP_FOLDERS = ("sys/fs/pstore", "var/lib/systemd/pstore")
_SAME_CRASH_S = 600.0  # one crash leaves several files


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many unexpected stops in seven days are more than a warning, and how long a dump is news."""

    fail_count: int = 3
    dump_recent_h: float = 24.0


class Facts(msgspec.Struct, frozen=True):
    """The last seven days; `last_at` is aware, in the desk's own time zone, for people.

    `bugchecks_7d` counts kernel crash dumps. `sources` says which records could be read ("wtmp", "journal").
    """

    unexpected_shutdowns_7d: int
    bugchecks_7d: int
    last_at: datetime | None
    last_dump_age_h: float | None
    sources: tuple[str, ...]


def probe(target: Computer, _params: Params) -> Facts:
    """Read the records. Raises ProbeError("crash_log.unreadable") where none holds the running boot."""
    proc.require_linux()
    root, now_s = Path(target.root), time.time()
    since_s = now_s - _WINDOW_S
    booted_s = boot.boot_time_s(root)
    if booted_s is None:
        raise ProbeError("boot.unreadable")
    source, boots = _records(root, booted_s)
    dumps = sorted(found for found in _dump_times_s(root) if found >= since_s)
    if not source and not dumps:
        raise ProbeError("crash_log.unreadable")
    stops = wtmp.unclean_since(boots, since_s)
    times = [*(one.at_s for one in stops), *dumps]
    return Facts(
        unexpected_shutdowns_7d=len(stops),
        bugchecks_7d=_crashes(dumps),
        last_at=boot.local_time(max(times)) if times else None,
        last_dump_age_h=round(max(0.0, now_s - dumps[-1]) / 3600, 1) if dumps else None,
        sources=(source,) if source else (),
    )


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield PC_BSOD for any stop in the window, as a warning where it was a single old one."""
    count = max(facts.unexpected_shutdowns_7d, facts.bugchecks_7d)
    if count and facts.last_at is not None:
        is_news = facts.last_dump_age_h is not None and facts.last_dump_age_h <= params.dump_recent_h
        is_warning = count < params.fail_count and not is_news
        yield Finding(
            "PC_BSOD", {"time": facts.last_at.strftime(boot.TIME_FORMAT), "count": count}, is_warning
        )


def _records(root: Path, booted_s: float) -> tuple[str, tuple[wtmp.Boot, ...]]:
    """Return the first record that holds the running boot, by name, and its boots."""
    found = wtmp.current(wtmp.boots(wtmp.read(root)), booted_s)
    if found:
        return "wtmp", found
    found = wtmp.current(journal.boots(root), booted_s)
    return ("journal", found) if found else ("", ())


def _dump_times_s(root: Path) -> Iterator[float]:
    """Yield when crash dumps were written; systemd moves them from pstore into folders by time."""
    for name in _DUMP_FOLDERS:
        for path, _ in zip((root / name).glob("**/dmesg*"), range(_MAX_DUMPS), strict=False):
            try:
                yield path.stat().st_mtime
            except OSError:
                continue


def _crashes(times_s: list[float]) -> int:
    """Count crashes: dumps (in order of time) within ten minutes of the one before belong together."""
    gaps = (later - earlier for earlier, later in pairwise(times_s))
    return bool(times_s) + sum(gap > _SAME_CRASH_S for gap in gaps)


CHECK = Check(
    "computer.crash_log",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PC_BSOD": ("time", "count")},
)
