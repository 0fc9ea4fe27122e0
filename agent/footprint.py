"""What the daemon itself uses of this computer, and how it uses less.

Source: psutil.Process, about 0.2 ms a reading; mallopt(3) of the C library.
"""

import functools
import sys
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import psutil

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # malloc.h of glibc
_LARGE_BYTES = 128 * 1024  # glibc's own first choice


class Footprint(msgspec.Struct, frozen=True, kw_only=True):
    """One reading. `started_s` is a Unix time; `open_fds_count` is None where the OS does not tell."""

    resident_bytes: int
    cpu_s: float  # user and system, since the start
    started_s: float
    threads_count: int
    open_fds_count: int | None


def read() -> Footprint:
    """Read this process."""
    process = _this()
    with process.oneshot():
        cpu = process.cpu_times()
        return Footprint(
            resident_bytes=process.memory_info().rss,
            cpu_s=cpu.user + cpu.system,
            started_s=process.create_time(),
            threads_count=process.num_threads(),
            open_fds_count=process.num_fds() if hasattr(process, "num_fds") else None,
        )


@functools.cache
def _this() -> "psutil.Process":
    import psutil  # noqa: PLC0415  10 ms, after the first page is out

    return psutil.Process()


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
