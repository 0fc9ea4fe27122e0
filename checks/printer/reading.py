"""One reading of a printer over SNMP and IPP, shared by the checks that run on it at the same time.

`read` is the one door: it keeps what the last discovery found, and hands a reading (or a failure) that
is younger than 5 s to whoever asks next.
"""

import threading
import time
from typing import Final

import msgspec

from checks.model import ProbeError
from checks.printer import facts, ipp_reading, rows, snmp_reading
from checks.printer.facts import Reading
from config.devices import Printer, Snmp

SHARED_S: Final = 5.0
LEVEL_KEPT_S: Final = 86400.0
MAX_PRINTERS: Final = 32


class _Failure(msgspec.Struct, frozen=True):
    code: str


class _Memory:
    """What is kept of one printer between readings; touched under its lock only."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.snmp = snmp_reading.Known()
        self.levels: dict[str, tuple[rows.Level, float]] = {}  # the last known, and when it was read
        self.outcome: Reading | _Failure | None = None
        self.outcome_s = float("-inf")


_memories: dict[tuple[str, str, Snmp], _Memory] = {}
_memories_lock = threading.Lock()


def read(target: Printer) -> Reading:
    """Return a reading of `target` that is at most 5 s old; a failure is shared for as long.

    Raises ProbeError: "printer.not_on_network" (a queue only) and what
    `checks.io.snmp.Session` or, without a host, `checks.io.ipp.ask` raises. A device that answers with
    nothing of a printer gives a blank reading.
    """
    if not target.host and not target.ipp:
        raise ProbeError("printer.not_on_network")
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
    key = (target.ipp, target.host, target.snmp)
    with _memories_lock:
        if key not in _memories and len(_memories) >= MAX_PRINTERS:
            del _memories[next(iter(_memories))]  # the one known longest
        return _memories.setdefault(key, _Memory())


def _outcome(target: Printer, memory: _Memory) -> Reading | _Failure:
    over_snmp = _over_snmp(target, memory)
    over_ipp = _over_ipp(target, over_snmp)
    if isinstance(over_snmp, Reading) and isinstance(over_ipp, Reading):
        found = facts.fused(over_snmp, over_ipp)
    else:
        told = [one for one in (over_snmp, over_ipp) if isinstance(one, Reading)]
        if not told:
            return over_snmp or over_ipp or _Failure("printer.not_on_network")
        found = told[0]
    supplies = tuple(_remembered(memory, supply, found.read_s) for supply in found.supplies)
    return msgspec.structs.replace(found, supplies=supplies, read_at=time.time())


def _over_snmp(target: Printer, memory: _Memory) -> Reading | _Failure | None:
    if not target.host:
        return None
    try:
        found = snmp_reading.read(target.host, target.snmp, memory.snmp)
    except ProbeError as error:
        return _Failure(error.code)
    if memory.snmp.is_other:
        memory.levels.clear()
    return found


def _over_ipp(target: Printer, over_snmp: Reading | _Failure | None) -> Reading | _Failure | None:
    """Ask over IPP too, unless the printer has just said that it sleeps: a connection would wake it."""
    if not target.ipp or (isinstance(over_snmp, Reading) and facts.is_asleep(over_snmp)):
        return None
    try:
        return ipp_reading.read(target.ipp, time.monotonic())
    except ProbeError as error:
        return _Failure(error.code)


def _remembered(memory: _Memory, supply: rows.Supply, now_s: float) -> rows.Supply:
    """Put the last known level, with its age, in the place of "unknown": sleeping printers say that."""
    if supply.level.state != "unknown":
        memory.levels[supply.id] = (supply.level, now_s)
        return supply
    level, read_s = memory.levels.get(supply.id, (supply.level, now_s))
    if now_s - read_s > LEVEL_KEPT_S:
        return supply
    return msgspec.structs.replace(supply, level=level, level_age_s=now_s - read_s)
