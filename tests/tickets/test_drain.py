"""After an outage the real children empty the outbox in order: into a server that speaks Redmine's shapes,
and into a real Redmine.

How many notes: DESKREADY_TICKET_ROWS (500, and 40 for the real one; docs/tickets.md says what was measured).
"""

import os
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
import ticket_desk
from ticket_desk import TicketDesk, note, serve
from tickets.servers import Site, free_port

from agent.tickets import outbox
from agent.tickets.outbox import Note

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
ROWS = int(os.environ.get("DESKREADY_TICKET_ROWS", "500"))
REAL_ROWS = int(os.environ.get("DESKREADY_TICKET_ROWS", "40"))
DRAIN_S = 300.0
REAL_DRAIN_S = 3000.0  # a real one answers in its own time; the figure is what is printed


class SmallRedmine(ThreadingHTTPServer):
    """Issues in memory; only what the adapter asks for. Notes are kept by issue."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.keys: list[str] = []
        self.notes: list[int] = []


class _Handler(BaseHTTPRequestHandler):
    server: SmallRedmine
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path.startswith("/users/current"):
            return self._say(200, {"user": {"id": 1}})
        if number := re.match(r"/issues/(\d+)\.json", self.path):
            return self._say(200, {"issue": self._issue(int(number[1]))})
        wanted = self.path.rpartition("cf_1=")[2]
        found = [i for i, key in enumerate(self.server.keys) if key.replace(":", "%3A") == wanted]
        return self._say(200, {"issues": [self._issue(number) for number in found]})

    def do_POST(self) -> None:
        issue = self._read()["issue"]
        self.server.keys.append(issue["custom_fields"][0]["value"])
        self.server.notes.append(0)
        self._say(201, {"issue": self._issue(len(self.server.keys) - 1)})

    def do_PUT(self) -> None:
        self._read()
        self.server.notes[int(self.path.split("/")[2].partition(".")[0])] += 1
        self._say(204, None)

    def _issue(self, number: int) -> dict[str, Any]:
        field = {"id": 1, "value": self.server.keys[number]}
        return {"id": number, "status": {"is_closed": False}, "custom_fields": [field]}

    def _read(self) -> Any:
        return msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"])))

    def _say(self, status: int, tree: Any) -> None:
        body = b"" if tree is None else msgspec.json.encode(tree)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_outbox_is_emptied_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    wanted = ticket_desk.settings(
        "redmine",
        f"http://127.0.0.1:{port}",
        project="it",
        key_field="1",
        secret="secret:ticket",  # noqa: S106
    )
    some = lives(ROWS)
    with ticket_desk.desk(tmp_path, wanted, secret="s") as desk:  # noqa: S106
        desk.put(*some)
        desk.sender.turn()
        assert desk.sender.problems() == {"redmine": "connect.refused"}
        server = SmallRedmine(port)
        end = serve(server)
        time.sleep(1.1)
        took_s = drained_in_s(desk, DRAIN_S)
        end()
    with capsys.disabled():
        print(f"\n{ROWS} notes drained by real children in {took_s:.1f} s")
    assert server.keys == [one.key for one in some[::2]]
    assert server.notes == [1] * (ROWS // 2)


def test_a_real_redmine_takes_it_all(
    redmine: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ticket_desk.settings(
        "redmine", redmine.url, project=redmine.project, key_field=redmine.key_field
    )
    some = lives(REAL_ROWS, f"{tmp_path.parent.name}-")
    with ticket_desk.desk(tmp_path, wanted, secret=redmine.secret) as desk:
        desk.put(*some)
        took_s = drained_in_s(desk, REAL_DRAIN_S)
        numbers = [int(desk.remote(one.incident).remote_id) for one in some[::2]]
        assert {state for *_, state in desk.states()} == {"delivered"}
    with capsys.disabled():
        print(f"\n{REAL_ROWS} notes drained into a real Redmine in {took_s:.1f} s")
    assert numbers == sorted(set(numbers))  # one ticket each, filed in order


def lives(count: int, before: str = "") -> list[Note]:
    """Return notes of incidents that each have a ticket and then a comment."""
    return [
        note(f"{before}I{number // 2:05d}", "comment" if number % 2 else "open") for number in range(count)
    ]


def drained_in_s(desk: TicketDesk, within_s: float) -> float:
    """Turn until nothing waits; returns the seconds that it took."""
    began_s = time.monotonic()
    while any(one.state == "pending" for one in outbox.depth(desk.store)):
        time.sleep(min(desk.sender.turn(), 0.5))
        assert time.monotonic() - began_s < within_s, outbox.depth(desk.store)
    return time.monotonic() - began_s
