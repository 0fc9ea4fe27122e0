"""One bounded DNS question over UDP to a name server of the OS, and the OS's own resolver in a child.

Source: RFC 1035 §4 (messages), RFC 3596 (AAAA), RFC 5452 (what a reply must match), resolv.conf(5),
getent(1). TCP is not used: a truncated answer is an answer.
"""

import ipaddress
import secrets
import socket
import struct
import time
from pathlib import Path

import msgspec

from checks.io import tool
from checks.model import ProbeError

A, NS, AAAA = 1, 2, 28  # RFC 1035 §3.2.2, RFC 3596
NO_ERROR, NAME_ERROR = 0, 3  # RFC 1035 §4.1.1
_IN = 1
_HEADER = struct.Struct("!HHHHHH")  # id, flags, counts of questions, answers, authorities, additionals
_RECORD = struct.Struct("!HHIH")  # type, class, ttl, length; after the owner's name
_QR, _TC, _RD, _OPCODE = 0x8000, 0x0200, 0x0100, 0x7800
_LENGTHS = {A: 4, AAAA: 16}
_MAX_REPLY_BYTES = 4096
_MAX_RECORDS = 64
_MAX_SERVERS = 3  # resolv.conf(5), MAXNS
_MAX_ADDRESSES = 4
_PORT = 53


class Answer(msgspec.Struct, frozen=True):
    """A well-formed reply to our question. `rcode` is 0 where the name exists."""

    rcode: int
    addresses: tuple[str, ...]
    is_truncated: bool
    took_s: float


class Malformed(Exception):  # noqa: N818  it names what the bytes are
    """Bytes that are no reply to our question."""


def servers(root: str) -> tuple[str, ...]:
    """Return the name servers that the OS uses, at most three.

    Raises ProbeError "dns.not_set" (none named) and "dns.unreadable".
    """
    try:
        with (Path(root) / "etc/resolv.conf").open("rb") as file:
            lines = file.read(64 * 1024).decode("ascii", "replace").splitlines()
    except OSError:
        raise ProbeError("dns.unreadable") from None
    words = [line.split() for line in lines]
    named = [word[1] for word in words if len(word) > 1 and word[0] == "nameserver" and _is_address(word[1])]
    if not named:
        raise ProbeError("dns.not_set")
    return tuple(named[:_MAX_SERVERS])


def ask(server: str, name: str, kind: int, *, timeout_s: float) -> Answer | None:
    """Ask one server once; None where no well-formed reply came in time.

    Foreign datagrams are skipped until the time is up: another source (the socket is connected),
    another id, not a reply, another question, or bytes that do not parse.
    Raises ProbeError "dns.bad_name".
    """
    query_id, started_s = secrets.randbits(16), time.monotonic()
    query = encode(query_id, name, kind)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as wire:
        try:
            wire.connect((server, _PORT))
            wire.send(query)
            while (left_s := started_s + timeout_s - time.monotonic()) > 0:
                wire.settimeout(left_s)
                try:
                    return parse(wire.recv(_MAX_REPLY_BYTES), query, time.monotonic() - started_s)
                except Malformed:
                    continue
        except OSError:  # the time is up, or the host says that nobody listens
            pass
    return None


def encode(query_id: int, name: str, kind: int) -> bytes:
    """Build a question with recursion desired; `name` "." is the root."""
    labels = [label for label in name.rstrip(".").split(".") if label] if name != "." else []
    try:
        coded = [label.encode("ascii" if label.isascii() else "idna") for label in labels]
    except UnicodeError:
        raise ProbeError("dns.bad_name") from None
    if sum(map(len, coded)) + len(coded) > 254 or any(len(label) > 63 for label in coded):  # noqa: PLR2004  RFC 1035 §2.3.4
        raise ProbeError("dns.bad_name")
    owner = b"".join(bytes([len(label)]) + label for label in coded) + b"\0"
    return _HEADER.pack(query_id, _RD, 1, 0, 0, 0) + owner + struct.pack("!HH", kind, _IN)


def parse(reply: bytes, query: bytes, took_s: float) -> Answer:
    """Read a reply to `query`. Raises Malformed where it is none, or does not parse."""
    if len(reply) < len(query) or reply[:2] != query[:2]:
        raise Malformed
    _, flags, questions, answers, _, _ = _HEADER.unpack_from(reply)
    if not flags & _QR or flags & _OPCODE or questions != 1:
        raise Malformed
    if reply[_HEADER.size : len(query)].lower() != query[_HEADER.size :].lower():
        raise Malformed
    if answers > _MAX_RECORDS:
        raise Malformed
    addresses, at = [], len(query)
    is_truncated = bool(flags & _TC)
    for _ in range(0 if is_truncated else answers):
        kind, content, at = _record(reply, at)
        if len(content) == _LENGTHS.get(kind):
            addresses.append(str(ipaddress.ip_address(content)))
    return Answer(flags & 0xF, tuple(addresses), is_truncated, took_s)


def addresses_of(host: str, *, timeout_s: float) -> tuple[str, ...]:
    """Resolve a host as every program of this OS does (hosts file, name servers), at most 4 addresses.

    In a child, because the C library's resolver cannot be told to stop. Empty: no such name, or no
    answer in time. Raises ProbeError "tool.missing".
    """
    if _is_address(host):
        return (host,)
    env = {"RES_OPTIONS": "timeout:1 attempts:2"}
    try:
        output = tool.run(["getent", "ahosts", "--", host], timeout_s=timeout_s, env=env)
    except ProbeError as error:
        if error.code == "tool.hung":
            return ()
        raise
    words = [
        line.split(maxsplit=1)[0] for line in output.stdout.decode("ascii", "replace").splitlines() if line
    ]
    return tuple(dict.fromkeys(word for word in words if _is_address(word)))[:_MAX_ADDRESSES]


def _record(reply: bytes, at: int) -> tuple[int, bytes, int]:
    """Return type and content of the record at `at`, and where the next one starts."""
    at = _after_name(reply, at)
    if at + _RECORD.size > len(reply):
        raise Malformed
    kind, _, _, length = _RECORD.unpack_from(reply, at)
    at += _RECORD.size
    if at + length > len(reply):
        raise Malformed
    return kind, reply[at : at + length], at + length


def _after_name(reply: bytes, at: int) -> int:
    """Step over a name; a compression pointer (RFC 1035 §4.1.4) ends it and is not followed."""
    while at < len(reply):
        length = reply[at]
        if length >= 0xC0:  # noqa: PLR2004  two high bits: a pointer
            return at + 2
        at += 1 + length
        if length == 0:
            return at
    raise Malformed


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True
