"""What a process and its descendants use. Source: /proc (proc(5)) of this computer.

A process that ends while it is being read counts as nothing.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat after the name, counted from 0 there (proc(5) counts from 3).
_PPID, _CPU_FIELDS = 1, slice(11, 15)  # utime, stime, and both of the children that were waited for


class Footprint(NamedTuple):
    """Sums over the tree. RSS counts shared pages in full, PSS in parts, USS not at all. CPU in seconds."""

    rss_kib: int
    pss_kib: int
    uss_kib: int
    cpu_s: float
    processes_count: int
    threads_count: int
    fds_count: int


def read(pid: int, *, is_alone: bool = False) -> Footprint:
    """Read the tree under `pid`, itself included; `is_alone`: only count its descendants."""
    family = tree(pid)
    pids = [pid] if is_alone else family
    memory = [_memory(one) for one in pids]
    return Footprint(
        rss_kib=sum(one.get("Rss", 0) for one in memory),
        pss_kib=sum(one.get("Pss", 0) for one in memory),
        uss_kib=sum(one.get("Private_Clean", 0) + one.get("Private_Dirty", 0) for one in memory),
        cpu_s=sum(sum(map(int, _stat(one)[_CPU_FIELDS])) for one in pids) / _TICKS_PER_S,
        processes_count=len(family),
        threads_count=sum(_count(one, "task") for one in pids),
        fds_count=sum(_count(one, "fd") for one in pids),
    )


def tree(pid: int) -> list[int]:
    """Return `pid` and its descendants."""
    parents = {
        int(name): stat[_PPID]
        for name in os.listdir("/proc")  # noqa: PTH208  a hundred names each time
        if name.isdigit() and (stat := _stat(int(name)))
    }
    return list(_under(pid, parents))


def _under(pid: int, parents: dict[int, str]) -> Iterator[int]:
    yield pid
    for child, parent in parents.items():
        if int(parent) == pid:
            yield from _under(child, parents)


def _stat(pid: int) -> list[str]:
    return _text(pid, "stat").rpartition(")")[2].split()


def _memory(pid: int) -> dict[str, int]:
    """Return the sizes of smaps_rollup in KiB by name."""
    lines = [line.split() for line in _text(pid, "smaps_rollup").splitlines()]
    return {line[0].rstrip(":"): int(line[1]) for line in lines if line[-1] == "kB"}


def _text(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""


def _count(pid: int, folder: str) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/{folder}"))  # noqa: PTH208  as in tree
    except OSError:
        return 0
