"""Display: is every screen that belongs to this desk connected?

Clauses 2.2 and 4.1.2. Source: /sys/class/drm/card*-*/{status,enabled,modes,edid} of the
kernel's DRM; EDID per VESA E-EDID 1.4. Whether the picture is good, only a person can say.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from checks.io import proc
from checks.model import Check, Finding, NoParams, ProbeError
from config.devices import Computer

_CONNECTOR = re.compile(r"card[0-9]{1,2}-[A-Za-z0-9-]{1,24}")
_MODE = re.compile(r"[0-9]{1,5}x[0-9]{1,5}")
_EDID_BLOCK_BYTES = 128
_EDID_MAX_BYTES = 256 * _EDID_BLOCK_BYTES
_EDID_HEADER = b"\x00\xff\xff\xff\xff\xff\xff\x00"


class Connector(msgspec.Struct, frozen=True):
    """One socket. `edid` tells of the screen's own description: "none" where there is nothing to read."""

    name: str
    status: Literal["connected", "disconnected", "unknown"]
    edid: Literal["valid", "damaged", "none"]
    resolution: str | None  # the preferred mode, "1920x1080"


class Facts(msgspec.Struct, frozen=True):
    """Connected screens; `expected_display_count` is None where the settings do not say."""

    display_count: int
    expected_display_count: int | None
    resolution: str | None  # of the first connected screen
    connectors: tuple[Connector, ...]


def probe(target: Computer, _params: NoParams) -> Facts:
    """Read all connectors.

    Raises ProbeError "display.no_drm" (absent: no graphics card with a socket), or "display.unknown" where
    a socket cannot tell whether a screen is there and it matters.
    """
    proc.require_linux()
    base = Path(target.root) / "sys/class/drm"
    found = [_connector(base / name) for name in proc.names(base) if _CONNECTOR.fullmatch(name)]
    if not found:
        raise ProbeError("display.no_drm", is_absent=True)
    connected = [one for one in found if one.status == "connected"]
    enough = 1 if target.expected_displays is None else target.expected_displays
    if len(connected) < enough and any(one.status == "unknown" for one in found):
        raise ProbeError("display.unknown")
    return Facts(
        display_count=len(connected),
        expected_display_count=target.expected_displays,
        resolution=connected[0].resolution if connected else None,
        connectors=tuple(found),
    )


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield PC_DISPLAY where a screen is missing, as a warning where one is badly connected."""
    expected = facts.expected_display_count
    if facts.display_count < (1 if expected is None else expected):
        yield Finding("PC_DISPLAY")
    elif any(one.status == "connected" and one.edid == "damaged" for one in facts.connectors):
        yield Finding("PC_DISPLAY", is_warning=True)


def parse_edid(raw: bytes) -> Literal["valid", "damaged", "none"]:
    """Check header and checksum of the base block. Virtual screens and old splitters give none."""
    block = raw[:_EDID_BLOCK_BYTES]
    if not block:
        return "none"
    is_whole = len(block) == _EDID_BLOCK_BYTES and block.startswith(_EDID_HEADER)
    return "valid" if is_whole and sum(block) % 256 == 0 else "damaged"


def _connector(folder: Path) -> Connector:
    status = proc.text(folder / "status", 32)
    mode = (proc.text(folder / "modes") or "").partition("\n")[0].rstrip("i")  # "1920x1080i" is interlaced
    return Connector(
        name=folder.name,
        status="connected"
        if status == "connected"
        else "disconnected"
        if status == "disconnected"
        else "unknown",
        edid=parse_edid(proc.content(folder / "edid", _EDID_MAX_BYTES) or b""),
        resolution=mode if _MODE.fullmatch(mode) else None,
    )


CHECK = Check(
    "computer.display",
    target=Computer,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PC_DISPLAY": ()},
)
