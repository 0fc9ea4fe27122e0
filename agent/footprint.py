"""What the daemon itself uses of this computer. Source: psutil.Process, about 0.2 ms a reading."""

import functools
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import psutil


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
