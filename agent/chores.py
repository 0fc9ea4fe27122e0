"""Work at times of day: the morning test and the store's upkeep.

The morning test needs nothing of its own: it makes every row of the timetable due at once.
"""

import logging

import msgspec

from agent.clock import Instant
from agent.station import Station
from agent.store.errors import StoreError
from agent.timetable import Calendar, Rule

log = logging.getLogger(__name__)

LOOK_S = 60.0  # how often the calendar is asked
MORNING_LATE_S = 4 * 3600.0  # a morning test missed by more than this is no morning test
_MORNING, _TRIM = "preop", "store.trim"


class Chores:
    """The calendar of one station. Call from the core loop only."""

    def __init__(self, station: Station) -> None:
        """Plan the work by the procedure's working hours."""
        self._station = station
        work = station.procedure.rows.work
        self._calendar = Calendar(work, self._last, self._keep)
        self._calendar.add(_MORNING, Rule("workday", work.day_starts, late_s=MORNING_LATE_S))
        self._calendar.add(_TRIM, Rule("workday", work.day_ends))
        self._look_at_s = 0.0

    def do_due(self, now_s: float) -> bool:
        """Do what is due; True if every check should run now."""
        if now_s < self._look_at_s:
            return False
        self._look_at_s = now_s + LOOK_S
        due = self._calendar.due()
        if _TRIM in due:
            self._station.recorder.trim(self._station.settings.store.max_mib)
        for job in due:
            log.info("calendar: %s", job)
            self._calendar.ran(job)
        return _MORNING in due

    def _last(self, job: str) -> Instant | None:
        text = self._station.recorder.note(f"calendar.{job}")
        return msgspec.json.decode(text, type=Instant) if text else None

    def _keep(self, job: str, ran: Instant) -> None:
        try:
            self._station.recorder.set_note(f"calendar.{job}", msgspec.json.encode(ran).decode())
        except StoreError as error:
            log.warning("calendar: %s not kept: %s", job, error.code)
