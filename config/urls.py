"""Addresses as settings hold them: URLs, hosts and listeners, judged in plain words."""

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

_HOST_LABEL = re.compile(r"^[\w](?:[\w-]{0,61}[\w])?$")  # letters of any script: names may be Chinese
_MAX_HOST = 253
_PORT_MAX = 65535
_KEY_IN_QUERY = re.compile(r"^(key|token|access_?token|secret|sign|sig|api_?key|password)$", re.IGNORECASE)


class Listener(NamedTuple):
    """Where to listen."""

    host: str
    port: int
    is_loopback: bool


def wrong(url: str, schemes: tuple[str, ...], *, may_name_user: bool = False) -> str | None:
    """Say what is wrong with a URL, None where nothing is. The URL is not repeated: it may hold a secret."""
    shape = f"must be {' or '.join(f'{scheme}://HOST…' for scheme in schemes)}"
    parts = _split(url)
    if parts is None or parts.scheme not in schemes or not is_host(parts.hostname or ""):
        return shape
    if parts.password is not None or (parts.username is not None and not may_name_user):
        return "must not hold a user or a password"
    return None


def is_in_clear(url: str) -> bool:
    """Whether an http URL leads off this computer: what is sent there can be read on the way."""
    parts = _split(url)
    if parts is None or parts.scheme != "http":
        return False
    return not _is_loopback(parts.hostname or "")


def has_key_in_query(url: str) -> bool:
    """Whether a query parameter that is a secret by its name is written out instead of "${secret.NAME}"."""
    parts = _split(url)
    pairs = parse_qsl(parts.query) if parts else []
    return any(_KEY_IN_QUERY.match(name) and not value.startswith("${secret.") for name, value in pairs)


def is_host(text: str) -> bool:
    """Whether this is an IP address or a host name, and nothing besides."""
    if is_ip(text):
        return True
    labels = text.removesuffix(".").split(".")
    return len(text) <= _MAX_HOST and all(_HOST_LABEL.match(label) for label in labels)


def is_ip(text: str) -> bool:
    """Whether this is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def listener(text: str) -> Listener | None:
    """Read "127.0.0.1:9842", "[::1]:9842" or "localhost:9842"; None for anything else."""
    host, colon, port = text.rpartition(":")
    is_v6 = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if is_v6 else host
    is_port = port.isascii() and port.isdecimal() and len(port) <= len(str(_PORT_MAX))
    if not (colon and is_port and int(port) <= _PORT_MAX):
        return None
    if host == "localhost":
        return Listener(host, int(port), is_loopback=True)
    if not is_ip(bare) or is_v6 != (":" in bare):
        return None
    return Listener(bare, int(port), _is_loopback(bare))


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (is_ip(host) and ipaddress.ip_address(host).is_loopback)


def _split(url: str) -> SplitResult | None:
    """Take a URL apart; None where it cannot be one (spaces, a port that is no number, broken brackets)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return None if any(letter.isspace() for letter in url) else parts
