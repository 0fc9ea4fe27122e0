"""What the daemon itself uses of this computer, and how it uses less.

Source: the collector of prometheus_client, which reads /proc; mallopt(3) of the C library.
"""

import functools
import sys
import threading
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from prometheus_client import ProcessCollector

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # malloc.h of glibc
_LARGE_BYTES = 128 * 1024  # glibc's own first choice


class Footprint(msgspec.Struct, frozen=True, kw_only=True):
    """One reading. `started_s` is a Unix time; `open_fds_count` is None where the OS does not tell."""

    resident_bytes: int
    cpu_s: float  # user and system, since the start
    started_s: float
    threads_count: int
    open_fds_count: int | None


def read() -> Footprint | None:
    """Read this process; None where the operating system shows nothing in /proc."""
    found = {one.name: one.value for metric in _collector().collect() for one in metric.samples}
    if "process_start_time_seconds" not in found:
        return None
    open_fds = found.get("process_open_fds")
    return Footprint(
        resident_bytes=int(found["process_resident_memory_bytes"]),
        cpu_s=found["process_cpu_seconds_total"],
        started_s=found["process_start_time_seconds"],
        threads_count=threading.active_count(),
        open_fds_count=None if open_fds is None else int(open_fds),
    )


@functools.cache
def _collector() -> "ProcessCollector":
    from prometheus_client import ProcessCollector  # noqa: PLC0415  loaded with the first page anyway

    return ProcessCollector(registry=None)


def share_one_heap() -> None:
    """Let all threads take memory from one heap; does nothing where the C library has no such choice.

    By default glibc gives each of many threads a heap of its own, and each keeps the most that any run ever
    held there: 2 MB more at rest, and growth for hours. The threads here wait, they do not allocate. A large
    block goes back to the system when it is freed; by default the next one of its size would stay.
    """
    import ctypes  # noqa: PLC0415  after the first page is out

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
