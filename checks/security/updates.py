"""Updates: does this computer still get its repairs?

Clause 4.1.6. Source: what Debian's package tools leave behind: the "upgrade" lines of dpkg's log, the stamp
of unattended-upgrades (it is set after each run, also when there was nothing to do), and the end of support
in os-release(5). A pending restart is told here and judged by computer.boot.
"""

import gzip
import re
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from checks.computer.boot import reboot_pending_days
from checks.io import proc
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

_LOGS = (
    "var/log/dpkg.log",
    "var/log/dpkg.log.1",
    *(f"var/log/dpkg.log.{number}.gz" for number in range(2, 7)),
)
_STAMP = "var/lib/apt/periodic/unattended-upgrades-stamp"
_OS_RELEASE = ("etc/os-release", "usr/lib/os-release")
_MAX_LOG_BYTES = 8 * 1024 * 1024
_UPGRADE = re.compile(rb"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) upgrade ", re.MULTILINE)
_SUPPORT_END = re.compile(r"""^SUPPORT_END=["']?(\d{4}-\d\d-\d\d)["']?$""", re.MULTILINE)
_DAY_S = 86400.0


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days without an update, inclusive."""

    warn_days: int = 35
    fail_days: int = 90


class Facts(msgspec.Struct, frozen=True):
    """`os_supported` is None where the system does not say until when it is supported."""

    last_update_days: int
    reboot_pending: bool
    os_supported: bool | None
    unsupported_days: int | None = None


def probe(target: Computer, _params: Params) -> Facts:
    """Find the last update.

    Raises ProbeError "security.updates_unknown" (no trace of one that we can read), and
    "boot.reboot_required_unreadable".
    """
    proc.require_linux()
    root, now_s = Path(target.root), time.time()
    times_s = [at_s for at_s in (_upgraded_s(root), _stamp_s(root)) if at_s is not None]
    if not times_s:
        raise ProbeError("security.updates_unknown")
    end = support_end(next((said for name in _OS_RELEASE if (said := proc.text(root / name))), ""))
    over_days = None if end is None else (datetime.now(UTC).date() - end).days
    return Facts(
        last_update_days=max(0, int((now_s - max(times_s)) // _DAY_S)),
        reboot_pending=reboot_pending_days(root, now_s) is not None,
        os_supported=None if over_days is None else over_days <= 0,
        unsupported_days=max(0, over_days) if over_days is not None else None,
    )


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield SEC_UPDATES after too many days without an update, or when the system gets none any more."""
    if facts.os_supported is False:
        yield Finding("SEC_UPDATES", {"days": facts.unsupported_days})
    elif facts.last_update_days >= params.warn_days:
        is_warning = facts.last_update_days < params.fail_days
        yield Finding("SEC_UPDATES", {"days": facts.last_update_days}, is_warning=is_warning)


def support_end(os_release: str) -> date | None:
    """Return the day on which support ends, None where os-release does not say."""
    match = _SUPPORT_END.search(os_release)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def _upgraded_s(root: Path) -> float | None:
    """Return when (Unix time) a package was last replaced by a newer one; logs begin anew each month."""
    for name in _LOGS:
        times = _UPGRADE.findall(_log(root / name))
        if times:
            try:
                at = datetime.strptime(times[-1].decode(), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  local, as dpkg writes
            except ValueError:
                return None
            return at.astimezone().timestamp()
    return None


def _log(path: Path) -> bytes:
    """Return the last 8 MiB of a log, b"" where it cannot be read."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(_MAX_LOG_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        return b""
    return content[-_MAX_LOG_BYTES:]


def _stamp_s(root: Path) -> float | None:
    try:
        return (root / _STAMP).stat().st_mtime
    except OSError:
        return None


CHECK = Check(
    "security.updates",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"SEC_UPDATES": ("days",)},
)
