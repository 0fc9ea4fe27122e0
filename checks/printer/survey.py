"""Which questions a printer is asked, and when: few, because its processor is slow and sleep is wanted.

First contact finds the printer's row and its tables in about five requests. After that one GET asks for
what changes. Everything is cells by full name, as they came from the wire.
"""

from typing import Final

from checks.io.snmp import Session
from checks.io.snmp_message import Oid
from checks.printer import mib, rows, vendors
from checks.printer.rows import Cells

_MAX_SUPPLY_ROWS = 32
_MAX_TRAY_ROWS = 16
_MAX_ALERT_ROWS = 16
# A reply should fit a frame, 1,472 bytes: what follows a table may be vendors' strings of 255 bytes each.
_SUPPLIES_PER_REPLY = 4
_TRAYS_PER_REPLY = 6
_ALERTS_PER_REPLY = 3
_DEVICE_ROWS = 4  # of hrDeviceTable; where the printer lies lower, hrPrinterTable tells its row
_SWAP_RATIO = 0.2  # a level which rises by this much of the maximum is a new cartridge
_COUNTERS = (mib.CRITICAL_ALERTS, mib.ALL_ALERTS)
_SCALARS = (
    mib.SYS_DESCR,
    mib.SYS_OBJECT_ID,
    mib.SYS_UP_TIME,
    mib.SERIAL,
    *_COUNTERS,
    mib.CHARSET,
    mib.COUNT_UNIT,
    mib.LIFE_COUNT,
    mib.CONSOLE,
    mib.BROTHER_DISPLAY,
    mib.BROTHER_MAINTENANCE,
    mib.ALERT_SEVERITY,
    mib.INPUT_UNIT,
)
_DEVICE = (
    mib.HR_DEVICE_TYPE,
    mib.HR_DEVICE_DESCR,
    mib.HR_DEVICE_STATUS,
    mib.HR_PRINTER_STATUS,
    mib.HR_PRINTER_ERRORS,
)
_SUPPLIES = (
    mib.SUPPLY_COLORANT,
    mib.SUPPLY_CLASS,
    mib.SUPPLY_TYPE,
    mib.SUPPLY_DESCR,
    mib.SUPPLY_UNIT,
    mib.SUPPLY_MAX,
    mib.SUPPLY_LEVEL,
)
_INPUTS = (
    mib.INPUT_TYPE,
    mib.INPUT_FEED,
    mib.INPUT_ACROSS,
    mib.INPUT_MAX,
    mib.INPUT_LEVEL,
    mib.INPUT_NAME,
    mib.INPUT_DESCR,
    mib.COLORANT,
)
_RICOH = (mib.RICOH_SUPPLY_NAME, mib.RICOH_SUPPLY_LEVEL)
_ALERTS = (mib.ALERT_SEVERITY, mib.ALERT_GROUP, mib.ALERT_GROUP_INDEX, mib.ALERT_CODE, mib.ALERT_DESCR)
# What is asked for again each time, of all that the discovery found.
_CHANGING: Final = (
    mib.SYS_UP_TIME,
    *_COUNTERS,
    mib.LIFE_COUNT,
    mib.CONSOLE,
    mib.HR_DEVICE_STATUS,
    mib.HR_PRINTER_STATUS,
    mib.HR_PRINTER_ERRORS,
    mib.SUPPLY_LEVEL,
    mib.INPUT_LEVEL,
    mib.BROTHER_DISPLAY,
    mib.BROTHER_MAINTENANCE,
    mib.RICOH_SUPPLY_LEVEL,
)


def discover(session: Session) -> tuple[Cells, Cells]:
    """Read everything; of several devices in one box, the printer's row only. Returns the alerts apart."""
    cells = session.table(_DEVICE, scalars=_SCALARS, rows=_DEVICE_ROWS, per_reply=_DEVICE_ROWS)
    row = _printer_row(cells)
    cells = {name: value for name, value in cells.items() if _is_of_row(name, row)}
    status = mib.HR_DEVICE_STATUS + row
    if row and status not in cells:
        cells |= {name: value for name, value in session.get([status]).items() if value is not None}
    supplies = (*_SUPPLIES, *_RICOH) if vendors.is_ricoh(cells, None) else _SUPPLIES
    cells |= session.table(supplies, rows=_MAX_SUPPLY_ROWS, per_reply=_SUPPLIES_PER_REPLY)
    cells |= session.table(_INPUTS, rows=_MAX_TRAY_ROWS, per_reply=_TRAYS_PER_REPLY)
    return cells, _alert_table(session) if rows.indexes(cells, mib.ALERT_SEVERITY) else {}


def poll(session: Session, known: Cells) -> Cells | None:
    """Return `known` with what changes read anew; None where only a discovery can tell what is true now.

    That is after a restart of the printer, when an instance is gone, and when a cartridge was changed.
    """
    asked = [name for name in known if any(name[: len(column)] == column for column in _CHANGING)]
    if not asked:
        return None
    found = session.get(asked)
    if None in found.values() or _has_restarted(known, found) or _has_new_cartridge(known, found):
        return None
    return {**known, **found}


def alerts(session: Session, before: Cells, now: Cells, last: Cells) -> Cells:
    """Return the alert table. It is read unless it was empty `last` time and nothing speaks of a change.

    Where a change is likely but not told by a counter, one cell shows whether there is anything to read.
    """
    counters = [rows.first_number(now, column) for column in _COUNTERS]
    has_moved = counters != [rows.first_number(before, column) for column in _COUNTERS]
    if last or has_moved:
        return _alert_table(session)
    is_likely = None in counters or not _is_normal(now)
    if is_likely and session.table([mib.ALERT_SEVERITY], rows=1, per_reply=1):
        return _alert_table(session)
    return {}


def _alert_table(session: Session) -> Cells:
    return session.table(_ALERTS, rows=_MAX_ALERT_ROWS, per_reply=_ALERTS_PER_REPLY)


def errors(cells: Cells) -> tuple[mib.ErrorBit, ...] | None:
    """Return the printer's error bits; None: no information."""
    index = next(iter(rows.indexes(cells, mib.HR_PRINTER_ERRORS)), ())
    return rows.error_bits(cells.get(mib.HR_PRINTER_ERRORS + index))


def _printer_row(cells: Cells) -> Oid:
    """Return the printer's index in hrDeviceTable, () where the device has no row for a printer."""
    for index in rows.indexes(cells, mib.HR_DEVICE_TYPE):
        if cells[mib.HR_DEVICE_TYPE + index] == mib.HR_DEVICE_PRINTER:
            return index
    return next(iter(rows.indexes(cells, mib.HR_PRINTER_ERRORS)), ())


def _is_of_row(name: Oid, row: Oid) -> bool:
    """Whether a cell belongs to the printer: it lies in no device table, or in the printer's row."""
    return all(name[: len(column)] != column or name[len(column) :] == row for column in _DEVICE)


def _has_restarted(before: Cells, now: Cells) -> bool:
    was_up, is_up = (rows.first_number(cells, mib.SYS_UP_TIME) for cells in (before, now))
    return was_up is not None and is_up is not None and is_up < was_up


def _has_new_cartridge(before: Cells, now: Cells) -> bool:
    for index in rows.indexes(now, mib.SUPPLY_LEVEL):
        was, level = (rows.number(cells, mib.SUPPLY_LEVEL + index) for cells in (before, now))
        maximum = rows.number(before, mib.SUPPLY_MAX + index) or 0
        if was is not None and level is not None and level > max(was, 0) + _SWAP_RATIO * max(maximum, 0):
            return True
    return False


def _is_normal(cells: Cells) -> bool:
    """Whether status and error bits say, in so many words, that there is nothing to report."""
    return (
        mib.DEVICE_STATUS.get(rows.first_number(cells, mib.HR_DEVICE_STATUS) or 0) == "running"
        and mib.PRINTER_STATUS.get(rows.first_number(cells, mib.HR_PRINTER_STATUS) or 0)
        in {"idle", "printing"}
        and errors(cells) == ()
    )
