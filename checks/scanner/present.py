"""Scanner: does the computer find it, and can it be opened?

Clauses 2.2, 3.7b, 4.1.1 and 4.1.4. Source: scanimage(1) of SANE as a one-shot child; the texts are those of
sane_strstatus() (SANE standard 1.06, §4.2.8). The device is opened, which no listing proves, and nothing
is scanned. A USB scanner gets a new address each time it is plugged in, so a device whose old name fails
is looked for among the listed ones under the same driver. A network scanner tells its state over eSCL.
"""

import os
import re
import time
from collections.abc import Iterator

import msgspec

from checks.io import http, text, tool
from checks.io.tool import Output
from checks.model import Check, Finding, NoParams, ProbeError
from checks.scanner import escl
from config.devices import Scanner

_LIMIT_S = 8.5
_FIRST_TRY_S = 5.0
_LIST_FORMAT = "%d|%v|%m|%t%n"
_MAX_SCANNERS = 16
_NOT_SCANNERS = ("v4l:",)  # cameras
_USB_ADDRESS = re.compile(r"libusb:\d{3}:\d{3}")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_ESCL = "escl"
_BUSY = b"Device busy"
_DENIED = b"Access to resource has been denied"
_OPEN_FAILED = b"open of device"
_ENVIRONMENT = ("HOME", "SANE_CONFIG_DIR")


class Facts(msgspec.Struct, frozen=True):
    """`driver` is SANE's name of the back end. A busy scanner is found: somebody is using it."""

    found: bool
    driver: str
    busy: bool
    has_new_address: bool  # found under another USB address than the settings name


def probe(target: Scanner, _params: NoParams) -> Facts:
    """Open the scanner, or ask it for its state; ends within 9 s.

    Raises ProbeError "escl.unreadable", "scanner.wia_not_built", "scanner.not_named",
    "scanner.hung" (twice), "scanner.not_permitted", "scanner.not_opened", "scanner.not_listed",
    "tool.missing".
    """
    if target.escl:
        return _by_escl(target.escl)
    if not target.sane:
        raise ProbeError("scanner.wia_not_built" if target.wia else "scanner.not_named")
    deadline_s = time.monotonic() + _LIMIT_S
    driver = text.clean_text(target.sane.partition(":")[0])
    is_open, is_busy = _open(target.sane, deadline_s)
    if is_open or is_busy:
        return Facts(found=True, driver=driver, busy=is_busy, has_new_address=False)
    listed = _listed(deadline_s)
    if target.sane in listed:
        raise ProbeError("scanner.not_opened")
    pattern = _without_address(target.sane)
    same = [name for name in listed if pattern != target.sane and _without_address(name) == pattern]
    return Facts(found=bool(same), driver=driver, busy=False, has_new_address=bool(same))


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield SCN_MISSING where the computer does not find the scanner."""
    if not facts.found:
        yield Finding("SCN_MISSING", {"driver": facts.driver})


def scanners_of_os() -> tuple[Scanner, ...]:
    """Return the scanners that SANE lists, named after driver and order ("test-1"), cameras left out.

    Network back ends may take seconds. Raises ProbeError "scanner.hung", "scanner.not_listed",
    "tool.missing".
    """
    found = []
    for number, (name, words) in enumerate(_listed(time.monotonic() + _LIMIT_S).items(), start=1):
        driver = _NOT_IN_A_NAME.sub("-", name.partition(":")[0].lower()).strip("-")[:24] or "scanner"
        found.append(Scanner(name=f"{driver}-{number}", place=words, sane=name))
    return tuple(found)


def opened(name: str) -> tuple[bool, bool]:
    """Open and close a device: (it opened, it is busy); neither: no such device. Raises as `probe`."""
    return _open(name, time.monotonic() + _LIMIT_S)


def _by_escl(url: str) -> Facts:
    """A network scanner is there where it says how it is; a busy one says so."""
    try:
        is_busy = escl.status(url).is_busy
    except http.Failure:
        return Facts(found=False, driver=_ESCL, busy=False, has_new_address=False)
    except ProbeError as error:
        if error.code != "scanner.busy":
            raise
        is_busy = True
    return Facts(found=True, driver=_ESCL, busy=is_busy, has_new_address=False)


def _open(name: str, deadline_s: float) -> tuple[bool, bool]:
    """Open and close a device: (it opened, it is busy); neither: there is no such device."""
    output = _asked(["-d", name, "-n"], deadline_s)
    if output.status == 0:
        return True, False
    if _BUSY in output.stderr:
        return False, True
    if _DENIED in output.stderr:
        raise ProbeError("scanner.not_permitted")
    if _OPEN_FAILED not in output.stderr:  # killed, or an option that this version does not know
        raise ProbeError("scanner.not_opened")
    return False, False


def _listed(deadline_s: float) -> dict[str, str]:
    """Return vendor and model by device name."""
    output = _asked(["-f", _LIST_FORMAT], deadline_s)
    if output.status != 0:
        raise ProbeError("scanner.not_listed")
    rows = [line.split("|") for line in output.stdout.decode("utf-8", "replace").splitlines()]
    return {
        row[0]: text.clean_text(f"{row[1]} {row[2]}")
        for row in rows[:_MAX_SCANNERS]
        if len(row) > 3 and row[0].isprintable() and not row[0].startswith(_NOT_SCANNERS)  # noqa: PLR2004  columns
    }


def _asked(arguments: list[str], deadline_s: float) -> Output:
    return scanimage(arguments, (_FIRST_TRY_S, _LIMIT_S), deadline_s)


def scanimage(
    arguments: list[str],
    limits_s: tuple[float, float],
    deadline_s: float,
    max_output_bytes: int = tool.MAX_OUTPUT_BYTES,
) -> Output:
    """Run scanimage; once more where it hangs, for its back ends do so now and then on leaving.

    Raises ProbeError "scanner.hung" (twice), "tool.missing", "tool.flood".
    """
    env = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    for limit_s in limits_s:
        timeout_s = max(0.0, min(limit_s, deadline_s - time.monotonic()))
        try:
            return tool.run(
                ["scanimage", *arguments], timeout_s=timeout_s, env=env, max_output_bytes=max_output_bytes
            )
        except ProbeError as error:
            if error.code != "tool.hung":
                raise
    raise ProbeError("scanner.hung")


def _without_address(name: str) -> str:
    return _USB_ADDRESS.sub("libusb", name)


CHECK = Check(
    "scanner.present",
    target=Scanner,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"SCN_MISSING": ("driver",)},
)
