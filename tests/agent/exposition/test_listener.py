import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import rawhttp

from agent.exposition import conversation
from agent.exposition.listener import CLIENTS_MAX, Listener, Route, health
from agent.exposition.metrics import CONTENT_TYPE

BODY = b"# a page\n" * 3000
BIG = b"x" * 16_000_000  # more than the sockets of a connection hold
Start = Callable[..., Listener]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(
            listen: str = "127.0.0.1:0", routes: dict[str, Route] | None = None, **more: object
        ) -> Listener:
            served = Listener(listen, routes or {"/metrics": lambda: BODY}, **more)  # type: ignore[arg-type]
            served.start()
            stack.callback(served.stop)
            return served

        yield begin


def until(is_so: Callable[[], bool], timeout_s: float = 5.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def timed(call: Callable[[], object]) -> float:
    began_s = time.monotonic()
    call()
    return time.monotonic() - began_s


def footprint() -> tuple[int, int]:
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def test_a_real_client_gets_the_page_and_stays_connected(start: Start) -> None:
    served = start()
    client = http.client.HTTPConnection("127.0.0.1", served.port)
    for _ in range(3):
        client.request("GET", "/metrics")
        response = client.getresponse()
        assert (response.status, response.read()) == (200, BODY)
        assert response.headers["Content-Type"] == CONTENT_TYPE
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in response.headers
    client.close()


def test_head_has_the_length_and_no_body(start: Start) -> None:
    served = start()
    [response] = rawhttp.exchange(served.port, rawhttp.get(served.port, method="HEAD"))
    assert (response.status, response.headers["content-length"], response.body) == (200, str(len(BODY)), b"")


def test_pipelined_requests_are_answered_in_order(start: Start) -> None:
    served = start(routes={"/a": lambda: b"a", "/b": lambda: b"b"})
    sent = b"".join(rawhttp.get(served.port, path) for path in ("/a", "/b", "/a", "/a"))
    assert [response.body for response in rawhttp.exchange(served.port, sent)] == [b"a", b"b", b"a", b"a"]


def test_a_connection_ends_after_so_many_requests(start: Start) -> None:
    served = start(routes={"/a": lambda: b"a"})
    sent = rawhttp.get(served.port, "/a") * (conversation.REQUESTS_MAX + 20)
    got = rawhttp.exchange(served.port, sent)
    assert len(got) == conversation.REQUESTS_MAX
    assert [response.headers["connection"] for response in got[-2:]] == ["keep-alive", "close"]


def test_a_request_byte_by_byte_is_understood(start: Start) -> None:
    served = start()
    with rawhttp.connect(served.port) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in rawhttp.get(served.port):
            sock.sendall(bytes([byte]))
        assert rawhttp.read_one(sock).body == BODY


def test_health_follows_the_age_of_the_core_loop(start: Start) -> None:
    age_s = [1.0]
    served = start(routes={"/healthz": health(lambda: age_s[0], max_age_s=30.0)})
    assert rawhttp.ask(served.port, "/healthz").status == 200
    age_s[0] = 31.0
    response = rawhttp.ask(served.port, "/healthz")
    assert (response.status, response.body) == (503, b"last cycle 31 s ago\n")


def test_a_scrape_succeeds_beside_two_hundred_slow_clients(start: Start) -> None:
    served = start()
    with ExitStack() as stack:
        for number in range(200):
            slow = stack.enter_context(rawhttp.connect(served.port))
            slow.sendall(b"GET /metrics HTTP/1.1\r\nX: " + bytes([48 + number % 10]))
            if number % 20 == 0:
                took_s = timed(lambda: rawhttp.ask(served.port))
                assert took_s < 1.0
        assert rawhttp.ask(served.port).body == BODY
    assert served.refused["full"] >= 200 - CLIENTS_MAX


def test_without_making_room_slow_clients_shut_the_scrape_out(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listener, "_make_room", lambda _self: False)
    served = start()
    with ExitStack() as stack:
        for _ in range(CLIENTS_MAX):
            stack.enter_context(rawhttp.connect(served.port)).sendall(b"GET")
        until(lambda: len(served._clients) == CLIENTS_MAX)
        assert rawhttp.ask(served.port).status == 503


def test_no_more_than_eight_connections_are_open(start: Start) -> None:
    served = start(routes={"/big": lambda: BIG, "/metrics": lambda: BODY})
    with ExitStack() as stack:
        readers = [stack.enter_context(rawhttp.connect(served.port)) for _ in range(CLIENTS_MAX)]
        for reader in readers:
            reader.sendall(rawhttp.get(served.port, "/big"))
        until(lambda: [client.phase for client in served._clients.values()] == ["reply"] * CLIENTS_MAX)
        assert rawhttp.ask(served.port).status == 503
        assert len(served._clients) == CLIENTS_MAX
        assert rawhttp.read_one(readers[0]).body == BIG  # nobody who is being answered was cut off
        assert rawhttp.ask(served.port).status == 200


def test_slow_clients_are_closed_in_time(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "HEAD_S", 0.3)
    monkeypatch.setattr(conversation, "REPLY_S", 0.3)
    monkeypatch.setattr(conversation, "IDLE_S", 0.3)
    served = start(routes={"/big": lambda: BIG, "/metrics": lambda: BODY})
    with (
        rawhttp.connect(served.port) as silent,
        rawhttp.connect(served.port) as drip,
        rawhttp.connect(served.port) as idle,
    ):
        idle.sendall(rawhttp.get(served.port))
        rawhttp.read_one(idle)
        began_s = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for byte in b"GET /metrics HTTP/1.1\r\n" * 5:  # a byte now and then buys no more time
                drip.sendall(bytes([byte]))
                time.sleep(0.01)
        assert all(rawhttp.is_closed_within(sock, 2.0) for sock in (silent, drip, idle))
        assert time.monotonic() - began_s < 2.0
    with rawhttp.connect(served.port) as deaf:
        deaf.sendall(rawhttp.get(served.port, "/big"))
        until(lambda: served.refused["slow"] == 3)


def test_a_port_in_use_is_tried_again_and_shown(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        served = start(f"127.0.0.1:{port}", retry_s=0.1)
        assert "in use" in served.error
        assert str(port) in served.error
    until(lambda: served.error == "")
    assert rawhttp.ask(port).status == 200


def test_stopping_frees_port_descriptors_and_threads() -> None:
    before = footprint()
    port = 0
    for _ in range(20):
        served = Listener(f"127.0.0.1:{port}", {"/metrics": lambda: BODY})
        served.start()
        port = served.port
        with rawhttp.connect(port) as idle:
            idle.sendall(rawhttp.get(port))
            rawhttp.read_one(idle)
            served.stop()
        assert served.error == "stopped"
    assert footprint() == before
    Listener("127.0.0.1:0", {}).stop()  # never started


def test_two_hundred_connections_leave_nothing_behind(start: Start) -> None:
    served = start()
    before = footprint()
    for number in range(200):
        with rawhttp.connect(served.port) as sock:
            sock.sendall([b"", b"GET", rawhttp.get(served.port), b"\x00\r\n\r\n"][number % 4])
    until(lambda: footprint() == before)
    assert rawhttp.ask(served.port).status == 200


def test_nothing_runs_while_nobody_asks(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    served = start()
    turns: list[float] = []
    turn = Listener._turn

    def counted(self: Listener) -> None:
        turn(self)
        turns.append(time.monotonic())

    monkeypatch.setattr(Listener, "_turn", counted)
    rawhttp.ask(served.port)
    until(lambda: not served._clients)
    time.sleep(0.1)
    turns.clear()
    time.sleep(1.0)
    assert turns == []
    rawhttp.ask(served.port)
    until(lambda: bool(turns))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_route_that_breaks_its_word_ends_the_listener_where_it_can_be_seen(start: Start) -> None:
    def broken() -> bytes:
        raise ZeroDivisionError

    served = start(routes={"/metrics": broken})
    with rawhttp.connect(served.port) as sock:
        sock.sendall(rawhttp.get(served.port))
        assert rawhttp.is_closed_within(sock, 2.0)
    until(lambda: served.error == "stopped")
    with pytest.raises(ConnectionRefusedError):
        rawhttp.connect(served.port)
