"""SNMP v1 and v2c as a client: GET, and tables by GETBULK (GETNEXT under v1).

This file owns the socket and the distrust: the socket is connected, so that the kernel drops replies from
other addresses; request ids are random; a datagram is measured before it is decoded; what was not asked
for is no answer, and walks are bounded and must go forward.
"""

import errno
import os
import socket
import time
from collections.abc import Sequence
from typing import Final, Self

from checks.io import snmp_message
from checks.io.snmp_message import Kind, Oid, Reply, Request, Value, Varbind
from checks.model import ProbeError

TRY_S: Final = 0.75
TRIES: Final = 2
SESSION_S: Final = 4.0
MAX_REPLY_BYTES: Final = 2048
MAX_ROWS: Final = 64
_MAX_STRAYS = 64  # datagrams that answer something else, before a try counts as unanswered
_MAX_REQUESTS = 96
_MAX_NAMES = 40  # in one GET: about 900 bytes of integers
_TOO_BIG, _NO_SUCH_NAME, _GEN_ERR = 1, 2, 5  # error-status, RFC 3416 section 3
_LAST_STATUS = 18  # inconsistentName
_UNREACHABLE = {errno.EHOSTUNREACH: "snmp.unreachable", errno.ENETUNREACH: "network.no_route"}


class _TooBigError(Exception):
    """The reply does not fit: ask for less."""


class Session:
    """A short conversation with one agent; use it with `with`. Not for two threads at once.

    Every call raises ProbeError: "printer.host_unknown" (the name has no address), "network.no_route",
    "snmp.unreachable", "snmp.refused" (the host says that nothing listens), "snmp.timeout" (two tries of
    0.75 s, or 4 s in all), "snmp.malformed" (a reply that breaks the protocol or its bounds),
    "snmp.too_big" or "snmp.error" (the agent's own error, with its status).
    """

    def __init__(self, host: str, port: int, version: str, community: str) -> None:
        self._version = snmp_message.VERSIONS[version]
        self._community = community.encode()
        self._names_per_get = _MAX_NAMES
        self._socket = _connected(host, port)
        self._ends_s = time.monotonic() + SESSION_S
        self.request_count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def get(self, names: Sequence[Oid]) -> dict[Oid, Value]:
        """Read single instances. What the agent does not have is None."""
        found: dict[Oid, Value] = {}
        waiting = list(names)
        while waiting:
            batch = waiting[: self._names_per_get]
            try:
                reply = self._ask("get", batch)
            except _TooBigError:
                self._names_per_get = _halved(len(batch))
                continue
            if reply.error_status:
                found[batch[reply.error_index - 1]] = None
                waiting.remove(batch[reply.error_index - 1])
                continue
            if [name for name, _ in reply.varbinds] != batch:
                raise ProbeError("snmp.malformed")
            found.update(reply.varbinds)
            waiting = waiting[len(batch) :]
        return found

    def table(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = (), rows: int = MAX_ROWS, per_reply: int = 6
    ) -> dict[Oid, Value]:
        """Walk `columns` side by side, at most `rows` rows of each, and the first instance of `scalars`.

        Returns what lies under the names asked for, by full name; a column without rows gives nothing.
        """
        cells: dict[Oid, Value] = {}
        heads = list(scalars)
        last = {column: column for column in columns}
        taken = 0
        while (heads or last) and taken < rows:
            names = [*heads, *last.values()]
            repetitions = min(per_reply, rows - taken) if self._version else 1
            try:
                reply = self._ask("bulk" if self._version else "next", names, len(heads), repetitions)
            except _TooBigError:
                per_reply = _halved(per_reply)
                continue
            if reply.error_status:
                is_end = reply.error_status == _NO_SUCH_NAME
                _leave_out(names[reply.error_index - 1], heads, last, is_end=is_end)
                continue
            cells |= _under(reply.varbinds, heads)
            cells |= _advance(reply.varbinds[len(heads) :], last)
            taken += max(1, (len(reply.varbinds) - len(heads)) // (len(names) - len(heads) or 1))
            heads.clear()
        return cells

    def _ask(self, kind: Kind, names: Sequence[Oid], heads: int = 0, repetitions: int = 1) -> Reply:
        """Send one request and return its answer, checked. Raises _TooBigError, ProbeError."""
        self.request_count += 1
        if self.request_count > _MAX_REQUESTS:
            raise ProbeError("snmp.malformed")
        request = Request(kind, _random_id(), names, heads, repetitions)
        reply = self._exchange(request)
        _check(reply, request)
        return reply

    def _exchange(self, request: Request) -> Reply:
        """Send, wait, send once more; with the same request id a late first answer still counts."""
        datagram = snmp_message.encode(request, self._version, self._community)
        try:
            for _ in range(TRIES):
                self._socket.send(datagram)
                reply = self._receive(request, min(time.monotonic() + TRY_S, self._ends_s))
                if reply is not None:
                    return reply
        except (ConnectionRefusedError, ConnectionResetError):
            raise ProbeError("snmp.refused") from None
        except OSError as error:
            raise ProbeError(_UNREACHABLE.get(error.errno or 0, "snmp.not_permitted")) from None
        raise ProbeError("snmp.timeout")

    def _receive(self, request: Request, until_s: float) -> Reply | None:
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
                raise _TooBigError
            reply = snmp_message.decode(datagram, request, self._version, self._community)
            if reply is not None:
                return reply
        return None


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


def _random_id() -> int:
    """Return 31 random bits, from the kernel: the `secrets` module would load all of OpenSSL for them."""
    return int.from_bytes(os.urandom(4), "big") >> 1


def _check(reply: Reply, request: Request) -> None:
    """Refuse a reply that does not fit the request."""
    asked = len(request.names)
    if reply.error_status == _TOO_BIG:
        raise _TooBigError
    if reply.error_status not in {0, _NO_SUCH_NAME, _GEN_ERR}:
        if reply.error_status > _LAST_STATUS:
            raise ProbeError("snmp.malformed")
        raise ProbeError("snmp.error", status=reply.error_status)
    if reply.error_status:
        is_fit = 1 <= reply.error_index <= asked
    elif request.kind == "bulk":  # an agent may send fewer rows than asked for
        most = request.heads + (asked - request.heads) * request.repetitions
        is_fit = min(request.heads + 1, asked) <= len(reply.varbinds) <= most
    else:
        is_fit = len(reply.varbinds) == asked
    if not is_fit:
        raise ProbeError("snmp.malformed")


def _leave_out(name: Oid, heads: list[Oid], last: dict[Oid, Oid], *, is_end: bool) -> None:
    """Drop the name that the agent cannot go on from; where nothing follows it, also all beyond it."""
    heads[:] = [head for head in heads if head < name or (head != name and not is_end)]
    for column, at in tuple(last.items()):
        if at == name or (is_end and at > name):
            del last[column]


def _under(varbinds: Sequence[Varbind], heads: Sequence[Oid]) -> dict[Oid, Value]:
    pairs = zip(varbinds, heads, strict=False)
    return {name: value for (name, value), head in pairs if name[: len(head)] == head and value is not None}


def _advance(varbinds: Sequence[Varbind], last: dict[Oid, Oid]) -> dict[Oid, Value]:
    """Take rows in; move `last` on and remove from it each column that has ended."""
    cells: dict[Oid, Value] = {}
    columns = tuple(last)
    for place, (name, value) in enumerate(varbinds):
        column = columns[place % len(columns)]
        if column not in last:
            continue
        if value is None or name[: len(column)] != column:
            del last[column]
        elif name <= last[column]:
            raise ProbeError("snmp.malformed")
        else:
            cells[name] = value
            last[column] = name
    return cells


def _halved(count: int) -> int:
    if count <= 1:
        raise ProbeError("snmp.too_big")
    return count // 2
