"""SNMP on the wire: one question and its answer over a UDP socket, and the distrust of what comes back.

The socket is connected, so that the kernel drops replies from other addresses; request ids are random; a
datagram is measured before it is decoded; what was not asked for is no answer.
"""

import errno
import socket
import time
from collections.abc import Sequence
from typing import Final

from checks.io import snmp_message
from checks.io.snmp_manners import Attempt
from checks.io.snmp_message import Reply, Request
from checks.model import ProbeError

TRY_S: Final = 0.75
TRIES: Final = 2  # the second one is shared by all the other ways to ask
SESSION_S: Final = 4.0
MAX_REPLY_BYTES: Final = 2048
NO_SUCH_NAME, GEN_ERR = 2, 5  # error-status, RFC 3416 section 3
_TOO_BIG = 1
_LAST_STATUS = 18  # inconsistentName
_MAX_STRAYS = 64  # datagrams that answer something else, before a try counts as unanswered
_MAX_REQUESTS = 96
_UNREACHABLE = {errno.EHOSTUNREACH: "snmp.unreachable", errno.ENETUNREACH: "network.no_route"}


class TooBigError(Exception):
    """The reply does not fit: ask for less."""


class Wire:
    """A connected socket with a time limit for all that is asked over it."""

    def __init__(self, host: str, port: int, community: str) -> None:
        self._community = community.encode()
        self._socket = _connected(host, port)
        self._ends_s = time.monotonic() + SESSION_S
        self.request_count = 0

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def ask(self, ways: Sequence[Attempt]) -> tuple[Attempt, Reply]:
        """Ask, in other words while no answer comes; return the first answer and what it answers.

        Raises TooBigError, and ProbeError as `checks.io.snmp.Session` says.
        """
        self.request_count += 1
        if self.request_count > _MAX_REQUESTS:
            raise ProbeError("snmp.malformed")
        waits_s = (TRY_S, *[TRY_S / (len(ways) - 1)] * (len(ways) - 1))
        try:
            for sent, wait_s in enumerate(waits_s, start=1):
                way = ways[sent - 1]
                self._socket.send(snmp_message.encode(way.request, way.version, self._community))
                answer = self._receive(ways[:sent], min(time.monotonic() + wait_s, self._ends_s))
                if answer is not None:
                    check(answer[1], answer[0].request)
                    return answer
        except (ConnectionRefusedError, ConnectionResetError):
            raise ProbeError("snmp.refused") from None
        except OSError as error:
            raise ProbeError(_UNREACHABLE.get(error.errno or 0, "snmp.not_permitted")) from None
        raise ProbeError("snmp.timeout")

    def _receive(self, sent: Sequence[Attempt], until_s: float) -> tuple[Attempt, Reply] | None:
        """Return the answer, or None at the time limit. Answers to something else are passed over."""
        for _ in range(_MAX_STRAYS):
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return None
            self._socket.settimeout(left_s)
            try:
                datagram = self._socket.recv(MAX_REPLY_BYTES + 1)
            except TimeoutError:
                return None
            if len(datagram) > MAX_REPLY_BYTES:
                raise TooBigError
            for way in reversed(sent):
                reply = snmp_message.decode(datagram, way.request, way.version, self._community)
                if reply is not None:
                    return way, reply
        return None


def check(reply: Reply, request: Request) -> None:
    """Refuse a reply that does not fit the request. Raises TooBigError, ProbeError."""
    asked = len(request.names)
    if reply.error_status == _TOO_BIG:
        raise TooBigError
    if reply.error_status not in {0, NO_SUCH_NAME, GEN_ERR}:
        if reply.error_status > _LAST_STATUS:
            raise ProbeError("snmp.malformed")
        raise ProbeError("snmp.error", status=reply.error_status)
    if reply.error_status:
        is_of_bulk = reply.error_index == 0 and request.kind == "bulk"
        is_fit = 1 <= reply.error_index <= asked or is_of_bulk
    elif request.kind == "bulk":  # an agent may send fewer rows than asked for
        most = request.heads + (asked - request.heads) * request.repetitions
        is_fit = min(request.heads + 1, asked) <= len(reply.varbinds) <= most
    else:
        is_fit = len(reply.varbinds) == asked
    if not is_fit:
        raise ProbeError("snmp.malformed")


def _connected(host: str, port: int) -> socket.socket:
    """Return a UDP socket connected to `host`, a name or an address; a name takes the resolver's time."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    except (socket.gaierror, UnicodeError):
        raise ProbeError("printer.host_unknown") from None
    connection = socket.socket(family, kind)
    try:
        connection.connect(address)
    except OSError as error:
        connection.close()
        raise ProbeError(_UNREACHABLE.get(error.errno or 0, "snmp.not_permitted")) from None
    return connection
