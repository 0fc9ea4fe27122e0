"""Clock: will a signing be recorded at the right time?

Clause 4.1.6. Sources: adjtimex(2), the kernel's own account of its clock, and
`chronyc tracking` where chrony keeps the time (it slews large errors while the kernel calls itself
synchronised). A clock that nothing keeps is unknown: nobody here can tell how wrong it is.
"""

import math
from collections.abc import Iterator

import msgspec

from checks.io import proc, tool
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

STA_UNSYNC = 0x0040  # linux/timex.h
STA_NANO = 0x2000
TIME_ERROR = 5
_CHRONYC = ("chronyc", "-n", "-c", "tracking")
_CHRONY_FIELDS = 14
_CHRONY_REFERENCE, _CHRONY_OFFSET, _CHRONY_LEAP = 0, 4, 13
_CHRONY_NOTHING = {"00000000", "7F7F0101"}  # no reference; this clock itself ("local stratum")
_CHRONYC_TIMEOUT_S = 2.0


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Largest error in seconds either way; above is a fault."""

    warn_s: float = 30.0
    fail_s: float = 300.0


class Timex(msgspec.Struct, frozen=True):
    """What adjtimex told: return value, STA_ flags, offset (us; ns with STA_NANO), largest error (us)."""

    state: int
    status: int
    offset: int
    max_error_us: int


class Facts(msgspec.Struct, frozen=True):
    """Seconds between this clock and its source, either way; `source` is "kernel" or "chrony"."""

    offset_s: float
    max_error_s: float
    source: str


def probe(_target: Computer, _params: Params) -> Facts:
    """Ask chrony, else the kernel. Raises ProbeError "clock.unreadable" or "clock.unsynchronised"."""
    proc.require_linux()
    timex = read_timex()
    offset_s = _chrony_offset_s()
    if offset_s is not None:
        return Facts(offset_s, timex.max_error_us / 1e6, "chrony")
    return from_timex(timex)


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield PC_CLOCK where the clock is off by more than a limit."""
    off_s = abs(facts.offset_s)
    if off_s > params.warn_s:
        yield Finding("PC_CLOCK", {"offset_s": round(off_s)}, is_warning=off_s <= params.fail_s)


def from_timex(timex: Timex) -> Facts:
    """Read the kernel's account. Raises ProbeError("clock.unsynchronised")."""
    if timex.state == TIME_ERROR or timex.status & STA_UNSYNC:
        raise ProbeError("clock.unsynchronised")
    scale = 1e9 if timex.status & STA_NANO else 1e6
    return Facts(timex.offset / scale, timex.max_error_us / 1e6, "kernel")


def parse_chrony(stdout: bytes) -> float | None:
    """Return the offset in seconds of `chronyc -c tracking`, or None where chrony follows no source."""
    fields = stdout.decode("ascii", "replace").strip().split(",")
    is_whole = len(fields) == _CHRONY_FIELDS
    if (
        not is_whole
        or fields[_CHRONY_REFERENCE] in _CHRONY_NOTHING
        or fields[_CHRONY_LEAP] == "Not synchronised"
    ):
        return None
    try:
        offset_s = float(fields[_CHRONY_OFFSET])
    except ValueError:
        return None
    return offset_s if math.isfinite(offset_s) else None


def read_timex() -> Timex:
    """Call adjtimex with nothing to change; it needs no rights. Raises ProbeError("clock.unreadable")."""
    import ctypes  # noqa: PLC0415  a megabyte, once an hour

    class _Timex(ctypes.Structure):
        """struct timex, linux/timex.h."""

        _fields_ = (
            ("modes", ctypes.c_uint),
            *((name, ctypes.c_long) for name in ("offset", "freq", "maxerror", "esterror")),
            ("status", ctypes.c_int),
            ("rest", ctypes.c_char * 256),
        )

    found = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(found))
    except (OSError, AttributeError):
        raise ProbeError("clock.unreadable") from None
    if state < 0:
        raise ProbeError("clock.unreadable")
    return Timex(state, found.status, found.offset, found.maxerror)


def _chrony_offset_s() -> float | None:
    """Return chrony's offset; None where there is no chrony, it does not run, or it follows nothing."""
    try:
        output = tool.run(_CHRONYC, timeout_s=_CHRONYC_TIMEOUT_S)
    except ProbeError:
        return None
    return parse_chrony(output.stdout) if output.status == 0 else None


CHECK = Check(
    "computer.clock",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PC_CLOCK": ("offset_s",)},
)
