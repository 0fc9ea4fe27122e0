"""Disk space: is there room to save the day's work?

Clauses 2.2 and 4.1.1. Source: statvfs(3) of the drives in the settings, counted as
`df` does: what an ordinary user may still write.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import proc, text
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

_GIB = 1024**3
_SMALL_DRIVE_FACTOR = 4  # a drive of less than four times `fail_free_gib` is judged by percent alone


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Least free space: percent of the drive, and GiB. Below (not at) a limit is a fault."""

    warn_pct: float = 10.0
    warn_clear_pct: float = 12.0
    fail_pct: float = 3.0
    fail_clear_pct: float = 5.0
    fail_free_gib: float = 2.0


class Drive(msgspec.Struct, frozen=True):
    """One drive by its mount point. `free_pct` is 0..100 of what users can fill."""

    drive: str
    free_bytes: int
    total_bytes: int
    free_pct: float
    is_read_only: bool


class Facts(msgspec.Struct, frozen=True):
    """All drives, the fullest first; `free_bytes` and `free_pct` are its own."""

    free_bytes: int
    free_pct: float
    drives: tuple[Drive, ...]


def probe(target: Computer, _params: Params) -> Facts:
    """Ask for each drive. Raises ProbeError "disk.missing", "disk.unreadable" or "disk.no_size"."""
    proc.require_linux()
    drives = sorted((_drive(target.root, name) for name in target.drives), key=lambda one: one.free_pct)
    if not drives:
        raise ProbeError("disk.none_named", is_absent=True)
    return Facts(drives[0].free_bytes, drives[0].free_pct, tuple(drives))


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield PC_DISK_FULL for each drive below a limit, the fullest first."""
    for one in facts.drives:
        fail_bytes = params.fail_free_gib * _GIB
        is_scarce = one.free_bytes < fail_bytes and one.total_bytes >= _SMALL_DRIVE_FACTOR * fail_bytes
        is_failed = one.free_pct < params.fail_pct or is_scarce
        if is_failed or one.free_pct < params.warn_pct:
            yield Finding(
                "PC_DISK_FULL",
                {"drive": one.drive, "free_bytes": one.free_bytes},
                is_warning=not is_failed,
            )


def _drive(root: str, name: str) -> Drive:
    try:
        found = os.statvfs(Path(root) / name.lstrip("/"))
    except FileNotFoundError:
        raise ProbeError("disk.missing", drive=text.clean_text(name)) from None
    except OSError as error:
        raise ProbeError("disk.unreadable", drive=text.clean_text(name), error=error.strerror) from None
    used_blocks = found.f_blocks - found.f_bfree
    usable_blocks = used_blocks + found.f_bavail
    if usable_blocks <= 0:
        raise ProbeError("disk.no_size", drive=text.clean_text(name))
    return Drive(
        drive=text.clean_text(name),
        free_bytes=found.f_bavail * found.f_frsize,
        total_bytes=found.f_blocks * found.f_frsize,
        free_pct=round(100 * found.f_bavail / usable_blocks, 2),
        is_read_only=bool(found.f_flag & os.ST_RDONLY),
    )


CHECK = Check(
    "computer.disk_space",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PC_DISK_FULL": ("drive", "free_bytes")},
)
