"""Reachable: does this printer answer at all?

Clause 2.2. Source: any answer over SNMP; where SNMP keeps silent, which a wrong community does too, one
connection attempt at the ports that printers print from (IPP 631, RFC 8010; raw 9100).
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from checks.io import tcp
from checks.model import Check, Finding, NoParams, ProbeError
from checks.printer import reading
from config.devices import Printer

_PORTS = (631, 9100)
_CONFIRM_S = 1.0
# SNMP told nothing of the printer, but this computer could ask.
_SILENT = frozenset({"snmp.timeout", "snmp.refused", "snmp.unreachable"})
_GARBLED = frozenset({"snmp.malformed", "snmp.too_big"})


class Facts(msgspec.Struct, frozen=True):
    """`via` is what answered, None if nothing did; `silence` is how it failed, None if something did."""

    reachable: bool
    via: Literal["snmp", "tcp"] | None
    silence: Literal["refused", "unreachable", "silent"] | None


def probe(target: Printer, _params: NoParams) -> Facts:
    """Ask over SNMP, else knock once; at most 2.5 s for a printer that is off.

    Knocking wakes a sleeping printer, so it comes only after SNMP failed. Raises what `reading.read`
    raises where this computer could not look, or where the only answer made no sense.
    """
    failure = _failure(target)
    if failure is None:
        return Facts(reachable=True, via="snmp", silence=None)
    answer = tcp.knock(target.host, _PORTS, timeout_s=_CONFIRM_S)
    if answer == "open":
        return Facts(reachable=True, via="tcp", silence=None)
    if failure in _GARBLED:
        raise ProbeError(failure)
    return Facts(reachable=False, via=None, silence=answer)


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield PRN_OFFLINE where nothing of the printer answers."""
    if not facts.reachable:
        yield Finding("PRN_OFFLINE")


def _failure(target: Printer) -> str | None:
    """Return why SNMP told nothing; None if the printer answered, be it with an error of its own."""
    try:
        reading.read(target)
    except ProbeError as error:
        if error.code in _SILENT | _GARBLED:
            return error.code
        if error.code != "snmp.error":
            raise
    return None


CHECK = Check(
    "printer.reachable",
    target=Printer,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PRN_OFFLINE": ()},
)
