"""Whether a host takes connections: one attempt at each port, all at once, each closed at once."""

import contextlib
import errno
import selectors
import socket
import time
from collections.abc import Sequence
from typing import Literal, TypeAlias

from checks.model import ProbeError

Answer: TypeAlias = Literal["open", "refused", "unreachable", "silent"]
_BEST_FIRST: tuple[Answer, ...] = ("open", "refused", "unreachable", "silent")
_ANSWERS: dict[int, Answer] = {
    0: "open",
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "refused",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
}
_BEGUN = {0, errno.EINPROGRESS, errno.EWOULDBLOCK}


def knock(host: str, ports: Sequence[int], *, timeout_s: float) -> Answer:
    """Return the best answer of `ports`; "open" as soon as one of them takes a connection.

    "silent" is no answer within `timeout_s`. A name takes the resolver's time on top of that. Raises
    ProbeError("printer.host_unknown").
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, ports[0], type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise ProbeError("printer.host_unknown") from None
    ends_s = time.monotonic() + timeout_s
    answers: set[Answer] = set()
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for port in ports:
            connection = stack.enter_context(socket.socket(family, kind))
            connection.setblocking(False)
            status = connection.connect_ex((address[0], port, *address[2:]))
            if status in _BEGUN:
                selector.register(connection, selectors.EVENT_WRITE, connection)
            else:
                answers.add(_ANSWERS.get(status, "silent"))
        while selector.get_map() and "open" not in answers:
            ready = selector.select(max(0.0, ends_s - time.monotonic()))
            if not ready:
                break
            for key, _ in ready:
                selector.unregister(key.data)
                status = key.data.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                answers.add(_ANSWERS.get(status, "silent"))
    return next((answer for answer in _BEST_FIRST if answer in answers), "silent")
