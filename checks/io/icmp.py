"""Does an address answer, and how fast: ICMP echo without privileges, else `ping`, else a TCP connect.

Source: icmp(7) datagram sockets (allowed by net.ipv4.ping_group_range), RFC 792 and RFC 4443 echo,
ping(8) of iputils and of busybox. The result says which method was used. Linux; elsewhere TCP.
"""

import contextlib
import os
import re
import socket
import struct
import time
from typing import Any, Literal, TypeAlias

import msgspec

from checks.io import tool
from checks.model import ProbeError

Method: TypeAlias = Literal["icmp", "ping", "tcp"]

_ECHO = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}  # (request, reply), RFC 792 and RFC 4443
_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence
_NONCE_BYTES = 16
_MAX_REPLY_BYTES = 256
_PING_INTERVAL_S = 0.2  # the shortest that ping grants to everybody
_PING_GRACE_S = 0.5
_PING_REPLY = re.compile(r"seq=(\d+) .*?time[=<]([0-9.]+) ?ms")
_PING_SENT = re.compile(r"(\d+) packets transmitted")
TCP_PORT = 53  # what a router most often serves; a refusal is an answer too


class Echoes(msgspec.Struct, frozen=True):
    """What the probes came to: round trips of the answered ones in order of sending, in seconds."""

    method: Method
    sent_count: int
    rtts_s: tuple[float, ...]

    @property
    def lost_count(self) -> int:
        """Probes without an answer."""
        return self.sent_count - len(self.rtts_s)


def echo(address: str, *, count: int, timeout_s: float, interval_s: float = 0.1) -> Echoes:
    """Send `count` probes to a numeric address by the first method that this machine permits.

    Ends within `timeout_s`, or half a second later where `ping` has to be used and killed.
    Raises ProbeError "network.bad_address", "tool.hung".
    """
    return (
        by_socket(address, count=count, timeout_s=timeout_s, interval_s=interval_s)
        or by_ping(address, count=count, timeout_s=timeout_s)
        or by_tcp(address, count=count, timeout_s=timeout_s)
    )


def by_socket(address: str, *, count: int, timeout_s: float, interval_s: float) -> Echoes | None:
    """Send echo requests over a datagram socket; None where the kernel does not permit one."""
    family, place = _numeric(address)
    protocol = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    try:
        wire = socket.socket(family, socket.SOCK_DGRAM, protocol)
    except OSError:
        return None
    nonce, started_s = os.urandom(_NONCE_BYTES), time.monotonic()
    sent_s: list[float] = []
    rtts_s: dict[int, float] = {}
    with wire:
        while len(rtts_s) < count and time.monotonic() < started_s + timeout_s:
            due_s = started_s + len(sent_s) * interval_s
            if len(sent_s) < count and time.monotonic() >= due_s:
                sent_s.append(time.monotonic())
                _send(wire, place, family, len(sent_s), nonce)
                continue
            until_s = started_s + timeout_s if len(sent_s) == count else min(due_s, started_s + timeout_s)
            seq = _receive(wire, place, family, nonce, until_s)
            if seq is not None and 1 <= seq <= len(sent_s):
                rtts_s.setdefault(seq, time.monotonic() - sent_s[seq - 1])
    return Echoes("icmp", len(sent_s), tuple(rtts_s[seq] for seq in sorted(rtts_s)))


def by_ping(address: str, *, count: int, timeout_s: float) -> Echoes | None:
    """Send echo requests with the OS's `ping`; None where it is missing or may not send."""
    wait_s = max(_PING_INTERVAL_S, timeout_s - (count - 1) * _PING_INTERVAL_S)
    argv = ["ping", "-n", "-c", str(count), "-i", str(_PING_INTERVAL_S), "-W", f"{wait_s:.1f}", address]
    try:
        output = tool.run(argv, timeout_s=timeout_s + _PING_GRACE_S)
    except ProbeError as error:
        if error.code in {"tool.missing", "tool.not_permitted"}:
            return None
        raise
    return parse_ping(output.stdout, output.stderr, count)


def parse_ping(stdout: bytes, stderr: bytes, count: int) -> Echoes | None:
    """Read what ping printed; None where it neither sent nor found the network unreachable."""
    text = stdout.decode("ascii", "replace")
    sent = _PING_SENT.search(text)
    if sent is None:
        return Echoes("ping", count, ()) if b"unreachable" in stderr + stdout else None
    rtts_s: dict[int, float] = {}
    for seq, rtt_ms in _PING_REPLY.findall(text):
        with contextlib.suppress(ValueError):
            rtts_s.setdefault(int(seq), float(rtt_ms) / 1000)
    sent_count = max(int(sent[1]), len(rtts_s))
    return Echoes("ping", sent_count, tuple(rtts_s[seq] for seq in sorted(rtts_s)))


def by_tcp(address: str, *, count: int, timeout_s: float, port: int = TCP_PORT) -> Echoes:
    """Time `count` TCP connects, one after the other; a refused one is an answer.

    Silence proves little here: many a host drops such connects without a word.
    """
    family, place = _numeric(address, port)
    rtts_s: list[float] = []
    for _ in range(count):
        started_s = time.monotonic()
        with socket.socket(family, socket.SOCK_STREAM) as wire:
            wire.settimeout(timeout_s / count)
            try:
                wire.connect(place)
            except ConnectionRefusedError:
                pass
            except OSError:
                continue
        rtts_s.append(time.monotonic() - started_s)
    return Echoes("tcp", count, tuple(rtts_s))


def _numeric(address: str, port: int = 0) -> tuple[socket.AddressFamily, Any]:
    """Turn a numeric address, with "%interface" where it needs one, into what a socket takes."""
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        raise ProbeError("network.bad_address") from None
    return found[0][0], found[0][4]


def _send(wire: socket.socket, place: Any, family: socket.AddressFamily, seq: int, nonce: bytes) -> None:  # noqa: ANN401  a socket address
    """Send one request; the kernel fills in identifier and checksum. A refusal to send is a loss."""
    with contextlib.suppress(OSError):
        wire.sendto(_HEADER.pack(_ECHO[family][0], 0, 0, 0, seq) + nonce, place)


def _receive(
    wire: socket.socket,
    place: Any,  # noqa: ANN401  a socket address
    family: socket.AddressFamily,
    nonce: bytes,
    until_s: float,
) -> int | None:
    """Wait for one datagram; return its sequence where it is a reply to us from that very address."""
    wire.settimeout(max(0.0, until_s - time.monotonic()))
    try:
        reply, source = wire.recvfrom(_MAX_REPLY_BYTES)
    except OSError:  # the time is up, or an ICMP error about an earlier request
        return None
    if len(reply) != _HEADER.size + _NONCE_BYTES or reply[_HEADER.size :] != nonce:
        return None
    kind, code, _, _, seq = _HEADER.unpack_from(reply)
    is_ours = (kind, code) == (_ECHO[family][1], 0) and source[0].split("%")[0] == place[0].split("%")[0]
    return int(seq) if is_ours else None
