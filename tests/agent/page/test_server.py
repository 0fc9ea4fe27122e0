"""The page's listener: a port that is taken, slow and many clients, start and stop."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import rawhttp
from glance_desk import Faces, faces
from page_desk import FORM, Served, port_of, served

from agent.exposition.exposure import ListenRefused
from agent.page import server as servers
from agent.page.app import App
from agent.page.server import PageServer


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as page:
        yield page


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Faces]:
    with faces(tmp_path) as desk:
        yield desk


def until(holds: Callable[[], object], within_s: float = 30.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s, "did not come to hold in time"
        time.sleep(0.02)


def up(server: PageServer) -> float:
    (sample,) = server.samples()
    return float(sample.value)


@pytest.mark.parametrize("listen", ["0.0.0.0:9843", "192.0.2.1:9843", "[::]:9843"])
def test_only_loopback_is_served(desk: Faces, listen: str) -> None:
    with pytest.raises(ListenRefused):
        PageServer(listen, App(desk.station), desk.station.tokens)


def test_a_taken_port_is_tried_again_and_costs_no_thread(
    desk: Faces, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = PageServer(f"127.0.0.1:{port}", App(desk.station), desk.station.tokens, retry_s=0.05)
        server.start()
        until(lambda: "in use" in server.error)
        threads = threading.active_count()
        time.sleep(0.5)  # ten tries
        assert threading.active_count() <= threads
        assert (up(server), desk.station.tokens.address) == (0.0, "")
    until(lambda: not server.error)
    assert up(server) == 1.0
    assert rawhttp.ask(port_of(desk), "/").status == 200
    server.stop()
    assert (server.error, desk.station.tokens.address) == ("stopped", "")
    assert caplog.text.count("in use") == 1


def test_stop_ends_every_thread_and_frees_the_port(desk: Faces) -> None:
    before = threading.active_count()
    for _ in range(3):
        server = PageServer("127.0.0.1:0", App(desk.station), desk.station.tokens)
        server.start()
        with rawhttp.connect(port_of(desk)):
            server.stop()
    until(lambda: threading.active_count() <= before)


def test_on_ipv6_too(desk: Faces) -> None:
    server = PageServer("[::1]:0", App(desk.station), desk.station.tokens)
    server.start()
    port = port_of(desk)
    with socket.create_connection(("::1", port), 20) as sock:
        code = desk.station.tokens.code(os.geteuid())
        body = f"code={code}"
        head = f"POST /enter HTTP/1.1\r\nHost: [::1]:{port}\r\nContent-Type: {FORM}\r\n"
        sock.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        assert rawhttp.read_one(sock).status == 200
    server.stop()


@pytest.mark.parametrize("drip", [b"X: y\r\n", b""], ids=["steadily", "silent"])
def test_a_request_that_never_ends_is_cut_off(
    page: Served, monkeypatch: pytest.MonkeyPatch, drip: bytes
) -> None:
    monkeypatch.setattr(servers, "REQUEST_MAX_S", 1.0)
    with rawhttp.connect(page.port, 60) as sock:
        sock.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n".encode())
        assert closes(sock, drip, 40.0)


def test_without_the_limit_a_drip_stays(page: Served) -> None:
    with rawhttp.connect(page.port, 60) as sock:
        sock.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n".encode())
        assert not closes(sock, b"X: y\r\n", 3.0)


def closes(sock: socket.socket, drip: bytes, within_s: float) -> bool:
    """Whether the server closes the connection, while a byte comes now and then."""
    deadline_s = time.monotonic() + within_s
    sock.settimeout(0.2)
    while time.monotonic() < deadline_s:
        try:
            sock.sendall(drip)
            if sock.recv(4096) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def test_many_connections_are_bounded_and_the_page_comes_back(page: Served) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(servers.CONNECTIONS_MAX * 2):
            stack.enter_context(rawhttp.connect(page.port, 30))
        time.sleep(0.2)
    assert rawhttp.ask(page.port, "/").status == 200
