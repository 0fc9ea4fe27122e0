"""Reachable: does this printer answer at all?

Clause 2.2. Source: any answer over SNMP or IPP; where they keep silent, which a wrong community does too, one
connection attempt at the ports that printers print from (IPP 631, RFC 8010; raw 9100).
"""

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from checks.io import tcp
from checks.model import Check, Finding, NoParams, ProbeError
from checks.printer import reading
from config.devices import Printer

_PORTS = (631, 9100)
_CONFIRM_S = 1.0
# SNMP told nothing of the printer, but this computer could ask.
_SILENT = frozenset({
    "snmp.timeout", "snmp.refused", "snmp.unreachable", "ipp.timeout", "ipp.refused", "ipp.unreachable",
})  # fmt: skip
_GARBLED = frozenset({"snmp.malformed", "snmp.too_big", "ipp.malformed"})


class Facts(msgspec.Struct, frozen=True):
    """`via` is what answered, None if nothing did; `silence` is how it failed, None if something did."""

    reachable: bool
    via: Literal["snmp", "ipp", "tcp"] | None
    silence: Literal["refused", "unreachable", "silent"] | None


def probe(target: Printer, _params: NoParams) -> Facts:
    """Ask over SNMP and IPP, else knock once; at most 2.5 s for a printer that is off.

    Knocking wakes a sleeping printer, so it comes only after they failed. Raises what `reading.read`
    raises where this computer could not look, or where the only answer made no sense.
    """
    try:
        ways = [source.way for source in reading.read(target).sources]
    except ProbeError as error:
        return _knocked(target, error.code)
    return Facts(reachable=True, via="snmp" if "snmp" in ways else "ipp", silence=None)


def _knocked(target: Printer, failure: str) -> Facts:
    """Knock where SNMP or IPP failed in a way that tells nothing of the printer."""
    if failure in {"snmp.error", "ipp.error", "ipp.not_found"}:  # an answer, be it an error of its own
        return Facts(reachable=True, via="snmp" if failure == "snmp.error" else "ipp", silence=None)
    if failure not in _SILENT | _GARBLED:
        raise ProbeError(failure)
    host = target.host or urlsplit(target.ipp).hostname or ""
    answer = tcp.knock(host, _PORTS, timeout_s=_CONFIRM_S)
    if answer == "open":
        return Facts(reachable=True, via="tcp", silence=None)
    if failure in _GARBLED:
        raise ProbeError(failure)
    return Facts(reachable=False, via=None, silence=answer)


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield PRN_OFFLINE where nothing of the printer answers."""
    if not facts.reachable:
        yield Finding("PRN_OFFLINE")


CHECK = Check(
    "printer.reachable",
    target=Printer,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PRN_OFFLINE": ()},
)
