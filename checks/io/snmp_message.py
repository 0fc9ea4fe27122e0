"""The messages of SNMP v1 and v2c: requests to bytes, and bytes that came back to plain values.

pysnmp's low-level API and pyasn1's BER codec do the coding (RFC 1157, RFC 1901, RFC 3416); here stands
what they let pass and must not: an INTEGER without bytes, names without end, bytes after the message.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import univ
from pysnmp.proto.api import v2c as untyped_v2c

from checks.model import ProbeError

Oid: TypeAlias = tuple[int, ...]
Value: TypeAlias = int | bytes | Oid | None  # None: the agent has no such object
Varbind: TypeAlias = tuple[Oid, Value]
Kind: TypeAlias = Literal["get", "next", "bulk"]

Version: TypeAlias = Literal["1", "2c"]
_VERSIONS: Final[dict[Version, int]] = {"1": 0, "2c": 1}  # on the wire; v1 is coded the same way otherwise
_MAX_ARCS = 128  # SMIv2, RFC 2578 section 3.5
v2c: Any = untyped_v2c  # pysnmp has no types
_PDU = {"get": v2c.GetRequestPDU, "next": v2c.GetNextRequestPDU, "bulk": v2c.GetBulkRequestPDU}


class Reply(msgspec.Struct, frozen=True):
    """`error_index` counts from 1 and is 0 without an error; `varbinds` is empty with one."""

    error_status: int
    error_index: int
    varbinds: tuple[Varbind, ...]


class Request(msgspec.Struct, frozen=True):
    """One request. GETBULK asks once for the first `heads` names and `repetitions` times for the others."""

    kind: Kind
    request_id: int
    names: Sequence[Oid]
    heads: int = 0
    repetitions: int = 0


def random_id() -> int:
    """Return 31 random bits, from the kernel: the `secrets` module would load all of OpenSSL for them."""
    return int.from_bytes(os.urandom(4), "big") >> 1


def encode(request: Request, version: Version, community: bytes) -> bytes:
    """Return the datagram to send."""
    api = v2c.apiBulkPDU if request.kind == "bulk" else v2c.apiPDU
    pdu = _PDU[request.kind]()
    api.set_defaults(pdu)
    api.set_request_id(pdu, request.request_id)
    if request.kind == "bulk":
        api.set_non_repeaters(pdu, request.heads)
        api.set_max_repetitions(pdu, request.repetitions)
    api.set_varbinds(pdu, [(name, v2c.null) for name in request.names])
    message = v2c.Message()
    v2c.apiMessage.set_defaults(message)
    message["version"] = _VERSIONS[version]
    v2c.apiMessage.set_community(message, community)
    v2c.apiMessage.set_pdu(message, pdu)
    datagram: bytes = encoder.encode(message)
    return datagram


def decode(datagram: bytes, request: Request, version: Version, community: bytes) -> Reply | None:
    """Return the answer to `request`, or None if the datagram answers something else.

    The caller bounds the datagram's length first. Raises ProbeError("snmp.malformed").
    """
    try:
        message, rest = _decode(datagram, asn1Spec=_MESSAGE)
        pdu = v2c.apiMessage.get_pdu(message)
        is_answer = (
            int(message["version"]) == _VERSIONS[version]
            and bytes(message["community"]) == community
            and pdu.tagSet == v2c.ResponsePDU.tagSet
            and int(pdu["request-id"]) == request.request_id
        )
        if not is_answer:
            return None
        status = int(pdu["error-status"])
        varbinds = () if status else tuple(_varbinds(pdu))
        reply = Reply(status, int(pdu["error-index"]), varbinds)
    except (PyAsn1Error, ValueError, TypeError, LookupError, RecursionError):
        raise ProbeError("snmp.malformed") from None
    if rest:
        raise ProbeError("snmp.malformed")
    return reply


def _varbinds(pdu: Any) -> Iterator[Varbind]:  # noqa: ANN401  pyasn1 has no types
    for name, value in v2c.apiPDU.get_varbinds(pdu):
        yield _oid(name), _value(value)


def _oid(name: Any) -> Oid:  # noqa: ANN401  pyasn1 has no types
    arcs: Oid = name.asTuple()
    if len(arcs) > _MAX_ARCS:
        raise ValueError("too many arcs")
    return arcs


def _value(value: Any) -> Value:  # noqa: ANN401  pyasn1 has no types
    """Return a plain value; pyasn1 has checked the range of its type. Raises TypeError."""
    if isinstance(value, univ.Null):  # also noSuchObject, noSuchInstance and endOfMibView
        return None
    if isinstance(value, univ.Integer):
        return int(value)
    if isinstance(value, univ.OctetString):
        return bytes(value)
    if isinstance(value, univ.ObjectIdentifier):
        return _oid(value)
    raise TypeError("not a value of SNMP")


class _WholeInteger(decoder.IntegerPayloadDecoder):
    """pyasn1 reads an INTEGER without bytes as 0, which would be an empty cartridge out of nothing."""

    def valueDecoder(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401, N802  pyasn1's own signature
        *_, length = args[:4]  # substrate, asn1Spec, tagSet, length
        if not length:
            raise PyAsn1Error("an INTEGER without bytes")  # type: ignore[no-untyped-call]
        return super().valueDecoder(*args, **options)  # type: ignore[no-untyped-call]


class _SingleItemDecoder(decoder.SingleItemDecoder):
    TAG_MAP = decoder.TAG_MAP | {univ.Integer.tagSet: _WholeInteger()}
    TYPE_MAP = decoder.TYPE_MAP | {univ.Integer.typeId: _WholeInteger()}


class _StreamingDecoder(decoder.StreamingDecoder):
    SINGLE_ITEM_DECODER = _SingleItemDecoder


class _Decoder(decoder.Decoder):
    STREAMING_DECODER = _StreamingDecoder


_decode = _Decoder()
_MESSAGE = v2c.Message()
