"""Printers as the checks are aimed at them, and another look at one; the recordings of real ones."""

from typing import Literal

import pytest
import snmp_server

from checks.printer import reading
from checks.printer.facts import Reading
from config.devices import Printer, Snmp

NAMES = sorted(path.stem for path in snmp_server.REAL.glob("*.snmprec")) or ["no recordings"]
Version = Literal["1", "2c", "3"]
needs_recordings = pytest.mark.skipif(
    not snmp_server.REAL.is_dir(), reason="needs the recordings of printers"
)


def printer(port: int, community: str, version: Version = "2c") -> Printer:
    return Printer(name="a", host="127.0.0.1", snmp=Snmp(version=version, community=community, port=port))


def again(target: Printer) -> Reading:
    """Read once more, as if the shared reading had run out."""
    reading._memory(target).outcome = None
    return reading.read(target)
