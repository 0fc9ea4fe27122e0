"""The page over HTTP, byte by byte: what it answers to whom, and that it says nothing to anybody else."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import rawhttp
from glance_desk import FRONT
from page_desk import FORM, Served, served

from agent.page import guard, peer, render, routes, static
from agent.page.routes import ROUTES

NOBODY = 65534
ME = os.geteuid()
ASK = r"""
import encodings.idna, os, socket, sys
port, token, uid = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
os.setuid(uid)
sock = socket.create_connection(("127.0.0.1", port), 20)
sock.sendall(f"GET /today HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-DeskReady-Token: {token}\r\n\r\n".encode())
print(sock.recv(4096).split()[1].decode())
"""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as page:
        yield page


def test_every_view_needs_the_token_and_every_path_refuses_alike(page: Served) -> None:
    bodies = set()
    for path in [*(re.sub(r"\{\w+\}", "x", path) for _method, path in ROUTES), "/nothing", "/static/../x"]:
        for method in ("GET", "POST"):
            got = (
                page.get(path)
                if method == "GET"
                else page.post(path, {"token": "x" * 43, "lang": "zh"}, token="y" * 43)
            )
            assert got.status == 401, path
            bodies.add(got.body)
    assert len(bodies) == 1
    assert page.server.refused["token"] > 10


def test_with_the_token_they_answer(page: Served) -> None:
    token = page.enter(ME)
    assert page.get("/today", token).status == 200
    assert page.get("/nothing", token).status == 404
    assert page.post("/today", {"token": token}).status == 200
    head = page.get("/today", token, "HEAD")
    assert (head.status, head.body) == (200, b"")


def test_what_is_public_holds_no_data(page: Served) -> None:
    page.desk.jam()
    private = page.get("/today", page.enter(ME)).body.decode()
    assert "desk-07" in private
    for path in ["/", *static.PATHS]:
        got = page.get(path)
        assert got.status == 200
        for word in (b"desk-07", b"sh-1", b"front", "前台".encode(), "已检查".encode()):
            assert word not in got.body, path


def test_every_answer_carries_the_safety_headers(page: Served) -> None:
    token = page.enter(ME)
    answers = [
        page.get("/"),
        page.get("/today"),
        page.get("/today", token),
        page.get("/nothing", token),
        page.get("/static/app.js"),
        page.get("/today", token, Host="evil.test"),
        page.get("/today", token, "OPTIONS"),
    ]
    for got in answers:
        for name, value in guard.HEADERS:
            assert got.headers[name.lower()] == value
        assert not [
            name for name in got.headers if name.startswith("access-control-") or name == "set-cookie"
        ]
        assert "server" not in got.headers


def test_a_wrong_host_origin_or_site_is_refused_even_with_the_token(page: Served) -> None:
    token = page.enter(ME)
    assert page.get("/today", token, Host="evil.test").status == 421
    assert page.get("/today", token, Host=None).status == 421
    assert page.post("/today", {}, token, Origin="http://127.0.0.1:1").status == 403
    assert page.get("/today", token, Sec_Fetch_Site="cross-site").status == 403
    assert page.get("/", None, Sec_Fetch_Site="cross-site").status == 403
    assert page.post("/today", {}, token, Content_Type="text/plain").status == 415
    assert page.get("/today", token, "DELETE").status == 405
    assert dict(page.server.refused) == {"host": 2, "cross_site": 3, "type": 1, "method": 1}


@pytest.mark.root
def test_another_user_with_the_very_token_sees_nothing(page: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    token = page.enter(0)

    def ask_as(uid: int) -> str:
        argv = [sys.executable, "-I", "-c", ASK, str(page.port), token, str(uid)]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout.strip()

    assert ask_as(0) == "200"
    assert ask_as(NOBODY) == "401"
    monkeypatch.setattr(peer, "uid", lambda *_ends: None)  # without the look at the peer
    assert ask_as(NOBODY) == "200"


def test_a_used_or_foreign_code_is_refused_and_says_so(page: Served) -> None:
    code = page.tokens.code(ME)
    assert page.post("/enter", {"code": code}).status == 200
    again = page.post("/enter", {"code": code})
    assert again.status == 401
    assert "已失效".encode() in again.body
    assert page.post("/enter", {"code": page.tokens.code(ME + 1)}).status == 401


def test_without_a_script_the_token_travels_in_the_forms(page: Served) -> None:
    first = page.post("/enter", {"code": page.tokens.code(ME), "lang": "en"}).body.decode()
    (token,) = set(re.findall(r'name="token" value="([^"]+)"', first))
    assert 'hx-get="/today"' not in first
    second = page.post("/progress", {"token": token, "lang": "en"})
    assert second.status == 200
    assert b'<html lang="en">' in second.body
    assert token.encode() in second.body


def test_with_a_script_the_token_is_in_no_document(page: Served) -> None:
    token = page.enter(ME)
    for path in ("/today", "/progress", "/light", "/nothing"):
        assert token.encode() not in page.get(path, token).body


def test_an_unchanged_view_is_not_sent_again(page: Served) -> None:
    token = page.enter(ME)
    etag = page.get("/light", token).headers["etag"]
    again = page.get("/light", token, If_None_Match=etag)
    assert (again.status, again.body) == (304, b"")
    page.desk.jam()
    assert page.get("/light", token, If_None_Match=etag).status == 200


def test_a_part_is_sent_where_a_part_is_asked(page: Served) -> None:
    token = page.enter(ME)
    part = page.get("/today", token, HX_Request="true", HX_Request_Type="partial").body
    assert b"<html" not in part
    assert b"<h1>" in part


def test_words_of_a_form_are_words(page: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a device or a person calls itself is never markup, wherever it is shown."""
    seen = []
    real = ROUTES["GET", "/today"]
    monkeypatch.setitem(
        routes.ROUTES,  # type: ignore[arg-type]
        ("GET", "/today"),
        type(real)(lambda station, asked: seen.append(asked) or real.show(station, asked)),
    )
    page.post("/today", {"note": "a\x00b\x1b\r\n前台", "token": page.enter(ME)})
    assert seen[0].form["note"] == "ab\n前台"


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}'


def test_what_a_device_calls_itself_is_text_in_every_view(page: Served) -> None:
    page.desk.all_good()
    for _ in range(3):
        page.desk.see(FRONT, "PRN_JAM", facts={"model": HOSTILE, "alerts": [{"description": HOSTILE}]})
    (incident,) = [one.id for one in page.desk.station.incidents.open_ones() if one.identity[2] == "PRN_JAM"]
    places = {"incident": incident, "device": "printer:front", "check": "printer.status"}
    token, shown = page.enter(ME), []
    for method, path in ROUTES:
        if method == "GET" and "{ref}" not in path:  # a case says nothing of devices
            got = page.get(path.format(**places), token)
            assert got.status in {200, 409}, path  # 409: there is no report of an open incident
            assert b"<script>alert" not in got.body, path
            assert b"<img src=x" not in got.body, path
            shown += [path] * (b"&lt;script&gt;alert" in got.body)
    assert "/explain/{check}/{device}" in shown, "the name does come through somewhere"


def test_another_language_asks_for_the_view_and_not_for_the_deed_again(page: Served) -> None:
    shown = page.post("/check-now", {"token": page.enter(ME)}).body.decode()
    assert re.search(r'id="language"[^>]* action="/today"', shown)


def test_a_hostile_name_is_text() -> None:
    shown = render.door("zh", HOSTILE).decode()
    assert "<script>alert" not in shown
    assert "<img" not in shown
    assert "{{ 7*7 }}" in shown


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /today HTTP/1.1\r\nHost: {host}\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (
            b"GET / HTTP/1.1\r\nHost: {host}\r\n"
            + b"".join(b"X%d: y\r\n" % n for n in range(3000))
            + b"\r\n",
            431,
        ),
        (b"POST /enter HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST /enter HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /enter HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST /enter HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: {host}\r\nBad Header: x\r\n\r\n", 400),
        (b"GET /\rX HTTP/1.1\r\nHost: {host}\r\n\r\n", 400),
        (b"GET /%0d%0aX:y HTTP/1.1\r\nHost: {host}\r\n\r\n", 400),
    ],
)
def test_bad_bytes_are_refused_in_time(page: Served, sent: bytes, status: int) -> None:
    with rawhttp.connect(page.port, 30) as sock:
        sock.sendall(sent.replace(b"{host}", f"127.0.0.1:{page.port}".encode()))
        assert rawhttp.read_one(sock).status == status
    assert page.get("/").status == 200


def test_a_chunked_body_is_bounded_too(page: Served) -> None:
    with rawhttp.connect(page.port, 30) as sock:
        sock.sendall(
            rawhttp.get(page.port, "/enter", "POST", Transfer_Encoding="chunked", Content_Type=FORM)
            + (b"2000\r\n" + b"x" * 0x2000 + b"\r\n") * 16
        )
        assert rawhttp.read_one(sock).status == 413


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/app.js/",
        "/static/%00",
        "/static/htmx.LICENSE",
    ],
)
def test_no_path_reaches_a_file_that_is_not_in_the_table(page: Served, path: str) -> None:
    assert page.get(path).status in {400, 401}
    assert page.get(path, page.enter(ME)).status in {400, 404}
