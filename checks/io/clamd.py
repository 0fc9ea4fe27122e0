"""ClamAV's daemon, asked over its local socket: does it answer, and how old are its definitions?

Source: clamd(8), commands PING and VERSION in their z form; clamd.conf(5) names the socket and the log.
"""

import re
import socket
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from checks.io import proc
from checks.model import ProbeError

CONFIGS: Final = (
    "etc/clamav/clamd.conf",
    "etc/clamd.d/scan.conf",
    "etc/clamd.conf",
    "usr/local/etc/clamd.conf",
)
_MAX_CONFIG_BYTES = 64 * 1024
_MAX_ANSWER_BYTES = 1024
_TIMEOUT_S = 5.0
_VERSION = re.compile(
    rb"ClamAV ([0-9][0-9a-z.-]{0,15})(?:/(\d{1,9})/([A-Za-z]{3} [A-Za-z]{3} [ \d]?\d \d\d:\d\d:\d\d \d{4}))?"
)
_DATE_FORMAT = "%a %b %d %H:%M:%S %Y"


class Version(msgspec.Struct, frozen=True):
    """What the daemon says of itself; `definitions_at` (aware) is None where it has none of the makers'."""

    version: str
    definitions_at: datetime | None


def config(root: Path) -> Mapping[str, str] | None:
    """Return the daemon's settings by name, None where none is installed.

    Raises ProbeError "security.not_permitted" where they cannot be read.
    """
    for name in CONFIGS:
        path = root / name
        if path.exists():
            text = proc.text(path, _MAX_CONFIG_BYTES)
            if text is None:
                raise ProbeError("security.not_permitted")
            pairs = (line.strip().partition(" ") for line in text.splitlines())
            return {key: value.strip() for key, _, value in pairs if key and not key.startswith("#")}
    return None


def socket_of(root: Path, settings: Mapping[str, str]) -> Path:
    """Return where the daemon listens. Raises ProbeError "security.antivirus_unreadable": only over TCP."""
    if "LocalSocket" not in settings:
        raise ProbeError("security.antivirus_unreadable")
    return root / settings["LocalSocket"].lstrip("/")


def version(path: Path) -> Version | None:
    """Ask the daemon behind this socket; None where nobody listens.

    Raises ProbeError "security.not_permitted", "security.antivirus_silent" (it is busy, or loads its
    definitions) and "security.antivirus_unreadable".
    """
    try:
        if _ask(path, b"PING") != b"PONG":
            raise ProbeError("security.antivirus_unreadable")
        return parse(_ask(path, b"VERSION"))
    except PermissionError:
        raise ProbeError("security.not_permitted") from None
    except TimeoutError:
        raise ProbeError("security.antivirus_silent") from None
    except OSError:  # no socket, or nobody behind it
        return None


def parse(answer: bytes) -> Version:
    """Read "ClamAV 1.4.6/27145/Fri Dec 29 09:38:33 2023" or "ClamAV 1.4.6". Raises as `version`."""
    match = _VERSION.fullmatch(answer)
    if match is None:
        raise ProbeError("security.antivirus_unreadable")
    try:
        at = datetime.strptime(match[3].decode(), _DATE_FORMAT).astimezone() if match[3] else None
    except ValueError:
        raise ProbeError("security.antivirus_unreadable") from None
    return Version(match[1].decode(), at)


def _ask(path: Path, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(_TIMEOUT_S)
        wire.connect(str(path))
        wire.sendall(b"z" + command + b"\0")
        answer = b""
        while len(answer) < _MAX_ANSWER_BYTES and (chunk := wire.recv(_MAX_ANSWER_BYTES)):
            answer += chunk
    return answer.rstrip(b"\0\n")
