"""Where a listener may listen: loopback as it is, anywhere else only with TLS and a secret."""

import base64
import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    import ssl

SECRET_MIN_CHARS = 16
_PORT_MAX = 65535
_OTHERS_MAY_USE = 0o007


class ListenRefused(Exception):  # noqa: N818  refused by a rule of ours; the message says which
    """The settings ask for a listener that must not be; the message is one line for who wrote them."""


class Address(msgspec.Struct, frozen=True):
    """Where to listen. `port` 0 takes a free one."""

    host: str  # an IP address
    port: int
    is_loopback: bool
    is_v6: bool


class Tls(msgspec.Struct, frozen=True):
    """Certificate chain and private key, PEM."""

    cert_file: str
    key_file: str


class Auth(msgspec.Struct, frozen=True):
    """What a client must show: "Bearer SECRET", or user and secret as Basic. `secret` looks it up."""

    kind: Literal["bearer", "basic"]
    secret: Callable[[], str]
    user: str = ""


def address(text: str) -> Address:
    """Read "127.0.0.1:9842", "[::1]:9842" or "localhost:9842". Raises ListenRefused."""
    host, colon, port = text.rpartition(":")
    host = "127.0.0.1" if host.lower() == "localhost" else host
    is_v6 = host.startswith("[") and host.endswith("]")
    try:
        ip = ipaddress.IPv6Address(host[1:-1]) if is_v6 else ipaddress.IPv4Address(host)
    except ValueError:
        raise ListenRefused(
            f'listen = "{text}": give an IP address and a port, as in "127.0.0.1:9842"'
        ) from None
    if not (colon and port.isascii() and port.isdecimal() and int(port) <= _PORT_MAX):
        raise ListenRefused(f'listen = "{text}": the port is a number from 1 to {_PORT_MAX}')
    return Address(str(ip), int(port), ip.is_loopback, is_v6)


def check(where: Address, tls: Tls | None, auth: Auth | None) -> None:
    """Raise ListenRefused where others on the network could read without TLS or without a secret."""
    missing = [name for name, value in (("a certificate", tls), ("a secret", auth)) if value is None]
    if missing and not where.is_loopback:
        raise ListenRefused(
            f"listening on {where.host} needs {' and '.join(missing)}: only loopback does not"
        )


def context(tls: Tls) -> "ssl.SSLContext":
    """Load certificate and key, TLS 1.2 or newer. Raises ListenRefused."""
    import ssl  # noqa: PLC0415  4 MB, only where TLS is set up

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if Path(tls.key_file).stat().st_mode & _OTHERS_MAY_USE:
            raise ListenRefused(f"{tls.key_file}: every user of this computer may use this private key")
        made.load_cert_chain(tls.cert_file, tls.key_file)
    except OSError as error:
        raise ListenRefused(f"{tls.cert_file}, {tls.key_file}: {error.strerror or error}") from None
    return made


def gate(auth: Auth | None) -> Callable[[str], bool]:
    """Return what judges the Authorization header of a request. Raises ListenRefused for a weak secret."""
    if auth is None:
        return lambda _header: True
    import hmac  # noqa: PLC0415  4 MB, only where a secret is set up

    secret = auth.secret()
    if len(secret) < SECRET_MIN_CHARS:
        raise ListenRefused(f"the secret of the listener is shorter than {SECRET_MIN_CHARS} characters")
    shown = secret.encode() if auth.kind == "bearer" else base64.b64encode(f"{auth.user}:{secret}".encode())

    def is_authorised(header: str) -> bool:
        scheme, _, credentials = header.partition(" ")
        is_same = hmac.compare_digest(credentials.strip().encode("latin-1", "replace"), shown)
        return is_same and scheme.lower() == auth.kind

    return is_authorised


def hosts(where: Address, port: int, extra: tuple[str, ...], *, is_tls: bool) -> frozenset[str]:
    """Return the Host headers that mean this listener; `extra` are names, with or without a port."""
    literal = f"[{where.host}]" if where.is_v6 else where.host
    names = {"127.0.0.1", "localhost", "[::1]", literal, *(name.lower() for name in extra)}
    known = {name if _has_port(name) else f"{name}:{port}" for name in names}
    if port == (443 if is_tls else 80):  # a client leaves out the port that the scheme implies
        known |= names
    return frozenset(known)


def _has_port(name: str) -> bool:
    return name.rpartition(":")[2].isdecimal() and not name.endswith("]")
