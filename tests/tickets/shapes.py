"""A server that holds a conversation: each request must be the next one expected, and gets its answer.

The answers have the shapes that each system's documentation publishes; they are synthetic.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from ticket_desk import serve

from agent.tickets import deliver
from agent.tickets.model import Adapter, Outcome, Row, Target, Ticket
from agent.tickets.outbox import short_key
from agent.tickets.wire import Wire

KEY = "dr1:SN-1:printer.status:PRN_JAM"
SHORT = short_key(KEY)
BASIC = {"Authorization": "Basic dTpz"}  # u:s


ANY = object()  # any body


@dataclass(frozen=True)
class Turn:
    """One request (query decoded, `json` None: none is sent) and its answer."""

    asks: str  # "GET /path?query"
    json: Any = None
    status: int = 200
    answer: Any = None
    headers: dict[str, str] = field(default_factory=dict)  # that the request must have
    sends: dict[str, str] = field(default_factory=dict)  # that the answer has


class ShapeServer(ThreadingHTTPServer):
    """Listens on a free port of 127.0.0.1; `wrong` says what did not go as expected."""

    daemon_threads = True

    def __init__(self, turns: list[Turn]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.turns = list(turns)
        self.wrong: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def shapes(*turns: Turn) -> Iterator[ShapeServer]:
    """Hold a conversation; at the end all of it must have happened."""
    server = ShapeServer(list(turns))
    end = serve(server)
    try:
        yield server
    finally:
        end()
    assert server.wrong == []
    assert server.turns == [], "never asked for"


class _Handler(BaseHTTPRequestHandler):
    server: ShapeServer
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = f"{self.command} {unquote_plus(self.path)}"
        turn = self.server.turns.pop(0) if self.server.turns else Turn("nothing more")
        sent = msgspec.json.decode(body) if body.startswith((b"{", b"[")) else (body or None)
        if asked != turn.asks:
            self.server.wrong.append(f"{asked} instead of {turn.asks}")
        if turn.json is not ANY and sent != turn.json:
            self.server.wrong.append(f"{asked}: {sent!r} instead of {turn.json!r}")
        for name, value in turn.headers.items():
            if self.headers.get(name) != value:
                self.server.wrong.append(f"{asked}: {name}: {self.headers.get(name)!r} instead of {value!r}")
        answer = b"" if turn.answer is None else msgspec.json.encode(turn.answer)
        self.send_response(turn.status)
        for name, value in turn.sends.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  names that http.server wants

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def row(kind: Any = "open", **changes: Any) -> Row:
    own = {
        "note": 1,
        "op": "op-1",
        "kind": kind,
        "key": KEY,
        "short": SHORT,
        "subject": "Jam",
        "text": "a < b\nkey",
    }
    return Row(**{**own, "severity": "stop", **changes})


def done(backend: str, base: str, one: Row, *turns: Turn, **settings: Any) -> Outcome:
    """Deliver one row by a backend that holds this conversation."""
    with shapes(*turns) as server:
        target = Target(
            backend=backend, url=server.url + base, secret=settings.pop("secret", "s"), **settings
        )
        (outcome,) = deliver.deliver(target, (one,))
    return outcome


def seen(adapter: Adapter, base: str, turn: Turn, **settings: Any) -> Ticket:
    """Look at ticket 7."""
    with shapes(turn) as server:
        target = Target(backend=adapter.name, url=server.url + base, secret="s", **settings)  # noqa: S106
        wire = Wire(target)
        try:
            return wire.run(adapter.look(target, "7"))
        finally:
            wire.close()
