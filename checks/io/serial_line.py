"""One question and its answer on a serial line: bounded in time and bytes; the line is opened for it alone.

Source: pyserial's serial_for_url, so that a port may also be "socket://HOST:PORT" or "rfc2217://HOST:PORT".
Opening it throws away what had come before: a late answer to an earlier question answers nothing.
"""

import errno
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

from checks.model import ProbeError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


T = TypeVar("T")


class _Line(Protocol):
    """What is used of pyserial's Serial, which has no types of its own."""

    in_waiting: int

    def read(self, size: int) -> bytes: ...
    def write(self, data: bytes) -> int | None: ...


MAX_BYTES: Final = 512
_STEP_S = 0.05
_CODES = {
    errno.ENOENT: "serial.no_port",
    errno.ENXIO: "serial.no_port",
    errno.ENODEV: "serial.no_port",
    errno.EACCES: "serial.not_permitted",
    errno.EPERM: "serial.not_permitted",
    errno.EBUSY: "serial.busy",
    errno.EAGAIN: "serial.busy",  # another program has locked the port
}


def ask(
    port: str, baud: int, request: bytes, read: Callable[[bytes], T | None], *, timeout_s: float
) -> tuple[T | None, bytes]:
    """Send `request` and hand all that came so far to `read` until that returns a value.

    Returns (the value, or None at the end of `timeout_s`; the bytes that came). Raises ProbeError
    "serial.bad_port", "serial.no_port", "serial.not_permitted", "serial.busy", "serial.unplugged",
    "serial.flood" (more than 512 bytes without an answer), and what `read` raises.
    """
    deadline_s = time.monotonic() + timeout_s
    with _opened(port, baud) as line:
        try:
            return _exchange(line, request, read, deadline_s)
        except OSError:  # serial.SerialException is one: the adapter went away
            raise ProbeError("serial.unplugged") from None


def _opened(port: str, baud: int) -> "AbstractContextManager[_Line]":
    import serial  # noqa: PLC0415  only desks with a sensor pay for it

    try:
        line = serial.serial_for_url(  # type: ignore[no-untyped-call]
            port, baudrate=baud, timeout=_STEP_S, write_timeout=1, do_not_open=True
        )
        if "://" not in port:
            line.exclusive = True
        line.open()
    except ValueError:
        raise ProbeError("serial.bad_port") from None
    except OSError as error:
        raise ProbeError(_CODES.get(error.errno or 0, "serial.no_port")) from None
    return cast("AbstractContextManager[_Line]", line)


def _exchange(
    line: "_Line", request: bytes, read: Callable[[bytes], T | None], deadline_s: float
) -> tuple[T | None, bytes]:
    if request:
        line.write(request)
    received = b""
    while time.monotonic() < deadline_s:
        received += line.read(max(1, min(line.in_waiting, MAX_BYTES)))
        if received and (value := read(received)) is not None:
            return value, received
        if len(received) > MAX_BYTES:
            raise ProbeError("serial.flood")
    return None, received
