"""IPP as a client: one operation over HTTP, and the message that comes back as plain values.

Source: RFC 8010 (encoding), RFC 8011 (operations). Only what deskready asks for is decoded: integers,
enums, booleans, keywords, names, texts, URIs and octet strings. Ranges, dates and collections are passed
over. Everything is bounded; a message that is cut or breaks the encoding is refused as a whole.
"""

import itertools
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from checks.io import http
from checks.model import ProbeError

Value: TypeAlias = int | bool | str | bytes  # texts, names and octet strings are bytes
Attributes: TypeAlias = Mapping[str, tuple[Value, ...]]
Operation: TypeAlias = Literal[
    "Print-Job", "Validate-Job", "Cancel-Job", "Get-Job-Attributes", "Get-Jobs", "Get-Printer-Attributes",
    "CUPS-Get-Default", "CUPS-Get-Printers",
]  # fmt: skip

_OPERATIONS: Final[dict[Operation, int]] = {
    "Print-Job": 0x0002,
    "Validate-Job": 0x0004,
    "Cancel-Job": 0x0008,
    "Get-Job-Attributes": 0x0009,
    "Get-Jobs": 0x000A,
    "Get-Printer-Attributes": 0x000B,
    "CUPS-Get-Default": 0x4001,
    "CUPS-Get-Printers": 0x4002,
}
_VERSIONS = (b"\x02\x00", b"\x01\x01")  # the second for printers that know no other
_IS_SUCCESS = 0x00FF  # status codes up to here
_NOT_FOUND: Final = 0x0406
_VERSION_NOT_SUPPORTED, _BUSY = 0x0503, 0x0507
_OPERATION_GROUP, _JOB_GROUP, _END, _PRINTER_GROUP = 0x01, 0x02, 0x03, 0x04
_FIRST_VALUE = 0x10
_INTEGER, _BOOLEAN, _ENUM, _OCTETS, _KEYWORD, _URI = 0x21, 0x22, 0x23, 0x30, 0x44, 0x45
_COLLECTION, _COLLECTION_END = 0x34, 0x37
_WITH_LANGUAGE = frozenset({0x35, 0x36})  # textWithLanguage, nameWithLanguage
_BYTES = frozenset({_OCTETS, 0x41, 0x42})  # texts and names are cleaned by whoever shows them
_WORDS = frozenset({_KEYWORD, _URI, 0x46, 0x47, 0x48, 0x49})
_MAX_VALUES = 4096
_MAX_TEXT_BYTES = 1024
_PORTS = {"ipp": ("http", 631), "ipps": ("https", 631), "http": ("http", 80), "https": ("https", 443)}
_CONTENT_TYPE = "application/ipp"


class Message(msgspec.Struct, frozen=True):
    """A reply. `jobs` has one mapping for each job; names are IPP's, values in the order they came."""

    status: int
    printer: Attributes
    jobs: tuple[Attributes, ...]


class Call(msgspec.Struct, frozen=True):
    """One operation on `uri`. `job` is a job's number; `document` what to print.

    `path` is the Unix socket of the print service on this computer, "" for the host of the URI.
    """

    operation: Operation
    uri: str
    wanted: Sequence[str] = ()
    job: int | None = None
    job_name: str = ""
    which_jobs: str = ""
    document: bytes = b""
    document_format: str = ""
    user: str = "deskready"
    path: str = ""


def ask(call: Call, *, timeout_s: float) -> Message:
    """Do one operation; asks once more in the older version where the printer knows no other.

    Raises ProbeError: "ipp.bad_uri", "ipp.refused" (nobody listens), "ipp.timeout", "ipp.unreachable",
    "ipp.not_found" (no such queue or job), "ipp.busy" (with another job),
    "ipp.malformed" (no IPP), "ipp.error" (its own error).
    """
    for version in _VERSIONS:
        message = _exchange(call, version, timeout_s)
        if message.status != _VERSION_NOT_SUPPORTED:
            break
    if message.status == _NOT_FOUND:
        raise ProbeError("ipp.not_found")
    if message.status == _BUSY:
        raise ProbeError("ipp.busy")
    if message.status > _IS_SUCCESS:
        raise ProbeError("ipp.error", status=message.status)
    return message


def encode(call: Call, version: bytes, request_id: int) -> bytes:
    """Return the body of a request."""
    head = version + struct.pack(">HIB", _OPERATIONS[call.operation], request_id, _OPERATION_GROUP)
    fields = [
        _attribute(0x47, "attributes-charset", "utf-8"),
        _attribute(0x48, "attributes-natural-language", "en"),
        _attribute(_URI, "printer-uri", call.uri),
    ]
    if call.job is not None:
        fields.append(_attribute(_INTEGER, "job-id", call.job))
    fields.append(_attribute(0x42, "requesting-user-name", call.user))
    if call.job_name:
        fields.append(_attribute(0x42, "job-name", call.job_name))
    if call.document_format:
        fields.append(_attribute(0x49, "document-format", call.document_format))
    if call.which_jobs:
        fields.append(_attribute(_KEYWORD, "which-jobs", call.which_jobs))
    fields += [
        _attribute(_KEYWORD, "" if later else "requested-attributes", name)
        for later, name in enumerate(call.wanted)
    ]
    return head + b"".join(fields) + bytes([_END]) + call.document


def decode(body: bytes) -> Message:
    """Read a reply. Raises ProbeError("ipp.malformed")."""
    try:
        _, status, _ = struct.unpack_from(">HHI", body)
        groups = list(_groups(body, 8))
    except (struct.error, IndexError, ValueError):
        raise ProbeError("ipp.malformed") from None
    printer = next((group for tag, group in groups if tag == _PRINTER_GROUP), {})
    jobs = tuple(group for tag, group in groups if tag == _JOB_GROUP)
    return Message(status, printer, jobs)


def _exchange(call: Call, version: bytes, timeout_s: float) -> Message:
    body = encode(call, version, int.from_bytes(os.urandom(4), "big") >> 1 or 1)
    post = http.Post(body, _CONTENT_TYPE, path=call.path, trusts_any=True)
    try:
        reply = http.post(_url(call.uri), post, timeout_s=timeout_s)
    except http.Failure as failure:
        why = failure.why if failure.why in {"refused", "timeout", "unreachable"} else "malformed"
        raise ProbeError("printer.host_unknown" if failure.why == "name" else f"ipp.{why}") from None
    except ProbeError as error:
        raise ProbeError("ipp.bad_uri" if error.code == "http.bad_url" else error.code) from None
    if reply.status != 200:  # noqa: PLR2004  HTTP's OK
        raise ProbeError("ipp.not_found" if reply.status == 404 else "ipp.malformed")  # noqa: PLR2004
    return decode(reply.body)


def _url(uri: str) -> str:
    """Return the HTTP address of an IPP one, which has a port of its own (RFC 8010, section 4)."""
    scheme, _, rest = uri.partition("://")
    if scheme not in _PORTS:
        raise ProbeError("ipp.bad_uri")
    http_scheme, port = _PORTS[scheme]
    host, slash, path = rest.partition("/")
    is_ported = host.rpartition(":")[2].isdigit() and not host.endswith("]")
    return f"{http_scheme}://{host if is_ported else f'{host}:{port}'}{slash}{path}"


def _attribute(tag: int, name: str, value: str | int) -> bytes:
    raw = struct.pack(">i", value) if isinstance(value, int) else value.encode()
    return struct.pack(">BH", tag, len(name)) + name.encode("ascii") + struct.pack(">H", len(raw)) + raw


def _groups(body: bytes, place: int) -> Iterator[tuple[int, dict[str, tuple[Value, ...]]]]:
    """Yield (tag, attributes). Raises struct.error, IndexError, ValueError for what is no message."""
    group: dict[str, list[Value]] = {}
    tag, name, depth = 0, "", 0
    for _ in itertools.repeat(None, _MAX_VALUES):
        mark = body[place]
        place += 1
        if mark < _FIRST_VALUE:
            if tag:
                yield tag, {key: tuple(values) for key, values in group.items()}
            if mark == _END:
                return
            tag, group, name = mark, {}, ""
            continue
        raw_name, place = _counted(body, place)
        raw, place = _counted(body, place)
        depth += (mark == _COLLECTION) - (mark == _COLLECTION_END)
        name = raw_name.decode("ascii") if raw_name and depth == 0 else name
        value = _value(mark, raw) if depth == 0 else None
        if value is not None and name:
            group.setdefault(name, []).append(value)
    raise ValueError("too many values")


def _counted(body: bytes, place: int) -> tuple[bytes, int]:
    (size,) = struct.unpack_from(">H", body, place)
    end = place + 2 + size
    if end > len(body):
        raise ValueError("cut")
    return body[place + 2 : end], end


def _value(tag: int, raw: bytes) -> Value | None:
    """Return a plain value, None for what is passed over. Raises struct.error, ValueError."""
    if tag in {_INTEGER, _ENUM}:
        if len(raw) != 4:  # noqa: PLR2004  RFC 8010, section 3.9
            raise ValueError("not an integer")
        number: int = struct.unpack(">i", raw)[0]
        return number
    if tag == _BOOLEAN:
        return raw != b"\0"
    if tag in _WITH_LANGUAGE:
        _, place = _counted(raw, 0)
        return _counted(raw, place)[0][:_MAX_TEXT_BYTES]
    if tag in _BYTES:
        return raw[:_MAX_TEXT_BYTES]
    return raw.decode("ascii", "replace")[:_MAX_TEXT_BYTES] if tag in _WORDS else None
