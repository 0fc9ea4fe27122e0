"""A printer's answers as a recording in snmpsim's format, without what names the printer or its owner.

Walked are the system group, the devices and the Printer MIB, and what we read of two vendors. Serial and
host numbers are blotted out letter by letter, so that every string keeps its length: a replay answers with
replies of the same size.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from checks.io.snmp import Session
from checks.io.snmp_manners import Manners
from checks.io.snmp_message import Oid, Value
from checks.io.snmp_v3 import WireV3
from checks.io.snmp_wire import Wire
from checks.model import ProbeError
from checks.printer import mib
from checks.printer.rows import Cells
from config.devices import Printer

_TREES: Final[tuple[Oid, ...]] = (
    (1, 3, 6, 1, 2, 1, 1),  # system, RFC 3418
    (1, 3, 6, 1, 2, 1, 25, 3),  # devices, RFC 2790
    (1, 3, 6, 1, 2, 1, 43),  # RFC 3805
    mib.BROTHER_DISPLAY,
    mib.BROTHER_MAINTENANCE,
    mib.RICOH_SUPPLY_NAME,
    mib.RICOH_SUPPLY_LEVEL,
)
_OWNERS: Final = tuple((1, 3, 6, 1, 2, 1, 1, arc, 0) for arc in (4, 5, 6))  # sysContact, sysName, sysLocation
_MAX_ROWS = 1500
_ROWS_PER_REPLY = 12
_MIN_SECRET_BYTES = 4
# Types that reading does not tell apart: snmprec's numbers for TimeTicks and Counter32.
_TYPES: Final = {mib.SYS_UP_TIME: 67, mib.LIFE_COUNT: 65, mib.CRITICAL_ALERTS: 65, mib.ALL_ALERTS: 65}
_INTEGER, _OCTETS, _OID = 2, 4, 6
_NAMING = re.compile(
    rb"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"  # a MAC address
    rb"|(?<![0-9A-Za-z])[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
    rb"|(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])"  # an IPv4 address, or a version like one
    rb"|[0-9A-Za-z._%+-]+@[0-9A-Za-z.-]+"
    rb"|(?:(?<=S/N:)|(?<=SN:)|(?<=SERN:)|(?<=S/N )|(?<=SERIAL:))[0-9A-Za-z-]{4,}"
)


def record(target: Printer) -> str:
    """Walk a printer and return its recording. Raises ProbeError as `checks.io.snmp.Session` says."""
    if not target.host:
        raise ProbeError("printer.not_on_network")
    how = target.snmp
    manners = Manners("1" if how.version == "1" else "2c", is_proven=how.version == "3")
    cells: dict[Oid, Value] = {}
    for tree in _TREES:
        wire = WireV3(target.host, how) if how.version == "3" else Wire(target.host, how.port, how.community)
        with Session(wire, manners) as session:
            cells |= session.table([tree], rows=_MAX_ROWS, per_reply=_ROWS_PER_REPLY)
    return "".join(written(scrubbed(cells)))


def scrubbed(cells: Cells) -> Cells:
    """Return the cells with every serial number, address and owner's name blotted out."""
    owned = [*_OWNERS, *(name for name in cells if name[: len(mib.SERIAL)] == mib.SERIAL)]
    secrets = {value for name in owned if isinstance(value := cells.get(name), bytes)}
    known = sorted((one.strip(b"\0 ") for one in secrets), key=len, reverse=True)
    words = [re.escape(one) for one in known if len(one) >= _MIN_SECRET_BYTES]
    pattern = re.compile(b"|".join([*words, _NAMING.pattern]))
    found = {name: _blotted(value, pattern) for name, value in cells.items()}
    return found | {
        name: _all_blotted(value) for name in owned if isinstance(value := cells.get(name), bytes)
    }


def written(cells: Cells) -> Iterator[str]:
    """Yield the lines of a .snmprec file: name, type, value; strings as hexadecimal."""
    for name in sorted(cells):
        value = cells[name]
        label = ".".join(map(str, name))
        if isinstance(value, bytes):
            yield f"{label}|{_OCTETS}x|{value.hex()}\n" if value else f"{label}|{_OCTETS}|\n"
        elif isinstance(value, tuple):
            yield f"{label}|{_OID}|{'.'.join(map(str, value))}\n"
        elif value is not None:
            yield f"{label}|{_type(name, _TYPES)}|{value}\n"


def _type(name: Oid, columns: Iterable[Oid]) -> int:
    return next((_TYPES[one] for one in columns if name[: len(one)] == one), _INTEGER)


def _blotted(value: Value, pattern: re.Pattern[bytes]) -> Value:
    return pattern.sub(lambda found: b"X" * len(found[0]), value) if isinstance(value, bytes) else value


def _all_blotted(value: bytes) -> bytes:
    return b"X" * len(value)
