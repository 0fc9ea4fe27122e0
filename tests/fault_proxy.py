"""A proxy before a real ticket server that spoils writes by a reproducible random draw.

lost_request: closes without forwarding; lost_reply: the server commits, then closes; error, unavailable,
limited and denied: 500, 503, 429, 401 without forwarding; slow: the server commits, the answer comes too
late; half: the server commits, the answer breaks off. Reads pass. `calm` ends all that.
"""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from ticket_desk import serve

KINDS = ("lost_request", "lost_reply", "error", "unavailable", "limited", "denied", "slow", "half")
_STATUS = {"error": 500, "unavailable": 503, "limited": 429, "denied": 401}
_OWN = {"host", "connection"}
_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}


class FaultProxy(ThreadingHTTPServer):
    """Listens on a free port of 127.0.0.1; `seen` counts what was done to the writes."""

    daemon_threads = True

    def __init__(self, upstream: str, kinds: Sequence[str] = KINDS, seed: int = 1, slow_s: float = 4.0):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.kinds, self.slow_s = tuple(kinds), slow_s
        self.calm = False
        self.is_down = False
        self.seen: Counter[str] = Counter()
        self._chance = random.Random(seed)  # noqa: S311  reproducible
        self._deck: list[str] = []  # drawn from until it is empty, so that no kind stays out
        self._lock = threading.Lock()

    def draw(self, *, is_write: bool) -> str:
        """Return what happens to a request; half of the writes pass, the rest take turns."""
        with self._lock:
            self.seen["reads"] += not is_write
            if self.is_down:
                return "lost_request"
            if self.calm or not is_write:
                return "pass"
            if not self._deck:
                self._deck = [*self.kinds, *("pass",) * len(self.kinds)]
                self._chance.shuffle(self._deck)
            kind = self._deck.pop()
            self.seen[kind] += 1
            return kind


@contextmanager
def proxy(upstream: str, **options: object) -> Iterator[FaultProxy]:
    server = FaultProxy(upstream, **options)  # type: ignore[arg-type]
    end = serve(server)
    try:
        yield server
    finally:
        end()


class _Handler(BaseHTTPRequestHandler):
    server: FaultProxy

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.server.draw(is_write=self.command != "GET")
        self.close_connection = True
        if kind == "lost_request":
            return
        if kind in _STATUS:
            self.send_response(_STATUS[kind])
            self.send_header("Retry-After", "1")
            self.end_headers()
            return
        status, headers, answer = self._forward(body)
        if kind == "slow":
            time.sleep(self.server.slow_s)
        if kind == "lost_reply":
            return
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer[: len(answer) // 2] if kind == "half" else answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  names that http.server wants

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = self.server.upstream
        connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=60)
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}
        }
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        read = answer.status, answer.getheaders(), answer.read()
        connection.close()
        return read

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:  # the client has gone: that is what these tests are about
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""
