"""The page's listener: waitress on loopback, in threads of its own, with bounds on everything that comes in.

A port that is taken is tried again; the daemon goes on meanwhile, and says so in its log and metrics.
"""

import logging
import threading
import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, create_server
from waitress.task import WSGITask

from agent.exposition import exposure
from agent.exposition.listener import bound
from agent.page import peer
from agent.page.app import PEER_UID, App
from agent.page.guard import hosts
from agent.page.tokens import Tokens
from agent.station import Station
from checks.model import Sample

BODY_MAX_BYTES = 65_536
HEAD_MAX_BYTES = 16_384
REQUEST_MAX_S = 10.0  # from a request's first byte to its last
CONNECTIONS_MAX = 32  # as waitress counts: its listener and its trigger are two of them
THREADS = 3
RETRY_S = 5.0
_IDLE_S = 15  # a connection that asks for nothing; a page that is looked at asks every second
_TURN_S = 5.0  # how often silent connections are looked for
log = logging.getLogger(__name__)


def page_of(station: Station) -> "PageServer | None":
    """Return the page's listener, which is not started yet; None where the settings switch it off."""
    own = station.settings.page
    return PageServer(own.listen, App(station), station.tokens) if own.enabled else None


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """A request that knows its connection's user."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        return environ | {PEER_UID: lambda: self.channel.peer_uid}


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection that closes when a request takes too long to come, however steadily it drips."""

    task_class = _Task

    @cached_property
    def peer_uid(self) -> int | None:
        """The user at the other end: looked up once, for the kernel takes milliseconds to say it."""
        host, port = self.addr[:2]
        return peer.uid(host, port, self.socket.getsockname()[1])

    def received(self, data: bytes) -> bool:
        now_s = time.monotonic()
        if self.request is None:
            self._began_s = now_s
        elif now_s - self._began_s > REQUEST_MAX_S:
            self.will_close = True
            return False
        return bool(super().received(data))


class PageServer:
    """Serves `app` on `listen`. The constructor raises ListenRefused for anything but loopback.

    `error` says why it does not listen ("" while it does).
    """

    def __init__(self, listen: str, app: App, tokens: Tokens, retry_s: float = RETRY_S) -> None:
        self._where = exposure.address(listen)
        if not self._where.is_loopback:
            raise exposure.ListenRefused(f"[page] listen: {self._where.host} is not a loopback address")
        self.refused = app.refused
        self._app = app
        self._tokens = tokens
        self._retry_s = retry_s
        self._is_stopping = threading.Event()
        self._pulling = threading.Lock()
        self._server: TcpWSGIServer | None = None
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)
        self.error = "not started"

    def start(self) -> None:
        """Listen, or begin to try. Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and end the threads, if it was started."""
        if not self._thread.is_alive():
            return
        self._is_stopping.set()
        server = self._server
        if server is not None:
            with self._pulling:
                server.trigger.pull_trigger(lambda: self._close(server))
        self._thread.join()

    def samples(self) -> Iterator[Sample]:
        """Yield whether the page is served."""
        yield Sample("deskready_page_up", not self.error)

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                server = self._bound()
            except OSError as error:
                self._say(f"{self._where.host} port {self._where.port}: {error.strerror}")
                self._is_stopping.wait(self._retry_s)
                continue
            self._serve(server)
        self._say("stopped")

    def _bound(self) -> TcpWSGIServer:
        """Return a server that listens. Raises OSError."""
        server = create_server(
            self._app,
            sockets=[bound(self._where)],  # before waitress starts its threads, which it would not end
            ident=None,
            threads=THREADS,
            connection_limit=CONNECTIONS_MAX,
            max_request_body_size=BODY_MAX_BYTES,
            max_request_header_size=HEAD_MAX_BYTES,
            inbuf_overflow=BODY_MAX_BYTES * 2,  # bodies stay in memory, and are never that long
            channel_timeout=_IDLE_S,
            cleanup_interval=_TURN_S,
            asyncore_loop_timeout=_TURN_S,
            asyncore_use_poll=True,
            log_socket_errors=False,
            expose_tracebacks=False,
            clear_untrusted_proxy_headers=True,
        )
        server.channel_class = _Channel
        return server

    def _serve(self, server: TcpWSGIServer) -> None:
        port = server.socket.getsockname()[1]
        self._app.hosts = hosts(self._where.host, port)
        self._tokens.address = f"http://{min(self._app.hosts)}"
        self._server = server
        self._say("")
        try:
            if self._is_stopping.is_set():
                self._close(server)
            server.run()
        finally:
            self._server = None
            self._tokens.address = ""
            server.task_dispatcher.shutdown(timeout=_TURN_S)

    def _close(self, server: TcpWSGIServer) -> None:
        """Close everything, in the server's own thread: its loop then ends.

        Not before the trigger that woke the thread has been let go, for it is closed as well.
        """
        with self._pulling:
            for channel in list(server.active_channels.values()):
                channel.handle_close()
            server.close()

    def _say(self, error: str) -> None:
        if error != self.error:
            level = logging.INFO if error in {"", "stopped"} else logging.WARNING
            log.log(level, "page: %s", error or f"listening on {self._tokens.address}")
        self.error = error
