"""The one way out: bounded in time and size, to one server only, and nothing of the secret to another."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import certificates
import pytest
import requests

from agent.tickets.model import DeliveryError, Request, Target
from agent.tickets.wire import Wire

SECRET = "canary-4711"  # noqa: S105  looked for in what servers got
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Listener:
    """A raw server: `answer` is called with each connection once it has asked; `got` is all it received."""

    def __init__(
        self, answer: Callable[[socket.socket], None], context: ssl.SSLContext | None = None
    ) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._answer, self._context = answer, context
        self.port = self._socket.getsockname()[1]
        self.got = b""
        self.connections_count = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections_count += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            self.got += connection.recv(65536)
            self._answer(connection)
        except OSError:
            return  # the client has refused
        finally:
            connection.close()

    def close(self) -> None:
        self._socket.close()


Answer: TypeAlias = bytes | Callable[[socket.socket], None]


@contextmanager
def listener(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[Listener]:
    said = answer if callable(answer) else lambda connection: connection.sendall(answer)
    made = Listener(said, context)
    try:
        yield made
    finally:
        made.close()


def ask(
    url: str, *, is_write: bool = False, ca_file: str = "", total_s: float = 5.0, path: str = "x"
) -> DeliveryError | None:
    """Exchange one request with the secret in a header; returns the failure."""
    wire = Wire(Target(backend="redmine", url=url, secret=SECRET, ca_file=ca_file, total_s=total_s))
    request = Request(
        method="POST" if is_write else "GET",
        path=path,
        headers={"X-Redmine-API-Key": SECRET},
        json={"a": 1} if is_write else None,
        is_write=is_write,
    )
    try:
        wire.exchange(request)
    except DeliveryError as failure:
        return failure
    finally:
        wire.close()
    return None


def at(one: Listener, scheme: str = "http", host: str = "127.0.0.1") -> str:
    return f"{scheme}://{host}:{one.port}/"


def outcome(failure: DeliveryError | None) -> tuple[str, str]:
    assert failure is not None
    return failure.outcome, failure.detail


def test_an_expected_answer_passes() -> None:
    with listener(OK) as one:
        assert ask(at(one)) is None
        assert SECRET.encode() in one.got


@pytest.mark.parametrize("is_write", [False, True])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int, is_write: bool) -> None:
    with listener(OK) as other:
        moved = f"HTTP/1.1 {status} Moved\r\nLocation: {at(other)}\r\nContent-Length: 0\r\n\r\n".encode()
        with listener(moved) as one:
            failure = ask(at(one), is_write=is_write)
        assert outcome(failure) == ("ambiguous" if is_write else "not_sent", f"http.{status}")
        assert (other.connections_count, other.got) == (0, b"")


def test_plain_requests_would_have_sent_the_key_on() -> None:
    with listener(OK) as other:
        moved = f"HTTP/1.1 302 Moved\r\nLocation: {at(other)}\r\nContent-Length: 0\r\n\r\n".encode()
        with listener(moved) as one:
            requests.get(at(one), headers={"X-Redmine-API-Key": SECRET}, timeout=5)
        assert SECRET.encode() in other.got


@pytest.mark.parametrize("path", ["http://127.0.0.1:1/x", "https://evil.example/x"])
def test_a_request_stays_on_its_server(path: str) -> None:
    with listener(OK) as one:
        failure = ask(at(one), path=path)
        assert outcome(failure) == ("rejected", "wire.other_server")
        assert one.connections_count == 0


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with listener(OK) as proxy, listener(OK) as one:
        monkeypatch.setenv("http_proxy", at(proxy))
        monkeypatch.setenv("no_proxy", "")
        assert ask(at(one)) is None
        assert proxy.connections_count == 0


@pytest.mark.parametrize(
    ("status", "header", "is_write", "means", "wait_s"),
    [
        (401, "", True, "unauthorised", None),
        (403, "", True, "unauthorised", None),
        (429, "Retry-After: 7", True, "rate_limited", 7.0),
        (429, "", False, "rate_limited", 60.0),
        (429, "Retry-After: 999999999999", False, "rate_limited", 3600.0),
        (429, "Retry-After: soon", False, "rate_limited", 60.0),
        (429, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", False, "rate_limited", 1.0),
        (503, "Retry-After: 9", True, "ambiguous", 9.0),
        (500, "", False, "not_sent", None),
        (502, "", True, "ambiguous", None),
        (408, "", True, "ambiguous", None),
        (404, "", True, "rejected", None),
        (422, "", True, "rejected", None),
        (201, "", True, "ambiguous", None),  # not what was expected: it may have acted
    ],
)
def test_what_a_status_means(
    status: int, header: str, is_write: bool, means: str, wait_s: float | None
) -> None:
    lines = [f"HTTP/1.1 {status} X", *filter(None, [header]), "Content-Length: 0", "", ""]
    with listener("\r\n".join(lines).encode()) as one:
        failure = ask(at(one), is_write=is_write)
    assert outcome(failure) == (means, f"http.{status}")
    assert failure
    assert failure.retry_after_s == wait_s


def trickle(head: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.1)

    return answer


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"HTTP"]
)
@pytest.mark.parametrize("is_write", [False, True])
@pytest.mark.slow
def test_a_trickle_ends_at_the_deadline(head: bytes, is_write: bool) -> None:
    with listener(trickle(head)) as one:
        began_s = time.monotonic()
        failure = ask(at(one), is_write=is_write, total_s=1.0)
        took_s = time.monotonic() - began_s
    assert outcome(failure)[0] == ("ambiguous" if is_write else "not_sent")
    assert took_s < 3.0


@pytest.mark.slow
def test_plain_requests_would_have_waited_for_the_trickle() -> None:
    with listener(trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n")) as one:
        began_s = time.monotonic()
        requests.get(at(one), timeout=1.0)
        assert time.monotonic() - began_s > 2.5


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + b"x" * 90_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 90_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{,}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"[" * 2000,
        b"nonsense\r\n\r\n",
        b"",
    ],
    ids=["too_long", "endless", "half", "no_json", "packed", "deep", "nonsense", "closed"],
)
@pytest.mark.parametrize("is_write", [False, True])
def test_a_broken_answer_is_no_answer(answer: bytes, is_write: bool) -> None:
    with listener(answer) as one:
        assert outcome(ask(at(one), is_write=is_write))[0] == ("ambiguous" if is_write else "not_sent")


def test_a_refused_connection_was_surely_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert outcome(ask(f"http://127.0.0.1:{port}/", is_write=True)) == ("not_sent", "connect.refused")


def test_a_name_that_nobody_knows_was_surely_not_sent() -> None:
    assert outcome(ask("http://no-such-host.invalid/", is_write=True)) == ("not_sent", "connect.refused")


def context_of(folder: Path, name: str = "127.0.0.1", days: int = 2) -> tuple[ssl.SSLContext, str]:
    """Return a server's context and the file of its own certificate; -1 day: it has expired."""
    folder.mkdir()
    cert, key = certificates.make(folder, name)
    if days < 0:
        request = ["openssl", "x509", "-x509toreq", "-in", cert, "-signkey", key, "-out", folder / "request"]
        names = folder / "names"
        names.write_text(f"subjectAltName=IP:{name},DNS:localhost")
        again = ["openssl", "x509", "-req", "-in", folder / "request", "-signkey", key, "-days", str(days)]
        for argv in (request, [*again, "-extfile", names, "-out", cert]):
            subprocess.run(argv, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, str(cert)


def test_a_trusted_certificate_passes(tmp_path: Path) -> None:
    context, cert = context_of(tmp_path / "a")
    with listener(OK, context) as one:
        assert ask(at(one, "https"), ca_file=cert) is None


@pytest.mark.parametrize("case", ["self_signed", "wrong_host", "expired", "other_authority"])
@pytest.mark.parametrize("is_write", [False, True])
def test_a_wrong_certificate_gets_nothing(tmp_path: Path, case: str, is_write: bool) -> None:
    names = {"wrong_host": "127.0.0.2"}
    context, cert = context_of(tmp_path / "a", names.get(case, "127.0.0.1"), -1 if case == "expired" else 2)
    _, other = context_of(tmp_path / "b")
    trusted = {"self_signed": "", "other_authority": other}.get(case, cert)
    with listener(OK, context) as one:
        failure = ask(at(one, "https"), is_write=is_write, ca_file=trusted)
        time.sleep(0.1)
        assert outcome(failure) == ("not_sent", "tls.refused")
        assert (one.connections_count, one.got) == (1, b"")


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
def test_without_the_check_the_impostor_gets_the_key(tmp_path: Path) -> None:
    context, _ = context_of(tmp_path / "a")
    with listener(OK, context) as one:
        requests.get(at(one, "https"), headers={"X-Redmine-API-Key": SECRET}, verify=False, timeout=5)  # noqa: S501
        assert SECRET.encode() in one.got


def test_a_server_without_tls_gets_nothing_readable() -> None:
    with listener(OK) as one:
        assert outcome(ask(at(one, "https")))[0] == "not_sent"
        assert SECRET.encode() not in one.got


def test_a_ca_file_that_is_missing_sends_nothing(tmp_path: Path) -> None:
    context, _ = context_of(tmp_path / "a")
    with listener(OK, context) as one:
        assert outcome(ask(at(one, "https"), ca_file=str(tmp_path / "none.pem")))[0] == "not_sent"
        assert one.connections_count == 0
