"""One bounded GET or POST: time, bytes and trust are limited.

Source: `http.client`, `ssl` (loaded at the first use: some megabytes). Redirects are not followed,
proxy variables are not read, and a certificate that does not verify is a failure.
"""

import io
import os
import socket
import time
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias
from urllib.parse import SplitResult, urlsplit

import msgspec

from checks.io import dns
from checks.model import ProbeError

if TYPE_CHECKING:
    import ssl

    from _typeshed import WriteableBuffer

Why: TypeAlias = Literal[
    "name", "refused", "timeout", "unreachable", "closed", "not_http",
    "tls", "tls_expired", "tls_untrusted", "tls_other_host",
]  # fmt: skip

MAX_BODY_BYTES = 64 * 1024
_MAX_BYTES = 2 * MAX_BODY_BYTES  # headers and framing included
_TRUST_S = 3600.0
_MAX_TRUSTS = 16  # files of certificates that settings name, and the OS's
_PORTS = {"http": 80, "https": 443}
VERIFY_CODES: dict[int, Why] = {  # openssl-verification-options(1), X509_V_ERR_*
    10: "tls_expired",
    18: "tls_untrusted",
    19: "tls_untrusted",
    20: "tls_untrusted",
    21: "tls_untrusted",
    62: "tls_other_host",
    64: "tls_other_host",
}


class Reply(msgspec.Struct, frozen=True):
    """An answer. `took_s` is the time until its headers were in; `body` at most 64 KiB."""

    status: int
    location: str
    body: bytes
    took_s: float
    tls_days_left: float | None


class Post(msgspec.Struct, frozen=True):
    """What to send. `path` is a Unix socket to send it to, "" the host of the URL.

    `trusts_any`: the certificate is not looked at, as devices without a name make their own.
    """

    body: bytes
    content_type: str
    path: str = ""
    trusts_any: bool = False


class _Trust(NamedTuple):
    """Trusted certificates, ready for use, with the age of their file and when they were read."""

    context: "ssl.SSLContext"
    changed_ns: int
    read_s: float


_trusts: dict[str, _Trust] = {}


class Failure(Exception):  # noqa: N818  the other end failed, which is a finding, no error of ours
    """The page did not open; `why` is from a closed set."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


def get(url: str, *, timeout_s: float, ca_file: str = "") -> Reply:
    """Open `url` once; everything from the name to the last byte of the body ends within `timeout_s`.

    `ca_file` replaces the OS's trusted certificates. Raises Failure where the page does not open;
    ProbeError "http.bad_url", "http.ca_unreadable", "tool.missing" where we could not look.
    """
    parts = _parts(url)
    trust = _trust(ca_file) if parts.scheme == "https" else None
    return _open(parts, _request(parts, None), None, trust, time.monotonic() + timeout_s)


def post(url: str, post: Post, *, timeout_s: float) -> Reply:
    """Send `post` to `url`; as `get` otherwise."""
    parts = _parts(url)
    trust = None
    if parts.scheme == "https":
        trust = _any_trust() if post.trusts_any else _trust("")
    return _open(parts, _request(parts, post), post, trust, time.monotonic() + timeout_s)


def _open(
    parts: SplitResult, request: bytes, post: Post | None, trust: "ssl.SSLContext | None", deadline_s: float
) -> Reply:
    host = str(parts.hostname)
    method = "POST" if post else "GET"
    started_s = time.monotonic()
    try:
        with _connect(
            host, parts.port or _PORTS[parts.scheme], post.path if post else "", deadline_s
        ) as plain:
            if trust is None:
                return _exchange(plain, request, method, started_s, deadline_s)
            with _secure(plain, trust, host, deadline_s) as wire:
                reply = _exchange(wire, request, method, started_s, deadline_s)
                return msgspec.structs.replace(reply, tls_days_left=_days_left(wire))
    except TimeoutError:
        raise Failure("timeout") from None
    except OSError:  # reset, closed, unreachable; ssl.SSLError is one too
        raise Failure("closed") from None


def _parts(url: str) -> SplitResult:
    is_plain = url.isascii() and url.isprintable() and " " not in url
    try:
        parts = urlsplit(url)
        is_usable = is_plain and parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or parts.username is not None:
        raise ProbeError("http.bad_url")
    return parts


def _trust(ca_file: str) -> "ssl.SSLContext":
    """Return what to trust: read when the file has changed, the OS's certificates once an hour.

    To read those costs 30 ms of CPU and 2 MB each time, more than all that a check does besides.
    """
    import ssl  # noqa: PLC0415  megabytes, only for desks with a page to check

    try:
        changed_ns = os.stat(ca_file).st_mtime_ns if ca_file else 0  # noqa: PTH116  once a run
        kept = _trusts.get(ca_file)
        if kept is None or kept.changed_ns != changed_ns or time.monotonic() - kept.read_s > _TRUST_S:
            context = ssl.create_default_context(cafile=ca_file or None)
            kept = _Trust(context, changed_ns, time.monotonic())
    except OSError:  # missing, or no certificates in it
        raise ProbeError("http.ca_unreadable") from None
    if ca_file not in _trusts and len(_trusts) >= _MAX_TRUSTS:
        _trusts.clear()
    _trusts[ca_file] = kept
    return kept.context


def _any_trust() -> "ssl.SSLContext":
    import ssl  # noqa: PLC0415  as in _trust

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _connect(host: str, port: int, path: str, deadline_s: float) -> socket.socket:
    """Connect to the first address that answers; each gets its share of the time that is left."""
    if path:
        return _connect_here(path, deadline_s)
    addresses = dns.addresses_of(host, timeout_s=_left(deadline_s))
    if not addresses:
        raise Failure("name")
    why: Why = "timeout"
    for index, address in enumerate(addresses):
        share_s = _left(deadline_s) / (len(addresses) - index)
        try:
            return socket.create_connection((address, port), timeout=share_s)
        except ConnectionRefusedError:
            why = "refused"
        except TimeoutError:
            why = "timeout"
        except OSError:
            why = "unreachable"
    raise Failure(why)


def _connect_here(path: str, deadline_s: float) -> socket.socket:
    here = socket.socket(socket.AF_UNIX)
    here.settimeout(_left(deadline_s))
    try:
        here.connect(path)
    except OSError:
        here.close()
        raise Failure("refused") from None
    return here


def _secure(plain: socket.socket, trust: "ssl.SSLContext", host: str, deadline_s: float) -> "ssl.SSLSocket":
    import ssl  # noqa: PLC0415  as in _trust

    plain.settimeout(_left(deadline_s))
    try:
        return trust.wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise Failure(VERIFY_CODES.get(error.verify_code, "tls")) from None
    except ssl.SSLError:
        raise Failure("tls") from None


def _days_left(wire: "ssl.SSLSocket") -> float | None:
    import ssl  # noqa: PLC0415  as in _trust

    ends = (wire.getpeercert() or {}).get("notAfter")
    return (ssl.cert_time_to_seconds(ends) - time.time()) / 86400 if isinstance(ends, str) else None


def _request(parts: SplitResult, post: Post | None) -> bytes:
    """Return the bytes to send."""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{'POST' if post else 'GET'} {path} HTTP/1.1", f"Host: {parts.netloc}", "User-Agent: deskready"]
    if post:
        lines += [f"Content-Type: {post.content_type}", f"Content-Length: {len(post.body)}"]
    lines += ["Accept: */*", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("ascii") + (post.body if post else b"")


def _exchange(wire: socket.socket, request: bytes, method: str, started_s: float, deadline_s: float) -> Reply:
    import http.client  # noqa: PLC0415  as in _trust

    wire.settimeout(_left(deadline_s))
    wire.sendall(request)
    response = http.client.HTTPResponse(_Timed(wire, deadline_s), method=method)  # type: ignore[arg-type]
    try:
        response.begin()
        took_s = time.monotonic() - started_s
        body = response.read(MAX_BODY_BYTES)
    except (http.client.RemoteDisconnected, http.client.IncompleteRead):
        raise Failure("closed") from None
    except (http.client.HTTPException, ValueError):
        raise Failure("not_http") from None
    finally:
        response.close()
    return Reply(response.status, response.getheader("Location") or "", body, took_s, None)


def _left(deadline_s: float) -> float:
    """Return the seconds left. Raises Failure "timeout" where there are none."""
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise Failure("timeout")
    return left_s


class _Timed:
    """A socket as `HTTPResponse` wants it: something to make a file of."""

    def __init__(self, wire: socket.socket, deadline_s: float) -> None:
        self._stream = _Stream(wire, deadline_s)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the reading side."""
        return io.BufferedReader(self._stream)


class _Stream(io.RawIOBase):
    """Reads a socket; every wait is cut to what is left of the deadline, and the bytes are counted."""

    def __init__(self, wire: socket.socket, deadline_s: float) -> None:
        self._wire = wire
        self._deadline_s = deadline_s
        self._left_bytes = _MAX_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        if self._left_bytes <= 0:
            raise Failure("not_http")
        self._wire.settimeout(_left(self._deadline_s))
        got_bytes = self._wire.recv_into(buffer)
        self._left_bytes -= got_bytes
        return got_bytes
