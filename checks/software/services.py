"""Required services: do the programs in the background run that printing and the company's work need?

Clause 4.1.6. Source: for "print_spooler" the socket of cupsd(8), which answers or does not; for a unit of
systemd ("NAME.service") `systemctl is-active`. On Linux scanning needs no service: "scan_service" is not
looked at.
"""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import proc, text, tool
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

_CUPSD = "usr/sbin/cupsd"
_CUPS_SOCKET = "run/cups/cups.sock"
_TIMEOUT_S = 3.0
_ACTIVE = {"active", "activating", "reloading"}
_MAX_SERVICES = 16


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must run: "print_spooler", "scan_service" or units of systemd."""

    services: tuple[str, ...] = ("print_spooler", "scan_service")


class Facts(msgspec.Struct, frozen=True):
    """`service` is the first that does not run, "" where all do; `checked` are those that were looked at."""

    service: str
    running: bool
    checked: tuple[str, ...]


def probe(target: Computer, params: Params) -> Facts:
    """Look at each service.

    Raises ProbeError "software.no_service" (absent: this computer has none of them), "software.unreadable",
    "tool.missing", "tool.hung".
    """
    proc.require_linux()
    root = Path(target.root)
    states = {name: _runs(root, name) for name in params.services[:_MAX_SERVICES]}
    known = {name: runs for name, runs in states.items() if runs is not None}
    if not known:
        raise ProbeError("software.no_service", is_absent=True)
    stopped = next((name for name, runs in known.items() if not runs), "")
    return Facts(text.clean_text(stopped), not stopped, tuple(known))


def judge(facts: Facts, _params: Params) -> Iterator[Finding]:
    """Yield PC_SERVICE where one does not run."""
    if not facts.running:
        yield Finding("PC_SERVICE", {"service": facts.service})


def _runs(root: Path, name: str) -> bool | None:
    """Whether a service runs, None where this computer does not have it."""
    if name == "print_spooler":
        return _answers(root / _CUPS_SOCKET) if (root / _CUPSD).exists() else None
    if not name.endswith(".service"):
        return None
    output = tool.run(["systemctl", "is-active", "--", name], timeout_s=_TIMEOUT_S)
    said = output.stdout.decode("utf-8", "replace").strip()
    if said in _ACTIVE | {"inactive", "failed", "deactivating"}:
        return said in _ACTIVE
    raise ProbeError("software.unreadable")


def _answers(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(_TIMEOUT_S)
        wire.connect(str(path))
        return True
    return False


CHECK = Check(
    "software.services",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PC_SERVICE": ("service",)},
)
