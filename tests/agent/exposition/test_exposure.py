import contextlib
import http.client
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import certificates
import pytest
import rawhttp

from agent.exposition import exposure
from agent.exposition.exposure import Auth, ListenRefused, Tls
from agent.exposition.listener import CLIENTS_MAX, Listener

BODY = b"# a page\n" * 3000
SECRET = "5f2c0a-not-a-real-secret"  # noqa: S105  only in these tests
BEARER = Auth("bearer", lambda: SECRET)
BASIC = Auth("basic", lambda: SECRET, user="prometheus")


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    cert, key = certificates.make(tmp_path_factory.mktemp("tls"))
    return Tls(str(cert), str(key))


@pytest.fixture
def secure(tls: Tls) -> Iterator[Listener]:
    served = Listener("127.0.0.1:0", {"/metrics": lambda: BODY}, tls=tls, auth=BEARER)
    served.start()
    yield served
    served.stop()


def trusting(tls: Tls) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=tls.cert_file)


def scrape(port: int, context: ssl.SSLContext, secret: str = SECRET) -> http.client.HTTPResponse:
    client = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
    client.request("GET", "/metrics", headers={"Authorization": f"Bearer {secret}"})
    return client.getresponse()


@pytest.mark.parametrize(
    ("listen", "is_loopback"),
    [
        ("127.0.0.1:9842", True),
        ("localhost:9842", True),
        ("LOCALHOST:9842", True),
        ("127.8.8.8:1", True),
        ("[::1]:65535", True),
        ("0.0.0.0:9842", False),
        ("[::]:9842", False),
        ("192.168.1.5:9842", False),
        ("[::ffff:127.0.0.1]:9842", False),
        ("[fe80::1]:9842", False),
    ],
)
def test_loopback_is_known(listen: str, is_loopback: bool) -> None:
    assert exposure.address(listen).is_loopback == is_loopback


@pytest.mark.parametrize(
    ("listen", "words"),
    [
        ("", "IP address"),
        (":9842", "IP address"),
        ("9842", "IP address"),
        ("desk.example.cn:9842", "IP address"),
        ("127.1:9842", "IP address"),
        ("127.0.0.1", "IP address"),
        ("::1:9842", "IP address"),
        ("[127.0.0.1]:9842", "IP address"),
        ("*:9842", "IP address"),
        ("unix:/run/x:1", "IP address"),
        ("127.0.0.1:", "port"),
        ("127.0.0.1:http", "port"),
        ("127.0.0.1:65536", "port"),
        ("127.0.0.1:-1", "IP address|port"),
        ("127.0.0.1:９842", "port"),
        ("127.0.0.1:9842/metrics", "port"),
    ],
)
def test_a_bad_address_is_refused_in_one_line(listen: str, words: str) -> None:
    with pytest.raises(ListenRefused, match=words) as refused:
        Listener(listen, {})
    assert "\n" not in str(refused.value)
    assert listen in str(refused.value)


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "192.168.1.5:0", "[::ffff:127.0.0.1]:0"])
def test_others_may_only_read_with_tls_and_a_secret(tls: Tls, listen: str) -> None:
    with pytest.raises(ListenRefused, match="needs a certificate and a secret"):
        Listener(listen, {})
    with pytest.raises(ListenRefused, match="needs a certificate:"):
        Listener(listen, {}, auth=BEARER)
    with pytest.raises(ListenRefused, match="needs a secret:"):
        Listener(listen, {}, tls=tls)
    Listener(listen, {}, tls=tls, auth=BEARER)


def test_a_bad_certificate_is_refused(tls: Tls, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    empty.chmod(0o600)
    for bad in (
        Tls("/nowhere/cert.pem", tls.key_file),
        Tls(tls.cert_file, str(empty)),
        Tls(str(empty), tls.key_file),
    ):
        with pytest.raises(ListenRefused, match=r"\.pem"):
            Listener("127.0.0.1:0", {}, tls=bad)


def test_a_key_of_another_certificate_is_refused(tls: Tls, tmp_path: Path) -> None:
    _, other = certificates.make(tmp_path)
    with pytest.raises(ListenRefused, match=r"key\.pem"):
        Listener("127.0.0.1:0", {}, tls=Tls(tls.cert_file, str(other)))


def test_a_key_that_everyone_may_read_is_refused(tmp_path: Path) -> None:
    cert, key = certificates.make(tmp_path)
    key.chmod(0o644)
    with pytest.raises(ListenRefused, match="every user"):
        Listener("127.0.0.1:0", {}, tls=Tls(str(cert), str(key)))


@pytest.mark.parametrize("secret", ["", "hunter2"])
def test_a_short_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(ListenRefused, match="16 characters") as refused:
        Listener("127.0.0.1:0", {}, auth=Auth("bearer", lambda: secret))
    assert not secret or secret not in str(refused.value)
    assert SECRET not in repr(BASIC)


def basic(user: str, secret: str) -> str:
    return "Basic " + b64encode(f"{user}:{secret}".encode()).decode()


@pytest.mark.parametrize(
    ("auth", "header", "status"),
    [
        (BEARER, f"Bearer {SECRET}", 200),
        (BEARER, f"bearer  {SECRET}", 200),
        (BEARER, None, 401),
        (BEARER, "", 401),
        (BEARER, SECRET, 401),
        (BEARER, "Bearer", 401),
        (BEARER, f"Bearer {SECRET[:-1]}", 401),
        (BEARER, f"Bearer {SECRET}x", 401),
        (BEARER, f"Basic {SECRET}", 401),
        (BEARER, f"Bearer {SECRET}, Bearer x", 401),
        (BEARER, "Bearer \xe9\xff", 401),
        (BASIC, basic("prometheus", SECRET), 200),
        (BASIC, basic("other", SECRET), 401),
        (BASIC, basic("prometheus", "wrong"), 401),
        (BASIC, f"Bearer {SECRET}", 401),
        (None, None, 200),
    ],
)
def test_only_the_secret_opens(auth: Auth | None, header: str | None, status: int) -> None:
    served = Listener("127.0.0.1:0", {"/metrics": lambda: b"page"}, auth=auth)
    served.start()
    try:
        response = rawhttp.ask(served.port, Authorization=header)
    finally:
        served.stop()
    assert response.status == status
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert (b"page" in response.body) == (status == 200)


def test_a_client_that_trusts_the_certificate_gets_the_page(secure: Listener, tls: Tls) -> None:
    response = scrape(secure.port, trusting(tls))
    assert (response.status, response.read()) == (200, BODY)
    assert scrape(secure.port, trusting(tls), "wrong").status == 401
    with pytest.raises(ssl.SSLCertVerificationError):
        scrape(secure.port, ssl.create_default_context())


def test_old_tls_and_no_tls_get_nothing(secure: Listener, tls: Tls) -> None:
    old = trusting(tls)
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match="alert protocol version"):
        scrape(secure.port, old)
    with rawhttp.connect(secure.port) as plain:
        plain.sendall(rawhttp.get(secure.port, Authorization=f"Bearer {SECRET}"))
        with contextlib.suppress(ConnectionResetError):
            assert BODY[:100] not in rawhttp.read_all(plain)
    assert scrape(secure.port, trusting(tls)).status == 200


def test_a_scrape_over_tls_succeeds_beside_silent_handshakes(secure: Listener, tls: Tls) -> None:
    with ExitStack() as stack:
        for number in range(3 * CLIENTS_MAX):
            slow = stack.enter_context(rawhttp.connect(secure.port))
            slow.sendall(b"\x16\x03\x01"[: number % 4])
        began_s = time.monotonic()
        assert scrape(secure.port, trusting(tls)).read() == BODY
        assert time.monotonic() - began_s < 2.0


def test_pipelined_requests_over_tls_are_all_answered(secure: Listener, tls: Tls) -> None:
    """What TLS has read but not yet handed over wakes no selector: the listener must ask for it."""
    sent = rawhttp.get(secure.port, Authorization=f"Bearer {SECRET}")
    with socket.create_connection(("127.0.0.1", secure.port), 10) as plain:
        sock = trusting(tls).wrap_socket(plain, server_hostname="127.0.0.1")
        sock.sendall(sent * 40)
        seen_count = 0
        while seen_count < 40:
            chunk = sock.recv(65_536)
            assert chunk
            seen_count += chunk.count(b"HTTP/1.1 200 OK")


def test_an_address_that_is_not_there_is_tried_again(tls: Tls) -> None:
    served = Listener("192.0.2.1:9842", {}, tls=tls, auth=BEARER, retry_s=0.1)
    served.start()
    try:
        assert served.error == "192.0.2.1 port 9842: Cannot assign requested address"
    finally:
        served.stop()
