"""The process that speaks SNMPv3: pysnmp's high-level API, kept out of the daemon.

One JSON line in for each question, one out for each answer, in any order:
{"id", "host", "port", "user", "auth", "auth_protocol", "privacy", "privacy_protocol", "context", "kind",
 "names": ["1.3.6…"], "heads", "rows", "wait_s", "tries"}
→ {"id", "status", "index", "varbinds": [["1.3.6…", null | number | {"hex"} | {"oid"}]]} or {"id", "error"}.
It ends when its input does. Run: python -m checks.io.snmp_v3_worker
"""

import asyncio
import json
import sys
from typing import Any

from pyasn1.type import univ
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch import asyncio as untyped_hlapi
from pysnmp.proto import errind
from pysnmp.proto.error import StatusInformation

hlapi: Any = untyped_hlapi  # pysnmp has no types
_AUTH = {
    "MD5": hlapi.usmHMACMD5AuthProtocol,
    "SHA": hlapi.usmHMACSHAAuthProtocol,
    "SHA256": hlapi.usmHMAC192SHA256AuthProtocol,
    "SHA512": hlapi.usmHMAC384SHA512AuthProtocol,
}
_PRIVACY = {
    "DES": hlapi.usmDESPrivProtocol,
    "AES": hlapi.usmAesCfb128Protocol,
    "AES256": hlapi.usmAesCfb256Protocol,
}
_MAX_ARCS = 128  # SMIv2, RFC 2578 section 3.5
_ENGINE = hlapi.SnmpEngine()


async def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Ask the printer; the parent has checked the question."""
    try:
        target = await hlapi.UdpTransportTarget.create(
            (asked["host"], asked["port"]), timeout=asked["wait_s"], retries=asked["tries"] - 1
        )
        indication, status, index, varbinds = await _command(asked, target)
    except StatusInformation as error:  # before anything was sent
        return {"error": _code(error["errorIndication"])}
    except (PySnmpError, OSError):
        return {"error": "snmp.unreachable"}
    if indication:
        return {"error": _code(indication)}
    try:
        cells = [[str(name), _plain(name, value)] for name, value in varbinds]
    except (TypeError, ValueError):
        return {"error": "snmp.malformed"}
    return {"status": int(status), "index": int(index), "varbinds": [] if status else cells}


async def _command(asked: dict[str, Any], target: object) -> Any:  # noqa: ANN401  as hlapi
    names = [hlapi.ObjectType(hlapi.ObjectIdentity(name)) for name in asked["names"]]
    context = hlapi.ContextData(contextName=asked["context"].encode())
    common = (_ENGINE, _user(asked), target, context)
    if asked["kind"] == "bulk":
        return await hlapi.bulk_cmd(*common, asked["heads"], asked["rows"], *names, lookupMib=False)
    command = hlapi.get_cmd if asked["kind"] == "get" else hlapi.next_cmd
    return await command(*common, *names, lookupMib=False)


def _user(asked: dict[str, Any]) -> Any:  # noqa: ANN401  pysnmp has no types
    options: dict[str, Any] = {}
    if asked["auth"]:
        options |= {"authKey": asked["auth"], "authProtocol": _AUTH[asked["auth_protocol"]]}
    if asked["privacy"]:
        options |= {"privKey": asked["privacy"], "privProtocol": _PRIVACY[asked["privacy_protocol"]]}
    return hlapi.UsmUserData(asked["user"], **options)


def _code(indication: object) -> str:
    if isinstance(indication, errind.RequestTimedOut):
        return "snmp.timeout"
    if isinstance(indication, errind.EncryptionError):
        return "snmp.v3_not_installed"
    is_of_user = isinstance(
        indication,
        errind.UnknownUserName | errind.WrongDigest | errind.DecryptionError | errind.UnsupportedSecurityLevel
        | errind.UnsupportedAuthProtocol | errind.UnsupportedPrivProtocol | errind.AuthenticationFailure
        | errind.AuthenticationError,
    )  # fmt: skip
    return "snmp.v3_refused" if is_of_user else "snmp.malformed"


def _plain(name: Any, value: Any) -> object:  # noqa: ANN401  as hlapi
    if len(name) > _MAX_ARCS:
        raise ValueError("too many arcs")
    if isinstance(value, univ.Null):
        return None
    if isinstance(value, univ.Integer):
        return int(value)
    if isinstance(value, univ.OctetString):
        return {"hex": bytes(value).hex()}
    if isinstance(value, univ.ObjectIdentifier) and len(value) <= _MAX_ARCS:
        return {"oid": str(value)}
    raise TypeError("not a value of SNMP")


async def _serve() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running: set[asyncio.Task[None]] = set()
    while line := await reader.readline():
        task = loop.create_task(_one(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


async def _one(asked: dict[str, Any]) -> None:
    told = await answer(asked)
    sys.stdout.write(json.dumps({"id": asked["id"], **told}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve())
