"""A company system that does what the test says: login, a query, and every way in which both can fail."""

import contextlib
import gzip
import json
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from config.devices import Expect, Step, Transaction

GOOD = {"code": 0, "data": [{"no": "TEST-0001", "kind": "理赔"}]}
LOGIN_PAGE = '<form action="/login">请重新登录</form>'


class Company(ThreadingHTTPServer):
    """`mode` says how the query answers; `seen` is what came: (method, path, form or header)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.mode = "ok"
        self.seen: list[tuple[str, str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Pages(BaseHTTPRequestHandler):
    server: Company

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append(("POST", self.path, form))
        is_right = parse_qs(form).get("pw") == ["测试 & pass"]
        if self.server.mode == "login_500":
            return self._say(500, "")
        if not is_right or self.server.mode == "refused":
            return self._say(401 if self.server.mode != "soft_refused" else 200, '{"message": "密码错误"}')
        if self.server.mode == "soft_refused":
            return self._say(200, '{"code": 1}')
        return self._say(200, json.dumps({"token": "tok/1 2"}), ("Set-Cookie", "session=abc; Path=/"))

    def do_GET(self) -> None:
        self.server.seen.append(("GET", self.path, self.headers.get("Authorization", "")))
        has_session = "session=abc" in self.headers.get("Cookie", "")
        getattr(self, f"_{self.server.mode}", self._ok)() if has_session else self._say(403, "")

    def _ok(self) -> None:
        self._say(200, json.dumps(GOOD))

    def _slow(self) -> None:
        time.sleep(0.3)
        self._ok()

    def _very_slow(self) -> None:
        time.sleep(5)
        self._ok()

    def _error_page(self) -> None:
        self._say(200, "<h1>系统异常，请联系管理员</h1>" + json.dumps(GOOD))

    def _escaped_error(self) -> None:
        self._say(200, json.dumps({**GOOD, "message": "系统异常"}))

    def _html_error(self) -> None:
        self._say(200, "".join(f"&#{ord(one)};" for one in "系统异常"))

    def _empty(self) -> None:
        self._say(200, json.dumps({"code": 0, "data": []}))

    def _login_page(self) -> None:
        self._say(200, LOGIN_PAGE)

    def _error_500(self) -> None:
        self._say(500, json.dumps(GOOD))

    def _redirect_home(self) -> None:
        self._say(302, "", ("Location", "/again")) if self.path != "/again" else self._ok()

    def _redirect_away(self) -> None:
        self._say(302, "", ("Location", "http://localhost:9/evil"))

    def _redirect_circle(self) -> None:
        self._say(302, "", ("Location", self.path))

    def _bomb(self) -> None:
        self._raw(gzip.compress(b"\0" * 200_000_000, 1), ("Content-Encoding", "gzip"))

    def _gzip(self) -> None:
        self._raw(gzip.compress(json.dumps(GOOD).encode()), ("Content-Encoding", "gzip"))

    def _gbk(self) -> None:
        self._raw(json.dumps(GOOD, ensure_ascii=False).encode("gb18030"))

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"x" * 65536)

    def _slow_loris(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(1000):
                self.wfile.write(b"x")
                time.sleep(0.05)

    def _cut(self) -> None:
        self.close_connection = True

    def _deep(self) -> None:
        self._say(200, "[" * 100_000)

    def _say(self, status: int, text: str, *headers: tuple[str, str]) -> None:
        self._raw(text.encode(), *headers, status=status)

    def _raw(self, body: bytes, *headers: tuple[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def company(certificate: Path | None = None) -> Iterator[Company]:
    """Serve on the loopback, with TLS where a certificate and key in one file are given."""
    server = Company()
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def claims(url: str, settings_file: Path, within: str = "5s", warn_within: str | None = None) -> Transaction:
    """The transaction of the notes: log in, keep the token, look a claim up."""
    login = Step(
        name="登录",
        post="/login",
        form={"user": "desk", "pw": "${secret.core-pw}"},
        expect=Expect(within="5s", json=("type(token) == 'string'",)),
        save={"token": "json:token"},
    )
    query = Step(
        name="查询赔案",
        get="/claims?no=TEST-0001&t=${token}",
        header={"Authorization": "Bearer ${token}"},
        expect=Expect(
            within=within,
            warn_within=warn_within,
            contains=("理赔",),
            not_contains=("系统异常", "请重新登录"),
            json=("code == `0`", "length(data) > `0`"),
        ),
    )
    return Transaction(
        id="claims-query",
        title="理赔查询",
        base_url=url,
        step=(login, query),
        settings_file=str(settings_file),
    )


def with_secret(folder: Path, value: str = "测试 & pass") -> Path:
    """Write the test account's password where the settings' secrets lie; returns the settings' file."""
    (folder / "secrets").mkdir()
    file = folder / "secrets/core-pw"
    file.write_text(value)
    file.chmod(0o600)
    return folder / "deskready.toml"
