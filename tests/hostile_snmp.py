"""A printer that lies: a loopback UDP responder whose community string selects how it answers.

It decodes just enough of a request to echo version, community, request id and name. The corpus are the
43 cases that were tried on SNMP libraries before, and small forms of those that are too long for a reply.
"""

import contextlib
import random
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_GET, _NEXT, _RESPONSE, _SET, _BULK, _TRAP, _REPORT = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5, 0xA7, 0xA8
_INTEGER, _OCTETS, _OID, _SEQUENCE, _NO_OBJECT, _END = 0x02, 0x04, 0x06, 0x30, 0x80, 0x82
_MOST = 65000
SYS = bytes.fromhex("2b0601020101")  # 1.3.6.1.2.1.1
random_ = random.Random(20)  # noqa: S311  the same rubbish each time


def tlv(tag: int, content: bytes) -> bytes:
    """Encode with a definite length of the shortest form."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(value: int) -> bytes:
    return tlv(_INTEGER, value.to_bytes(max(1, (value.bit_length() + 8) // 8), "big", signed=True))


@dataclass(frozen=True)
class Asked:
    """What a request says; the values are encodings."""

    version: int
    community: str
    kind: int
    request_id: bytes
    names: tuple[bytes, ...]


GOOD = integer(7)


def answer(
    asked: Asked,
    *,
    value: bytes = GOOD,
    name: bytes | None = None,
    varbinds: bytes | None = None,
    status: bytes = integer(0),
    index: bytes = integer(0),
    request_id: bytes | None = None,
    version: int | None = None,
    community: bytes | None = None,
    kind: int = _RESPONSE,
) -> bytes:
    """Encode a response as it should be, but for what is given."""
    if varbinds is None:
        names = asked.names if name is None else (name,)
        varbinds = b"".join(tlv(_SEQUENCE, tlv(_OID, one) + value) for one in names)
    pdu = tlv(kind, (request_id or asked.request_id) + status + index + tlv(_SEQUENCE, varbinds))
    told = asked.community.encode() if community is None else community
    return tlv(_SEQUENCE, integer(asked.version if version is None else version) + tlv(_OCTETS, told) + pdu)


def varbind(name: bytes, value: bytes = GOOD) -> bytes:
    return tlv(_SEQUENCE, tlv(_OID, name) + value)


def nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = tlv(_SEQUENCE, inner)
        if len(inner) > _MOST:
            break
    return inner


class _Walk:
    """Answers a walk with the same names again, with two in turn, or without end."""

    def __init__(self, names: Callable[[int], bytes], value: bytes = GOOD) -> None:
        self.count, self.names, self.value = 0, names, value

    def __call__(self, asked: Asked) -> list[bytes]:
        self.count += 1
        return [answer(asked, name=self.names(self.count), value=self.value)]


def _cut(asked: Asked) -> list[bytes]:
    whole = answer(asked)
    return [whole[: random_.randrange(1, len(whole))]]


Attack = Callable[[Asked], Sequence[bytes]]
_DIRTY = b"\x1b[2J<script>\r\n\0\xff\xfe" * 4000
CORPUS: dict[str, Attack] = {
    "random_1": lambda _: [random_.randbytes(1)],
    "random_400": lambda _: [random_.randbytes(400)],
    "random_1400": lambda _: [random_.randbytes(1400)],
    "empty": lambda _: [b""],
    "cut": _cut,
    "length_4_gb": lambda _: [b"\x30\x84\xff\xff\xff\xff" + bytes(100)],
    "length_of_length": lambda _: [b"\x30\xfe" + b"\xff" * 126],
    "indefinite_30000": lambda _: [b"\x30\x80" * 30000],
    "nested_message": lambda _: [nested(5000)],
    "nested_value": lambda asked: [answer(asked, value=nested(5000))],
    "long_name": lambda asked: [answer(asked, name=b"\x2b" + b"\x01" * 60000)],
    "long_oid": lambda asked: [answer(asked, value=tlv(_OID, b"\x2b" + b"\x01" * 60000))],
    "huge_arc_value": lambda asked: [answer(asked, value=tlv(_OID, b"\x2b" + b"\xff" * 60000 + b"\x01"))],
    "huge_arc_name": lambda asked: [answer(asked, name=b"\x2b" + b"\xff" * 60000 + b"\x01")],
    "integer_60001": lambda asked: [answer(asked, value=tlv(_INTEGER, b"\x7f" * 60001))],
    "counter_negative": lambda asked: [answer(asked, value=tlv(0x41, b"\xff" * 5))],
    "real_binary": lambda asked: [answer(asked, value=tlv(0x09, b"\x83\x04\x7f\xff\xff\xff\x01"))],
    "real_decimal": lambda asked: [answer(asked, value=tlv(0x09, b"\x021E999999999"))],
    "dirty_string": lambda asked: [answer(asked, value=tlv(_OCTETS, _DIRTY[:60000]))],
    "address_3": lambda asked: [answer(asked, value=tlv(0x40, b"\x7f\0\0"))],
    "unknown_tag": lambda asked: [answer(asked, value=tlv(0x5F, b"\x01"))],
    "bit_string": lambda asked: [answer(asked, value=tlv(0x03, b"\0\xff"))],
    "integer_empty": lambda asked: [answer(asked, value=tlv(_INTEGER, b""))],
    "boolean_2": lambda asked: [answer(asked, value=tlv(0x01, b"\xff\xff"))],
    "no_such_object": lambda asked: [answer(asked, value=tlv(_NO_OBJECT, b""))],
    "end_of_view": lambda asked: [answer(asked, value=tlv(_END, b""))],
    "status_99": lambda asked: [answer(asked, status=integer(99))],
    "index_500": lambda asked: [answer(asked, status=integer(2), index=integer(500))],
    "index_negative": lambda asked: [answer(asked, status=integer(2), index=integer(-7))],
    "no_varbinds": lambda asked: [answer(asked, varbinds=b"")],
    "varbinds_3000": lambda asked: [answer(asked, varbinds=varbind(asked.names[0]) * 3000)],
    "other_name": lambda asked: [answer(asked, name=SYS + b"\x63\0")],
    "other_request": lambda asked: [answer(asked, request_id=integer(4711))],
    "version_0": lambda asked: [answer(asked, version=0 if asked.version else 1)],
    "version_77": lambda asked: [answer(asked, version=77)],
    "other_community": lambda asked: [answer(asked, community=b"public2")],
    "set_pdu": lambda asked: [answer(asked, kind=_SET)],
    "report_pdu": lambda asked: [answer(asked, kind=_REPORT)],
    "trap_pdu": lambda asked: [answer(asked, kind=_TRAP)],
    "fifty_times": lambda asked: [answer(asked)] * 50,
    "walk_repeats": _Walk(lambda _: SYS + b"\x01\x01"),
    "walk_alternates": _Walk(lambda count: SYS + b"\x01" + bytes([count % 2 + 1])),
    "walk_endless": _Walk(
        lambda count: SYS + b"\x01" + bytes([0x81 + (count >> 7), count & 0x7F]), tlv(_OCTETS, b"x" * 1000)
    ),
}
FLOODS: dict[str, Attack] = {
    "flood_3000": lambda _: [random_.randbytes(500) for _ in range(3000)],
    "silence": lambda _: [],
}
# The long ones again, short enough to reach the decoder.
SHORT: dict[str, Attack] = {
    "short_indefinite": lambda _: [b"\x30\x80" * 1000],
    "short_nested_message": lambda _: [nested(500)],
    "short_nested_value": lambda asked: [answer(asked, value=nested(450))],
    "short_long_name": lambda asked: [answer(asked, name=b"\x2b" + b"\x01" * 1900)],
    "short_long_oid": lambda asked: [answer(asked, value=tlv(_OID, b"\x2b" + b"\x01" * 1900))],
    "short_huge_arc": lambda asked: [answer(asked, value=tlv(_OID, b"\x2b" + b"\xff" * 1900 + b"\x01"))],
    "short_integer": lambda asked: [answer(asked, value=tlv(_INTEGER, b"\x7f" * 1900))],
    "short_varbinds": lambda asked: [answer(asked, varbinds=varbind(asked.names[0]) * 100)],
    "trailing": lambda asked: [answer(asked) + b"\x05\x00"],
    "unsigned_too_big": lambda asked: [answer(asked, value=tlv(0x42, b"\x7f" * 6))],
    "gauge_empty": lambda asked: [answer(asked, value=tlv(0x42, b""))],
    "request_id_empty": lambda asked: [answer(asked, request_id=tlv(_INTEGER, b""))],
    "null_value": lambda asked: [answer(asked, value=b"\x05\x00")],
    "float_text": lambda asked: [answer(asked, value=tlv(_OCTETS, b""))],
}
ALL: dict[str, Attack] = {**CORPUS, **FLOODS, **SHORT, "good": lambda asked: [answer(asked)]}


@contextlib.contextmanager
def responder(*, from_another_port: bool = False) -> Iterator[int]:
    """Answer on a loopback port until the end of the block; yield the port."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        ear.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.2", 0))
        ear.settimeout(0.05)
        is_over = threading.Event()
        mouth = other if from_another_port else ear
        thread = threading.Thread(target=_serve, args=(ear, mouth, is_over), daemon=True)
        thread.start()
        try:
            yield ear.getsockname()[1]
        finally:
            is_over.set()
            thread.join()


def _serve(ear: socket.socket, mouth: socket.socket, is_over: threading.Event) -> None:
    while not is_over.is_set():
        try:
            datagram, client = ear.recvfrom(65535)
        except TimeoutError:
            continue
        asked = parse(datagram)
        for reply in ALL[asked.community](asked):
            with contextlib.suppress(OSError):
                mouth.sendto(reply[:65000], client)


def parse(datagram: bytes) -> Asked:
    """Take a request of our own apart; it is well formed."""
    (message,) = _children(datagram)
    version, community, pdu = _children(message[1])
    request_id, _, _, varbinds = _children(pdu[1])
    names = tuple(_children(one[1])[0][1] for one in _children(varbinds[1]))
    return Asked(version[1][0], community[1].decode(), pdu[0], tlv(_INTEGER, request_id[1]), names)


def _children(content: bytes) -> list[tuple[int, bytes]]:
    found, place = [], 0
    while place < len(content):
        tag, size = content[place], content[place + 1]
        place += 2
        if size & 0x80:
            count = size & 0x7F
            size, place = int.from_bytes(content[place : place + count], "big"), place + count
        found.append((tag, content[place : place + size]))
        place += size
    return found
