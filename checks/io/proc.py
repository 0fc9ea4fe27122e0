"""Small bounded readers of /proc, /sys and /var under a root.

Source: proc(5) and the kernel's Documentation/ABI. A file that is missing, empty or refuses to be read
(a sensor that answers EIO) reads as None: "no value", which is never 0. No read waits for a writer.
"""

import os
import sys
from pathlib import Path

from checks.model import ProbeError

MAX_TEXT_BYTES = 4096
MAX_NAMES = 512
_READ_BYTES = 64 * 1024


def require_linux() -> None:
    """Raise ProbeError("platform.not_built") where there is no /proc and /sys to read."""
    if not sys.platform.startswith("linux"):
        raise ProbeError("platform.not_built")


def content(path: Path, max_bytes: int = MAX_TEXT_BYTES) -> bytes | None:
    """Return at most `max_bytes` of a file, or None where it cannot be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    got = bytearray()
    try:
        while len(got) < max_bytes and (chunk := os.read(fd, min(_READ_BYTES, max_bytes - len(got)))):
            got += chunk
    except OSError:
        return None
    finally:
        os.close(fd)
    return bytes(got)


def text(path: Path, max_bytes: int = MAX_TEXT_BYTES) -> str | None:
    """Return a file's text without the space around it, or None where it has none."""
    raw = content(path, max_bytes)
    return (raw.decode("utf-8", "replace").strip() or None) if raw else None


def integer(path: Path) -> int | None:
    """Return the one whole number that a file holds, or None."""
    line = text(path, 64)
    try:
        return int(line) if line else None
    except ValueError:
        return None


def listing(folder: Path, limit: int = MAX_NAMES) -> tuple[str, ...] | None:
    """Return the names in a folder in the order of their numbers (hwmon2 before hwmon10), at most `limit`.

    None where the folder is missing or cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            found = [entry.name for entry, _ in zip(entries, range(limit), strict=False)]
    except OSError:
        return None
    return tuple(sorted(found, key=_numbered))


def names(folder: Path) -> tuple[str, ...]:
    """Return the names in a folder as `listing` does; none where it is missing or cannot be read."""
    return listing(folder) or ()


def _numbered(name: str) -> tuple[str, int, str]:
    """Split "hwmon10" so that it sorts after "hwmon2"."""
    digits = "".join(char for char in name if char in "0123456789")[:18]
    return (name.rstrip("0123456789"), int(digits or "0"), name)
