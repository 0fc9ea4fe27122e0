import contextlib
import re
import time
from collections.abc import Iterator

import pytest
import rawhttp
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.exposition import conversation, request
from agent.exposition.listener import Listener
from agent.exposition.request import HEAD_MAX_BYTES, Refused, Rules, judge, parse

BODY = b"# a page\n" * 3000


@pytest.fixture
def served() -> Iterator[Listener]:
    listener = Listener(
        "127.0.0.1:0", {"/metrics": lambda: BODY}, extra_hosts=("desk.example.cn", "Grafana.example.cn:3000")
    )
    listener.start()
    yield listener
    listener.stop()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get"])
def test_other_methods_are_told_what_is_allowed(served: Listener, method: str) -> None:
    response = rawhttp.ask(served.port, method=method)
    assert (response.status, response.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/", "/metrics/", "/Metrics", "/../metrics", "/%6detrics", "/metrics;x"])
def test_other_paths_do_not_exist(served: Listener, path: str) -> None:
    assert rawhttp.ask(served.port, path).status == 404


def test_a_query_is_ignored(served: Listener) -> None:
    assert rawhttp.ask(served.port, "/metrics?collect[]=x").status == 200


# The matrix of Syncthing's host check, with the port that a browser always sends.
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("LocalHost:{port}", 200),
        ("[::1]:{port}", 200),
        ("desk.example.cn:{port}", 200),
        ("grafana.example.cn:3000", 200),
        ("grafana.example.cn:{port}", 403),
        ("localhost", 403),
        ("localhost:80", 403),
        ("localhost.:{port}", 403),
        ("127.0.0.1.:{port}", 403),
        ("evil.example:{port}", 403),
        ("127.0.0.1.evil.example:{port}", 403),
        ("localhost.evil.example:{port}", 403),
        ("evil.example@localhost:{port}", 403),
        ("0.0.0.0:{port}", 403),
        ("127.1:{port}", 403),
        ("[::ffff:127.0.0.1]:{port}", 403),
        ("localhost:{port}, evil.example", 403),
        ("", 403),
        (None, 403),
    ],
)
def test_only_our_own_names_are_served(served: Listener, host: str | None, status: int) -> None:
    said = None if host is None else host.format(port=served.port)
    assert rawhttp.ask(served.port, Host=said).status == status


def test_two_hosts_are_no_host(served: Listener) -> None:
    sent = rawhttp.get(served.port).replace(b"\r\n\r\n", b"\r\nHost: evil.example\r\n\r\n")
    assert [response.status for response in rawhttp.exchange(served.port, sent)] == [403]
    assert served.refused == {"host": 1}


@pytest.mark.parametrize(
    ("site", "status"),
    [("cross-site", 403), ("none", 200), ("same-origin", 200), ("same-site", 200), (None, 200)],
)
def test_a_foreign_web_page_gets_nothing(served: Listener, site: str | None, status: int) -> None:
    assert rawhttp.ask(served.port, Sec_Fetch_Site=site).status == status


@pytest.mark.parametrize("header", ["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: x"])
def test_a_request_with_a_body_is_refused_and_ends_the_connection(served: Listener, header: str) -> None:
    smuggled = rawhttp.get(served.port)
    sent = rawhttp.get(served.port).replace(b"\r\n\r\n", f"\r\n{header}\r\n\r\n".encode()) + smuggled
    assert [response.status for response in rawhttp.exchange(served.port, sent)] == [413]


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /metrics\r\n\r\n",
        b"GET  /metrics HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1 \r\n\r\n",
        b"GET http://localhost/metrics HTTP/1.1\r\n\r\n",
        b"GET * HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nX: a\x00b\r\n\r\n",
        b"GET /metrics HTTP/1.1\nHost: x\n\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\xff" * 100 + b"\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(served: Listener, sent: bytes) -> None:
    assert [response.status for response in rawhttp.exchange(served.port, sent)] == [400]
    assert rawhttp.ask(served.port).status == 200


@pytest.mark.parametrize("version", ["HTTP/0.9", "HTTP/2.0", "HTTP/9.9"])
def test_other_versions_are_refused(served: Listener, version: str) -> None:
    sent = rawhttp.get(served.port).replace(b"HTTP/1.1", version.encode())
    assert [response.status for response in rawhttp.exchange(served.port, sent)] == [505]


def test_the_old_version_closes_unless_asked(served: Listener) -> None:
    old = rawhttp.get(served.port).replace(b"HTTP/1.1", b"HTTP/1.0")
    assert len(rawhttp.exchange(served.port, old + old)) == 1
    kept = old.replace(b"\r\n\r\n", b"\r\nConnection: Keep-Alive\r\n\r\n")
    assert [response.headers["connection"] for response in rawhttp.exchange(served.port, kept + old)] == [
        "keep-alive",
        "close",
    ]


@pytest.mark.parametrize(
    "bomb",
    [
        b"X: " + b"a" * 20_000 + b"\r\n",
        b"X: y\r\n" * 20_000,
        b"X:" + b" " * 8_000 + b"\x01\r\n",
        b"X" * 20_000,
        b"X" * 1_000_000,
    ],
)
def test_a_header_bomb_is_refused_at_once(served: Listener, bomb: bytes) -> None:
    sent = b"GET /metrics HTTP/1.1\r\n" + bomb + b"\r\n\r\n"

    began_s = time.monotonic()
    with rawhttp.connect(served.port) as sock:
        try:
            sock.sendall(sent)
            assert rawhttp.read_one(sock).status in {400, 431}
        except (ConnectionResetError, BrokenPipeError):
            assert len(sent) > conversation.LINGER_MAX_BYTES
    assert time.monotonic() - began_s < 1.0
    assert sum(served.refused.values()) == 1
    assert rawhttp.ask(served.port).status == 200


@settings(max_examples=500, deadline=500)
@given(
    st.binary(max_size=HEAD_MAX_BYTES)
    | st.text("GET /metricsHTTP1.: \r\n\t\x00hostHost", max_size=500).map(str.encode)
)
def test_no_bytes_do_more_than_be_refused(head: bytes) -> None:
    with contextlib.suppress(Refused):
        judge(parse(head), Rules({"localhost:1"}, {"/metrics"}, lambda _: True))


def test_a_field_pattern_that_backtracks_would_take_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trimming blanks inside the pattern, as one first writes it, is cubic in their number."""
    bomb = b"GET / HTTP/1.1\r\nX:" + b" " * 600 + b"\x01"

    def took_s() -> float:
        began_s = time.perf_counter()
        with pytest.raises(Refused):
            parse(bomb)
        return time.perf_counter() - began_s

    quick_s = took_s()
    monkeypatch.setattr(request, "_FIELD", re.compile(r"([A-Z]+):[ \t]*([\t -~]*?)[ \t]*"))
    assert took_s() > 50 * quick_s
