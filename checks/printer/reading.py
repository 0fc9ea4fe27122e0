"""One reading of a network printer over SNMP, shared by the checks that run on it at the same time.

`read` is the one door: it keeps what the last discovery found, and hands a reading (or a failure) that
is younger than 5 s to whoever asks next.
"""

import threading
import time
from typing import Final

import msgspec

from checks.io.snmp import Session
from checks.io.snmp_manners import Manners
from checks.model import ProbeError
from checks.printer import mib, rows, survey, vendors
from config.devices import Printer

SHARED_S: Final = 5.0
REDISCOVER_S: Final = 3600.0
LEVEL_KEPT_S: Final = 86400.0
MAX_PRINTERS: Final = 32
_TICKS_PER_S: Final = 100  # sysUpTime, RFC 3418


class Reading(msgspec.Struct, frozen=True):
    """What a printer says of itself. None and "" where it says nothing.

    `errors` None is "no information", an empty tuple "no error". `read_s` is time.monotonic().
    """

    description: str
    model: str
    serial: str
    device_status: mib.DeviceStatus | None
    printer_status: mib.PrinterStatus | None
    errors: tuple[mib.ErrorBit, ...] | None
    console: str
    supplies: tuple[rows.Supply, ...]
    trays: tuple[rows.Tray, ...]
    alerts: tuple[rows.Alert, ...]
    page_count: int | None
    read_s: float
    request_count: int
    uptime_s: float | None = None  # of its network side; starts again after 497 days


class _Failure(msgspec.Struct, frozen=True):
    code: str


class _Memory:
    """What is kept of one printer between readings; touched under its lock only."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.manners: Manners | None = None  # how it must be asked, as long as it answers
        self.cells: rows.Cells = {}
        self.alerts: rows.Cells = {}
        self.discovered_s = float("-inf")
        self.levels: dict[str, tuple[rows.Level, float]] = {}  # the last known, and when it was read
        self.outcome: Reading | _Failure | None = None
        self.outcome_s = float("-inf")


_memories: dict[tuple[str, int, str, str], _Memory] = {}
_memories_lock = threading.Lock()


def read(target: Printer) -> Reading:
    """Return a reading of `target` that is at most 5 s old; a failure is shared for as long.

    Raises ProbeError: "printer.not_on_network" (a queue only), "snmp.v3_not_built", and what
    `checks.io.snmp.Session` raises. A device that answers with nothing of a printer gives a blank reading.
    """
    if not target.host:
        raise ProbeError("printer.not_on_network")
    if target.snmp.version == "3":
        raise ProbeError("snmp.v3_not_built")
    memory = _memory(target)
    with memory.lock:
        if memory.outcome is None or time.monotonic() - memory.outcome_s >= SHARED_S:
            memory.outcome = _outcome(target, memory)
            memory.outcome_s = time.monotonic()
        outcome = memory.outcome
    if isinstance(outcome, _Failure):
        raise ProbeError(outcome.code)
    return outcome


def forget() -> None:
    """Drop what is remembered of all printers: the next reading is a first contact."""
    with _memories_lock:
        _memories.clear()


def _memory(target: Printer) -> _Memory:
    key = (target.host, target.snmp.port, target.snmp.version, target.snmp.community)
    with _memories_lock:
        if key not in _memories and len(_memories) >= MAX_PRINTERS:
            del _memories[next(iter(_memories))]  # the one known longest
        return _memories.setdefault(key, _Memory())


def _outcome(target: Printer, memory: _Memory) -> Reading | _Failure:
    manners = memory.manners or Manners("1" if target.snmp.version == "1" else "2c")
    memory.manners = None
    try:
        with Session(target.host, target.snmp.port, target.snmp.community, manners) as session:
            _refresh(session, memory)
            memory.manners = manners
            return _reading(memory, session.request_count)
    except ProbeError as error:
        return _Failure(error.code)


def _refresh(session: Session, memory: _Memory) -> None:
    """Bring the memory up to date; it stays as it was where the session fails."""
    cells, discovered_s = None, memory.discovered_s
    if time.monotonic() - discovered_s < REDISCOVER_S:
        cells = survey.poll(session, memory.cells)
        if cells is None:
            memory.levels.clear()  # of cartridges that may be others by now
    if cells is None:
        cells, alerts = survey.discover(session)
        discovered_s = time.monotonic()
    else:
        alerts = survey.alerts(session, memory.cells, cells, memory.alerts)
    memory.alerts = alerts
    memory.cells, memory.discovered_s = cells, discovered_s


def _reading(memory: _Memory, request_count: int) -> Reading:
    cells = memory.cells
    charset = rows.first_number(cells, mib.CHARSET)
    is_pages = rows.first_number(cells, mib.COUNT_UNIT) in {None, *mib.COUNTS_OF_PAGES}
    page_count = rows.first_number(cells, mib.LIFE_COUNT)
    ticks = rows.first_number(cells, mib.SYS_UP_TIME)
    now_s = time.monotonic()
    supplies = vendors.sharpened(rows.supplies(cells, charset), cells, charset)
    return Reading(
        description=rows.first_words(cells, mib.SYS_DESCR, charset),
        model=rows.first_words(cells, mib.HR_DEVICE_DESCR, charset),
        serial=rows.first_words(cells, mib.SERIAL, charset),
        device_status=mib.DEVICE_STATUS.get(rows.first_number(cells, mib.HR_DEVICE_STATUS) or 0),
        printer_status=mib.PRINTER_STATUS.get(rows.first_number(cells, mib.HR_PRINTER_STATUS) or 0),
        errors=survey.errors(cells),
        console=_console(cells, charset),
        supplies=tuple(_remembered(memory, supply, now_s) for supply in supplies),
        trays=rows.trays(cells, charset),
        alerts=rows.alerts(memory.alerts, charset),
        page_count=page_count if is_pages and page_count is not None and page_count >= 0 else None,
        read_s=now_s,
        request_count=request_count,
        uptime_s=None if ticks is None else ticks / _TICKS_PER_S,
    )


def _console(cells: rows.Cells, charset: int | None) -> str:
    """Return what stands on the display; some Brother models tell it in a place of their own only."""
    shown = rows.first_words(cells, mib.CONSOLE, charset)
    return shown or rows.first_words(cells, mib.BROTHER_DISPLAY, charset)


def _remembered(memory: _Memory, supply: rows.Supply, now_s: float) -> rows.Supply:
    """Put the last known level, with its age, in the place of "unknown": sleeping printers say that."""
    if supply.level.state != "unknown":
        memory.levels[supply.id] = (supply.level, now_s)
        return supply
    level, read_s = memory.levels.get(supply.id, (supply.level, now_s))
    if now_s - read_s > LEVEL_KEPT_S:
        return supply
    return msgspec.structs.replace(supply, level=level, level_age_s=now_s - read_s)
