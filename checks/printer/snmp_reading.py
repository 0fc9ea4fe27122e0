"""What a printer says of itself over SNMP: a discovery at first contact, then one small question."""

import time
from typing import Final

from checks.io.snmp import Session
from checks.io.snmp_manners import Manners
from checks.io.snmp_v3 import WireV3
from checks.io.snmp_wire import Wire
from checks.printer import mib, rows, survey, vendors
from checks.printer.facts import Reading, Source
from config.devices import Snmp

REDISCOVER_S: Final = 3600.0
_TICKS_PER_S: Final = 100  # sysUpTime, RFC 3418


class Known:
    """What is kept of one printer between readings.

    `is_other`: the last reading found another printer, or other cartridges, than the one before.
    """

    def __init__(self) -> None:
        self.manners: Manners | None = None  # how it must be asked, as long as it answers
        self.cells: rows.Cells = {}
        self.alerts: rows.Cells = {}
        self.discovered_s = float("-inf")
        self.is_other = False


def read(host: str, how: Snmp, known: Known) -> Reading:
    """Ask the printer; bring `known` up to date. Raises ProbeError as `checks.io.snmp.Session` says."""
    manners = known.manners or Manners("1" if how.version == "1" else "2c", is_proven=how.version == "3")
    wire = WireV3(host, how) if how.version == "3" else Wire(host, how.port, how.community)
    known.manners = None
    with Session(wire, manners) as session:
        _refresh(session, known)
        known.manners = manners
        return _reading(known, session.request_count)


def _refresh(session: Session, known: Known) -> None:
    """Bring the cells up to date; they stay as they were where the session fails."""
    cells, discovered_s = None, known.discovered_s
    known.is_other = False
    if time.monotonic() - discovered_s < REDISCOVER_S:
        cells = survey.poll(session, known.cells)
        known.is_other = cells is None
    if cells is None:
        cells, alerts = survey.discover(session)
        discovered_s = time.monotonic()
    else:
        alerts = survey.alerts(session, known.cells, cells, known.alerts)
    known.cells, known.alerts, known.discovered_s = cells, alerts, discovered_s


def _reading(known: Known, request_count: int) -> Reading:
    cells = known.cells
    charset = rows.first_number(cells, mib.CHARSET)
    is_pages = rows.first_number(cells, mib.COUNT_UNIT) in {None, *mib.COUNTS_OF_PAGES}
    page_count = rows.first_number(cells, mib.LIFE_COUNT)
    ticks = rows.first_number(cells, mib.SYS_UP_TIME)
    device_status = mib.DEVICE_STATUS.get(rows.first_number(cells, mib.HR_DEVICE_STATUS) or 0)
    errors, console = survey.errors(cells), _console(cells, charset)
    return Reading(
        description=rows.first_words(cells, mib.SYS_DESCR, charset),
        model=rows.first_words(cells, mib.HR_DEVICE_DESCR, charset),
        serial=rows.first_words(cells, mib.SERIAL, charset),
        device_status=device_status,
        printer_status=mib.PRINTER_STATUS.get(rows.first_number(cells, mib.HR_PRINTER_STATUS) or 0),
        errors=errors,
        console=console,
        supplies=vendors.sharpened(rows.supplies(cells, charset), cells, charset),
        trays=rows.trays(cells, charset),
        alerts=rows.alerts(known.alerts, charset),
        page_count=page_count if is_pages and page_count is not None and page_count >= 0 else None,
        read_s=time.monotonic(),
        request_count=request_count,
        uptime_s=None if ticks is None else ticks / _TICKS_PER_S,
        sources=(Source("snmp", device_status, errors, console),),
    )


def _console(cells: rows.Cells, charset: int | None) -> str:
    """Return what stands on the display; some Brother models tell it in a place of their own only."""
    shown = rows.first_words(cells, mib.CONSOLE, charset)
    return shown or rows.first_words(cells, mib.BROTHER_DISPLAY, charset)
