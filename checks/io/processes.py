"""Which program uses most of this computer: names only, from /proc/<pid>/{stat,statm} (proc(5)).

A program is all processes of one name, as a browser has dozens. Where /proc hides other users' processes
(hidepid) no answer is given: the largest visible one would be blamed for what it did not do.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import proc, text

MAX_PROCESSES = 4096
_STAT = re.compile(rb"[0-9]+ \((.*)\) (.) (.*)", re.DOTALL)
_UTIME, _STIME = 10, 11  # fields 14 and 15 of stat, counted after the state
_UNINTERRUPTIBLE = "D"
_ALWAYS_THERE = "1"  # process 1 is always there; not to see it means hidepid


class Process(msgspec.Struct, frozen=True):
    """One process. `ticks` is its processor time since it started, `state` the kernel's letter."""

    name: str
    state: str
    ticks: int
    pid: str


def listed(root: Path) -> tuple[Process, ...]:
    """Return the processes that can be read; none where others' are hidden."""
    pids = [name for name in proc.listing(root / "proc", MAX_PROCESSES) or () if name.isdigit()]
    return tuple(_read(root, pids)) if _ALWAYS_THERE in pids else ()


def parse(pid: str, stat: bytes) -> Process | None:
    """Read one stat line; the name may hold spaces, brackets and line ends."""
    match = _STAT.fullmatch(stat.strip())
    fields = match[3].split() if match else []
    if match is None or len(fields) <= _STIME or not (fields[_UTIME] + fields[_STIME]).isdigit():
        return None
    name = text.clean(match[1])
    return Process(name, match[2].decode("ascii", "replace"), int(fields[_UTIME]) + int(fields[_STIME]), pid)


def largest(root: Path) -> str | None:
    """Return the name of the program with most memory of its own (resident less shared pages), or None."""
    pages: Counter[str] = Counter()
    for one in listed(root):
        fields = (proc.text(root / "proc" / one.pid / "statm", 128) or "").split()
        if len(fields) >= 3 and fields[1].isdigit() and fields[2].isdigit():  # noqa: PLR2004  size resident shared
            pages[one.name] += int(fields[1]) - int(fields[2])
    return _top(pages)


def busiest(before: tuple[Process, ...], after: tuple[Process, ...]) -> str | None:
    """Return the name of the program that used most processor time between two listings, or None."""
    was = {one.pid: one.ticks for one in before}
    ticks: Counter[str] = Counter()
    for one in after:
        ticks[one.name] += max(0, one.ticks - was.get(one.pid, one.ticks))
    return _top(ticks)


def stuck(before: tuple[Process, ...], after: tuple[Process, ...]) -> str | None:
    """Return the name of the first program that waits uninterruptibly in both listings, or None."""
    waiting = {one.pid for one in before if one.state == _UNINTERRUPTIBLE}
    return next((one.name for one in after if one.state == _UNINTERRUPTIBLE and one.pid in waiting), None)


def _read(root: Path, pids: list[str]) -> Iterator[Process]:
    for pid in pids:
        found = parse(pid, proc.content(root / "proc" / pid / "stat") or b"")
        if found is not None:
            yield found


def _top(amounts: Counter[str]) -> str | None:
    """Return the name with the largest amount above 0; the first in the alphabet where two are alike."""
    name, amount = max(sorted(amounts.items()), key=lambda item: item[1], default=("", 0))
    return name if name and amount > 0 else None
