"""A whole station whose results are made by hand, for tests of what faces show. Its clock is the real one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from agent import clock, glance, morning
from agent.result import Fault, Result
from agent.station import Station
from agent.words import Lang
from config import procedure
from config.devices import Printer
from config.tables import Settings, Ticket
from config.tables import Station as Named

_SHIPPED = procedure.load()
_WORK = msgspec.structs.replace(
    _SHIPPED.rows.work,
    day_starts="00:00",
    day_ends="23:59",
    workdays=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    holidays="none",
)
PROCEDURE = msgspec.structs.replace(  # at work whenever the test runs
    _SHIPPED, rows=msgspec.structs.replace(_SHIPPED.rows, work=_WORK)
)
SETTINGS = Settings(
    station=Named(name="desk-07", site="sh-1"),
    printer=(
        Printer(name="front", place="前台", host="192.0.2.20", substitutes=("finance",)),
        Printer(name="finance", place="财务室", host="192.0.2.21"),
    ),
    ticket=Ticket(hours="always", observe_only=False),
)
FRONT = ("printer.status", "printer:front")


class Faces:
    """The station, and what a face sees of it."""

    def __init__(self, state_dir: Path, settings: Settings = SETTINGS) -> None:
        self.state_dir, self.settings = state_dir, settings
        self.station = Station(settings, PROCEDURE, state_dir)

    def see(self, key: tuple[str, str], *codes: str, severity: str = "stop", **more: Any) -> None:
        """Let a row have a result now: bad with these faults, or good without; and take the turn."""
        now, job = clock.now(), self.station.desk.jobs[key]
        own = {
            "check": key[0],
            "device": key[1],
            "level": job.row.level,
            "state": "fail" if codes else "ok",
            "findings": tuple(Fault(code, severity, ("2.2",), {}) for code in codes),
            "measured_at": now.utc,
            "boot_s": now.boot_s,
            "boot_id": now.boot_id,
        }
        self.station._on_result(job, Result(**{**own, **more}))
        self.station.turn_incidents()

    def all_good(self, times: int = 1) -> None:
        """Let every row be good and every question answered."""
        for _ in range(times):
            for key, job in self.station.desk.jobs.items():
                if job.off is None:
                    self.see(key)
        morning.start(self.station, "broker")

    def jam(self) -> None:
        """Let the front printer be jammed for certain."""
        for _ in range(3):
            self.see(FRONT, "PRN_JAM")

    def look(self, lang: Lang = "zh") -> dict[str, Any]:
        return glance.look(self.station, lang)

    def restart(self) -> None:
        """Another process with the same state folder."""
        self.station.close()
        self.station = Station(self.settings, PROCEDURE, self.state_dir)
        self.station.turn_incidents()


@contextmanager
def faces(state_dir: Path) -> Iterator[Faces]:
    """Give a station at work time and close it."""
    desk = Faces(state_dir)
    try:
        yield desk
    finally:
        desk.station.close()
