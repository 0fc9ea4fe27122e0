"""The page of a real station on a free port of loopback, asked with exactly the bytes a test wants."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import rawhttp
from glance_desk import Faces, faces
from rawhttp import Response

from agent.page.app import App
from agent.page.server import PageServer

FORM = "application/x-www-form-urlencoded"


class Served:
    """A page that is served; `token` is one that root holds."""

    def __init__(self, desk: Faces, server: PageServer, port: int) -> None:
        self.desk, self.server, self.port = desk, server, port
        self.tokens = desk.station.tokens

    def enter(self, uid: int) -> str:
        """Return a token as the page gives it for a new code of a user, who is the one that asks."""
        got = self.post("/enter", {"code": self.tokens.code(uid)}, Accept="application/json")
        assert got.status == 200, got.body
        return str(json.loads(got.body)["token"])

    def get(
        self, path: str, token: str | None = None, method: str = "GET", **headers: str | None
    ) -> Response:
        return rawhttp.ask(self.port, path, method, X_DeskReady_Token=token, **headers)

    def post(
        self, path: str, form: dict[str, str], token: str | None = None, **headers: str | None
    ) -> Response:
        body = urlencode(form).encode()
        fields = {
            "Content_Type": FORM,
            "Content_Length": str(len(body)),
            "X_DeskReady_Token": token,
            **headers,
        }
        with rawhttp.connect(self.port) as sock:
            sock.sendall(rawhttp.get(self.port, path, "POST", **fields) + body)
            return rawhttp.read_one(sock)


@contextmanager
def served(state_dir: Path) -> Iterator[Served]:
    """Serve the page of a station whose results are made by hand."""
    with faces(state_dir) as desk:
        server = PageServer("127.0.0.1:0", App(desk.station), desk.station.tokens)
        server.start()
        try:
            yield Served(desk, server, port_of(desk))
        finally:
            server.stop()


def port_of(desk: Faces, within_s: float = 20.0) -> int:
    """Wait until the page listens and return its port."""
    deadline_s = time.monotonic() + within_s
    while not desk.station.tokens.address:
        assert time.monotonic() < deadline_s, "the page does not listen"
        time.sleep(0.01)
    return int(desk.station.tokens.address.rpartition(":")[2])
