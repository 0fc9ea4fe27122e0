"""Scan errors: does the scanner do what it says it can?

Clauses 2.2, 3.7b and 4.1.4. Source: over eSCL the scanner's own state at every run; for all scanners a
small real scan of the glass once a day, and at every run while the last one failed. The picture is looked
at for its wholeness only and thrown away: a client's paper may lie on the glass. A feeder's jam counts
when it is seen twice, 5 s apart, for some feeders report one in passing.
"""

import re
import threading
import time
from collections.abc import Iterator

import msgspec

from checks.io import http
from checks.model import Check, Finding, ProbeError
from checks.scanner import escl, present
from config.devices import Scanner

_JAM_AGAIN_S = 5.0
_SCAN_EVERY_S = 20 * 3600.0
_DAY_S = 86400.0
_SANE_LIMIT_S = 25.0  # each of two tries
_MAX_PICTURE_BYTES = 8 * 1024 * 1024
_SMALL = ["--resolution", "75", "-x", "20", "-y", "20"]
# SANE_Status as scanimage's exit status (SANE standard 1.06, 4.2.8); 3 busy and 11 denied are no verdict.
_SANE = {
    1: "refused",
    2: "aborted",
    4: "refused",
    5: "truncated",
    6: "jam",
    8: "cover_open",
    9: "io",
    10: "io",
}
_SANE_BUSY, _SANE_NO_DOCS, _SANE_DENIED = 3, 7, 11
_PNM = re.compile(rb"P([456])\s+(?:#[^\n]*\n\s*)*(\d{1,6})\s+(\d{1,6})\s+(?:(\d{1,5})\s)?")


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many errors in a row, inclusive."""

    warn_errors_in_a_row: int = 1
    fail_errors_in_a_row: int = 2


class Facts(msgspec.Struct, frozen=True):
    """`error` is this run's code, "" where all is well; `last_error` the newest in 24 hours.

    `scanned_age_s`: how long ago the last whole small scan was, None where there was none (a feeder without
    paper, or busy). `read_s` is time.monotonic(); `error_at_s` are the errors' of the last 24 hours.
    """

    error: str
    last_error: str
    errors_24h: int
    errors_in_a_row: int
    scanned_age_s: float | None
    read_s: float
    error_at_s: tuple[float, ...] = ()


_scanned_s: dict[str, float] = {}  # device id and address -> when the last whole scan was
_lock = threading.Lock()


def probe(target: Scanner, _params: Params) -> Facts:
    """Ask the scanner how it is, and scan where a scan is due; ends within 55 s. One in use has no error.

    Raises ProbeError "scanner.not_reached" (scanner.present says that), "scanner.hung",
    "scanner.not_permitted", "scanner.not_named", "scanner.wia_not_built", "escl.unreadable", "tool.missing".
    """
    if target.escl:
        error = _by_escl(target)
    elif target.sane:
        error = _by_sane(target)
    else:
        raise ProbeError("scanner.wia_not_built" if target.wia else "scanner.not_named")
    now_s = time.monotonic()
    with _lock:
        at_s = _scanned_s.get(_key(target))
    return Facts(
        error, error, int(bool(error)), int(bool(error)), None if at_s is None else now_s - at_s, now_s
    )


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Count errors in a row and in 24 hours."""
    before = previous.error_at_s if previous else ()
    at_s = tuple(at_s for at_s in before if current.read_s - at_s < _DAY_S)[-100:]
    at_s += (current.read_s,) if current.error else ()
    in_a_row = 1 + (previous.errors_in_a_row if previous else 0) if current.error else 0
    last = current.error or (previous.last_error if previous and at_s else "")
    return msgspec.structs.replace(
        current, last_error=last, errors_24h=len(at_s), errors_in_a_row=in_a_row, error_at_s=at_s
    )


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield SCN_ERROR after so many errors in a row."""
    if facts.errors_in_a_row >= params.warn_errors_in_a_row:
        is_warning = facts.errors_in_a_row < params.fail_errors_in_a_row
        yield Finding("SCN_ERROR", {"error": facts.error}, is_warning=is_warning)


def _by_escl(target: Scanner) -> str:
    try:
        found = escl.status(target.escl)
        if found.error in {"jam", "mispick"}:
            time.sleep(_JAM_AGAIN_S)
            again = escl.status(target.escl)
            return again.error if again.error == found.error else ""
        if found.error:
            return found.error
        if found.is_busy or not _is_due(target):
            return ""
        glass = escl.glass(target.escl)
        return _noted(target, escl.scan(target.escl, glass)) if glass else ""
    except http.Failure:
        raise ProbeError("scanner.not_reached") from None
    except ProbeError as error:
        if error.code == "scanner.busy":
            return ""
        raise


def _by_sane(target: Scanner) -> str:
    if not _is_due(target):
        is_open, is_busy = present.opened(target.sane)
        if not is_open and not is_busy:
            raise ProbeError("scanner.not_reached")
        return ""
    deadline_s = time.monotonic() + 2 * _SANE_LIMIT_S
    output = present.scanimage(
        ["-d", target.sane, *_SMALL], (_SANE_LIMIT_S, _SANE_LIMIT_S), deadline_s, _MAX_PICTURE_BYTES
    )
    if b"open of device" in output.stderr:
        raise ProbeError("scanner.not_reached")
    if output.status == _SANE_DENIED:
        raise ProbeError("scanner.not_permitted")
    if output.status in {_SANE_BUSY, _SANE_NO_DOCS}:  # in use, or a feeder alone and empty: nothing failed
        return ""
    error = _SANE.get(output.status, "io") if output.status else picture_error(output.stdout)
    return _noted(target, error)


def picture_error(image: bytes) -> str:
    """Say what is wrong with a PNM: "no_image", "truncated" or ""."""
    head = _PNM.match(image)
    if head is None or not int(head[2]) or not int(head[3]):
        return "no_image"
    width, height, kind = int(head[2]), int(head[3]), head[1]
    if kind == b"4":
        length = (width + 7) // 8 * height
    else:
        length = width * height * (3 if kind == b"6" else 1) * (2 if int(head[4] or 255) > 255 else 1)  # noqa: PLR2004  PNM
    return "" if len(image) - head.end() >= length else "truncated"


def _is_due(target: Scanner) -> bool:
    with _lock:
        return time.monotonic() - _scanned_s.get(_key(target), float("-inf")) >= _SCAN_EVERY_S


def _noted(target: Scanner, error: str) -> str:
    """Remember a whole scan, forget the last one after a failure: then every run scans."""
    with _lock:
        _scanned_s.pop(_key(target), None)
        if not error:
            _scanned_s[_key(target)] = time.monotonic()
    return error


def _key(target: Scanner) -> str:
    return f"{target.device_id} {target.escl or target.sane}"


CHECK = Check(
    "scanner.errors",
    target=Scanner,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    carry=carry,
    faults={"SCN_ERROR": ("error",)},
)
