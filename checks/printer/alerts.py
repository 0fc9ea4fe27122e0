"""Alerts of a printer as what they mean at the desk: a jam, an open cover, no paper, a part that fails. Pure.

Codes and groups: PrtAlertCodeTC and PrtAlertGroupTC of RFC 3805 and the IANA Printer MIB.
"""

from collections.abc import Iterable, Mapping

import msgspec

from checks.printer import mib, rows
from checks.printer.facts import Reading

_JAM = 8
_OPENED, _EMPTY, _FULL = 18, 13, 15  # of any subunit: the group tells which
_COVERS = frozenset({3, 5, 501})
_NO_PAPER = 808
_TONER_EMPTY = frozenset({1101, 1102, 1103})
_FAILURES = frozenset({11, 30, 32, 33, 37, 38, 811, 812, 1002, 1003, 1004, 1109, 1110, 1112, 1114})
_TONER_LOW = frozenset({1104, 1105, 1106})
_ALMOST_EMPTY, _ALMOST_FULL = 12, 14
# Other parts that will soon need replacing.
_PART_NEAR_END: Mapping[int, mib.Kind] = {1107: "waste", 1108: "waste", 1111: "drum", 1113: "developer"}
_SUPPLY_GROUPS = frozenset({mib.GROUP_MARKER, mib.GROUP_SUPPLY})


class Told(msgspec.Struct, frozen=True):
    """An alert and what it is about. `name` is the code's name in RFC 3805, or its number.

    `tray`, `kind` and `colour` are None where the alert points to no row of ours.
    """

    severity: mib.Severity
    code: int
    name: str
    text: str
    group: int
    tray: str | None
    tray_row: int | None
    supply_row: int | None
    kind: mib.Kind | None
    colour: mib.Colour | None


def told(read: Reading) -> tuple[Told, ...]:
    """Return the alerts of a reading."""
    return tuple(_told(alert, read) for alert in read.alerts)


def critical(alerts: Iterable[Told]) -> tuple[Told, ...]:
    """Return the alerts that stop the printer."""
    return tuple(alert for alert in alerts if alert.severity == "critical")


def is_jam(alert: Told) -> bool:
    """Paper is jammed."""
    return alert.code == _JAM


def is_cover(alert: Told) -> bool:
    """A cover, door or interlock is open."""
    return alert.code in _COVERS or (alert.code == _OPENED and alert.group == mib.GROUP_COVER)


def is_no_paper(alert: Told) -> bool:
    """A tray is empty."""
    return alert.code == _NO_PAPER or (alert.code == _EMPTY and alert.group == mib.GROUP_INPUT)


def is_toner_empty(alert: Told) -> bool:
    """A toner, ink or ribbon is at its end."""
    return alert.code in _TONER_EMPTY or (alert.code == _EMPTY and alert.group in _SUPPLY_GROUPS)


def is_toner_low(alert: Told) -> bool:
    """A toner, ink or ribbon is nearly at its end, or at its end."""
    is_supply = alert.code == _ALMOST_EMPTY and alert.group in _SUPPLY_GROUPS
    return alert.code in _TONER_LOW or is_supply or is_toner_empty(alert)


def part_near_end(alert: Told) -> mib.Kind | None:
    """Return the kind of a part, other than toner or ink, that soon needs replacing, None if it is none."""
    is_waste = alert.code == _ALMOST_FULL and alert.group in _SUPPLY_GROUPS
    return "waste" if is_waste else _PART_NEAR_END.get(alert.code)


def is_failure(alert: Told) -> bool:
    """Someone must repair or bring a part: a broker cannot clear this at the printer."""
    return alert.code in _FAILURES or (alert.code == _FULL and alert.group in _SUPPLY_GROUPS)


def _told(alert: rows.Alert, read: Reading) -> Told:
    supply = tray = None
    if alert.group == mib.GROUP_SUPPLY:
        supply = next((one for one in read.supplies if one.row == alert.subunit), None)
    if alert.group == mib.GROUP_INPUT:
        tray = next((one for one in read.trays if one.row == alert.subunit), None)
    return Told(
        severity=alert.severity,
        code=alert.code,
        name=mib.ALERTS.get(alert.code, str(alert.code)),
        text=alert.text,
        group=alert.group,
        tray=(tray.name or None) if tray else None,
        tray_row=tray.row if tray else None,
        supply_row=supply.row if supply else None,
        kind=supply.kind if supply else None,
        colour=supply.colour if supply else None,
    )
