"""A small HTTP listener for numbers: GET and HEAD of a few paths, each a function that returns bytes at once.

One thread waits on all sockets, so that nothing runs while nobody asks and a slow client delays nobody. At
most CLIENTS_MAX connections are open; the next one takes the place of the one that has been silent the
longest, and is turned away only while all are being answered.
"""

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeAlias

from agent.exposition import exposure
from agent.exposition.conversation import Conversation
from agent.exposition.exposure import Auth, Tls
from agent.exposition.metrics import CONTENT_TYPE
from agent.exposition.request import Refused, Rules, answer, judge, parse, refusal

CLIENTS_MAX = 8
RETRY_S = 5.0
_BACKLOG = 256  # connections that come at once wait here and not for a second try of TCP
_READ_BYTES = 4096
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
Route: TypeAlias = Callable[[], bytes]
_log = logging.getLogger(__name__)


class Unavailable(Exception):  # noqa: N818  an answer of a route, not an error
    """Raised by a route that has no good answer now; the client gets 503 with this text."""


def health(age_s: Callable[[], float], max_age_s: float) -> Route:
    """Return a route that is well while the age of the core loop's last cycle is at most `max_age_s`."""

    def route() -> bytes:
        age = age_s()
        if age > max_age_s:
            raise Unavailable(f"last cycle {age:.0f} s ago")
        return b"ok\n"

    return route


class Listener:
    """Serves `routes` (path → function) on `listen`. The constructor raises ListenRefused, see exposure.

    A port that is taken is tried again every `retry_s`; `error` says why it does not listen ("" while it
    does). `refused` counts by reason. A route raises Unavailable or nothing.
    """

    def __init__(
        self,
        listen: str,
        routes: Mapping[str, Route],
        *,
        tls: Tls | None = None,
        auth: Auth | None = None,
        extra_hosts: tuple[str, ...] = (),
        retry_s: float = RETRY_S,
    ) -> None:
        self._where = exposure.address(listen)
        exposure.check(self._where, tls, auth)
        self._context = exposure.context(tls) if tls else None
        self._waits = _tls_waits() if tls else {}
        self._is_authorised = exposure.gate(auth)
        self._routes = dict(routes)
        self._extra_hosts = extra_hosts
        self._retry_s = retry_s
        self._clients: dict[socket.socket, Conversation] = {}
        self._server: socket.socket | None = None
        self._is_stopping = False
        self._thread: threading.Thread | None = None
        self.port = self._where.port
        self.error = "not started"
        self.refused: Counter[str] = Counter()

    def start(self) -> None:
        """Listen, or begin to try. Returns at once."""
        self._is_stopping = False
        self._selector = selectors.DefaultSelector()
        self._waker, woken = socket.socketpair()
        self._selector.register(woken, _READ)
        self._woken = woken
        self._open()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close every socket and end the thread, if it was started."""
        self._is_stopping = True
        if self._thread is not None:
            with contextlib.suppress(OSError):  # ended by itself
                self._waker.send(b"x")
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._is_stopping:
                self._turn()
        finally:
            self._close_all()
            self.error = "stopped"

    def _turn(self) -> None:
        """Sleep until a socket or a deadline has something to do, and do it."""
        for key, _ in self._selector.select(self._wait_s()):
            if key.fileobj is self._server:
                self._accept(self._server)
            elif key.fileobj in self._clients:
                self._drive(key.fileobj)
        self._expire()
        if self._server is None and not self._is_stopping:
            self._open()

    def _wait_s(self) -> float | None:
        """Return until when nothing can be due; None: until somebody comes."""
        if self._server is None:
            return self._retry_s
        deadlines = [client.deadline_s for client in self._clients.values()]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _open(self) -> None:
        """Bind, or keep the reason in `error`."""
        try:
            server = bound(self._where)
        except OSError as error:
            self._say(f"{self._where.host} port {self._where.port}: {error.strerror}")
            return
        server.setblocking(False)
        self.port = server.getsockname()[1]
        self._rules = Rules(
            exposure.hosts(self._where, self.port, self._extra_hosts, is_tls=self._context is not None),
            frozenset(self._routes),
            self._is_authorised,
        )
        self._selector.register(server, _READ)
        self._server = server
        self._say("")

    def _say(self, error: str) -> None:
        if error != self.error:
            _log.log(logging.WARNING if error else logging.INFO, "listener: %s", error or "listening")
        self.error = error

    def _accept(self, server: socket.socket) -> None:
        try:
            sock, _ = server.accept()
        except OSError:  # gone already, or no file descriptor left: look again soon, not at once
            time.sleep(0.02)
            return
        if len(self._clients) >= CLIENTS_MAX and not self._make_room():
            self._turn_away(sock)
            return
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                sock = self._context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        except OSError:  # gone already
            sock.close()
            return
        self._clients[sock] = Conversation(self._answer, self.refused, time.monotonic())
        self._selector.register(sock, _READ)
        self._drive(sock)

    def _make_room(self) -> bool:
        """Close the connection that is closest to its deadline; False while all are being answered."""
        waiting = [
            (client.deadline_s, sock) for sock, client in self._clients.items() if client.phase != "reply"
        ]
        if not waiting:
            return False
        _, sock = min(waiting, key=lambda pair: pair[0])
        self.refused["full"] += 1
        self._drop(sock)
        return True

    def _turn_away(self, sock: socket.socket) -> None:
        self.refused["full"] += 1
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            if self._context is None:
                sock.send(refusal("full"))
        sock.close()

    def _drive(self, sock: socket.socket) -> None:
        """Move a connection on until its socket has to wait."""
        client = self._clients[sock]
        wanted = _READ
        try:
            while client.phase != "closed":
                wanted = _WRITE if client.outbox else _READ
                self._step(sock, client)
        except BlockingIOError:
            self._selector.modify(sock, wanted)
        except OSError as error:
            if type(error) in self._waits:
                self._selector.modify(sock, self._waits[type(error)])
            else:
                self._drop(sock)
        else:
            self._drop(sock)

    def _step(self, sock: socket.socket, client: Conversation) -> None:
        if client.outbox:
            client.sent(sock.send(client.outbox), time.monotonic())
            if client.phase == "linger":
                sock.shutdown(socket.SHUT_WR)
        else:
            client.receive(sock.recv(_READ_BYTES), time.monotonic())

    def _expire(self) -> None:
        now_s = time.monotonic()
        for sock, client in list(self._clients.items()):
            if client.deadline_s > now_s:
                continue
            if client.phase in {"head", "reply"}:
                self.refused["slow"] += 1
            self._drop(sock)

    def _drop(self, sock: socket.socket) -> None:
        del self._clients[sock]
        self._selector.unregister(sock)
        sock.close()

    def _close_all(self) -> None:
        for sock in list(self._clients):
            self._drop(sock)
        if self._server is not None:
            self._server.close()
            self._server = None
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def _answer(self, head: bytes, is_last: bool) -> tuple[bytes, bool]:  # noqa: FBT001  see Answer
        """Return the response to a request head and whether the connection may stay."""
        is_head = head.startswith(b"HEAD ")
        try:
            request = parse(head)
            judge(request, self._rules)
            body, status = self._routes[request.path](), "200 OK"
        except Refused as refused:
            self.refused[refused.why] += 1
            return refusal(refused.why, is_head=is_head), False
        except Unavailable as reason:
            body, status = f"{reason}\n".encode(), "503 Service Unavailable"
        stays_open = request.keeps_open and not is_last
        return answer(status, body, CONTENT_TYPE, stays_open=stays_open, is_head=is_head), stays_open


def bound(where: exposure.Address) -> socket.socket:
    """Return a listening socket. Raises OSError."""
    server = socket.socket(socket.AF_INET6 if where.is_v6 else socket.AF_INET)
    try:
        # Lets a restart listen at once; on Windows the same option would let others in beside us.
        option = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        server.setsockopt(socket.SOL_SOCKET, option, 1)
        server.bind((where.host, where.port))
        server.listen(_BACKLOG)
    except OSError:
        server.close()
        raise
    return server


def _tls_waits() -> dict[type[OSError], int]:
    """Return what a TLS socket that has to wait is waiting for."""
    import ssl  # noqa: PLC0415  4 MB, only where TLS is set up

    return {ssl.SSLWantReadError: _READ, ssl.SSLWantWriteError: _WRITE}
