"""Threats: did the antivirus find something that is still there?

Clauses 4.1.6 and 5.1.4. Source: the log of ClamAV's daemon (clamd.conf(5), LogFile): lines
"DATE -> PATH: NAME FOUND". A file that was found and still lies there is an active threat; one that is gone
was removed. Paths stay in here: a file's name can be a client's name.
"""

import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from checks.io import clamd, proc
from checks.model import Check, Finding, NoParams, ProbeError
from config.devices import Computer

_MAX_LOG_BYTES = 1024 * 1024
_DAY_S = 86400.0
_FOUND = re.compile(rb"(?:(\w{3} \w{3} [ \d]?\d \d\d:\d\d:\d\d \d{4}) -> )?(/.{1,4096}): [^:]{1,256} FOUND")
_DATE_FORMAT = "%a %b %d %H:%M:%S %Y"


class Facts(msgspec.Struct, frozen=True):
    """Files found that are still there, and those that were found in the last 24 hours and are gone."""

    active_threats: int
    quarantined_24h: int


def probe(target: Computer, _params: NoParams) -> Facts:
    """Read what was found.

    Raises ProbeError "security.no_antivirus_known" (absent), "security.antivirus_off" (nobody looks),
    "security.log_unreadable" and what `clamd` raises.
    """
    proc.require_linux()
    root = Path(target.root)
    config = clamd.config(root)
    if config is None:
        raise ProbeError("security.no_antivirus_known", is_absent=True)
    if clamd.version(clamd.socket_of(root, config)) is None:
        raise ProbeError("security.antivirus_off")
    if "LogFile" not in config:
        raise ProbeError("security.log_unreadable")
    return _facts(root, parse(_tail(root / config["LogFile"].lstrip("/"))))


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield SEC_MALWARE where something that was found is still there."""
    if facts.active_threats:
        yield Finding("SEC_MALWARE")


def parse(log: bytes) -> dict[str, float]:
    """Return when (Unix time) each file was last found; 0 where the log keeps no time."""
    matches = [match for line in log.splitlines() if (match := _FOUND.fullmatch(line))]
    return {match[2].decode("utf-8", "surrogateescape"): _found_s(match[1]) for match in matches}


def _found_s(written: bytes | None) -> float:
    try:
        return datetime.strptime((written or b"").decode(), _DATE_FORMAT).astimezone().timestamp()
    except ValueError:
        return 0.0


def _facts(root: Path, found: dict[str, float]) -> Facts:
    gone = {path for path in found if not _may_be_there(root / path.lstrip("/"))}
    recent_s = time.time() - _DAY_S
    return Facts(len(found) - len(gone), sum(found[path] >= recent_s for path in gone))


def _may_be_there(path: Path) -> bool:
    """Whether a file is there, or lies where we may not look."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def _tail(path: Path) -> bytes:
    """Return the last MiB of a file. Raises ProbeError "security.log_unreadable"."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _MAX_LOG_BYTES))
            return file.read(_MAX_LOG_BYTES)
    except OSError:
        raise ProbeError("security.log_unreadable") from None


CHECK = Check(
    "security.threats",
    target=Computer,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"SEC_MALWARE": ()},
)
