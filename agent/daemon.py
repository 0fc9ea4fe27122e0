"""The daemon: puts the parts together, starts and stops them. It has no rules of its own.

One core loop sleeps until the next run is due, a time limit passes, or a result comes. What comes within
half a second is looked at together: incidents, light and store turn once for all of it. Probes run in threads
of their own, the page is served from bytes, so nothing that hangs reaches this loop.
"""

import logging
import signal
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from agent import clock
from agent.chores import Chores
from agent.control import ControlServer
from agent.exposition.publisher import Publisher
from agent.incidents.wanted import Wanted
from agent.mailroom import sender_of
from agent.orders import answer
from agent.page.server import page_of
from agent.plan import Job
from agent.result import Result
from agent.station import Station
from agent.timetable import SleepWatch, StepWatch, Timetable
from agent.verdict import Key
from config import secrets
from config.procedure import ProcedureError, in_force
from config.secrets import SecretError
from config.settings import Settings, reload

log = logging.getLogger(__name__)

MAX_SLEEP_S = 15.0  # the loop goes round at least this often, so that its heartbeat means something
RESUME_S = 5.0  # shorter than this is the scheduler's doing, not a closed lid
RETEST_AFTER_S = 5.0  # between the passes of a retest
PARENT_AFTER_S = 1.0
FLUSH_S = 10.0  # results are saved together, as often as this
GATHER_S = 0.5  # the first result of several waits this long for the others


class Daemon:
    """A station that watches itself. `run` returns after `stop` or SIGTERM."""

    def __init__(
        self, station: Station, publisher: Publisher, state_dir: Path, settings_path: Path | None
    ) -> None:
        """Take the parts over; nothing starts before `run`."""
        self.station = station
        self._publisher = publisher
        self._settings_path = settings_path
        self._control = ControlServer(state_dir, partial(answer, station))
        publisher.refusals["control"] = self._control.refused
        self._timetable: Timetable[Key] = Timetable()
        self._chores = Chores(station)
        self._sender = sender_of(station, settings_path, state_dir)
        publisher.sources.append(self._sender.samples)
        station.sink_problems = self._sender.problems
        self._page = page_of(station)
        if self._page is not None:
            publisher.refusals["page"] = self._page.refused
            publisher.sources.append(self._page.samples)
        self._sleep_watch = SleepWatch()
        self._step_watch = StepWatch()
        self._stop = threading.Event()
        self._reload = threading.Event()
        self._found = threading.Event()
        self._unsettled: deque[Key] = deque()  # rows that want another look soon; filled by the runs' threads
        self._looked_at = -1  # the desk's version that was last looked at
        self._flush_at_s = 0.0
        station.listeners.append(self._on_result)

    def run(self, on_started: Callable[[], None] = lambda: None) -> None:
        """Watch until told to stop. Call from the main thread: it takes the signals."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        signal.signal(signal.SIGHUP, lambda *_: self._wake(self._reload))
        self._control.start()
        if self._page is not None:
            self._page.start()
        self._schedule()
        self.station.find_devices(then=lambda: self._wake(self._found))
        try:
            on_started()
            while not self._stop.is_set():
                self._turn()
        finally:
            self._sender.stop()
            if self._page is not None:
                self._page.stop()
            self._control.stop()
            self._publisher.stop(self.station)
            self.station.close()

    def stop(self) -> None:
        """End the loop soon; safe from any thread and from a signal."""
        self._wake(self._stop)

    def _turn(self) -> None:
        """Go round once: start what is due, report what is late, look at what is new, sleep."""
        station = self.station
        station.pulse.beat()
        self._take_orders()
        self._after_sleep()
        self._after_step()
        for key in self._timetable.due():
            station.start(key)
        next_limit_s = station.pool.expire()
        now_s, version = clock.boot_s(), station.desk.version
        if self._chores.do_due(now_s):
            self._timetable.hasten()
        if version != self._looked_at or self._publisher.next_in_s(now_s) <= 0:
            self._looked_at = version
            self._look(now_s)
        waits_s = [MAX_SLEEP_S, next_limit_s, self._timetable.next_in_s(), self._publisher.next_in_s(now_s)]
        if station.desk.wait(min(wait_s for wait_s in waits_s if wait_s is not None), version):
            self._stop.wait(GATHER_S)

    def _look(self, now_s: float) -> None:
        """Turn incidents, save and publish: something is new, or time alone may have changed the light."""
        self._after_incidents(self.station.turn_incidents())
        self._sender.start()
        if now_s >= self._flush_at_s:
            self._flush_at_s = now_s + FLUSH_S
            self.station.recorder.flush(self.station.desk, now_s)
        self._publisher.publish(self.station, now_s)

    def _take_orders(self) -> None:
        """Do what signals and other threads have asked the loop for."""
        if self._reload.is_set():
            self._reload.clear()
            self.reload()
        if self._found.is_set():
            self._found.clear()
            self.station.adopt_found()
            self._schedule()
        while self._unsettled:
            key = self._unsettled.popleft()
            again_in_s = self.station.desk.unsettled_in_s(key)
            if again_in_s is not None:
                self._timetable.retry_in(key, again_in_s)

    def _after_incidents(self, wanted: Wanted) -> None:
        """Look soon at what a retest needs, and at what a failing row depends on."""
        for key in wanted.retests:
            self._timetable.retry_in(key, RETEST_AFTER_S)
        for key in wanted.parents:
            self._timetable.retry_in(key, PARENT_AFTER_S)

    def reload(self) -> None:
        """Read settings and procedure again; bad ones change nothing and are shown."""
        settings, error = reload(self._settings_path, self.station.settings)
        if error is None:
            error = self._replan(settings)
        self.station.config_error = error or ""
        if error is None:
            log.info("settings reloaded")
        else:
            log.error("settings kept, the new ones are bad: %s", error)

    def _replan(self, settings: Settings) -> str | None:
        try:
            secrets.guard(settings, self._settings_path)
            settings = secrets.fill(settings, self._settings_path)
            self.station.replan(settings, in_force(settings.procedure))
        except (ProcedureError, SecretError) as error:
            return str(error)
        self._schedule()
        self._sender.forgive()
        return None

    def _schedule(self) -> None:
        """Give every row that runs its interval; rows that are new run at once."""
        jobs = self.station.desk.jobs
        self._timetable.replace((key, job.row.interval_s) for key, job in jobs.items() if job.off is None)

    def _after_sleep(self) -> None:
        """After the computer slept: say "checking" for a while and look at everything once."""
        slept_s = self._sleep_watch.slept_s()
        if slept_s < RESUME_S:
            return
        log.info("resumed from sleep: seconds=%.0f", slept_s)
        self.station.desk.begin_grace(self.station.procedure.rows.verdict.resume_grace_s)
        self._timetable.hasten()

    def _after_step(self) -> None:
        """Note that somebody set the wall clock; no schedule depends on it."""
        step_s = self._step_watch.step_s()
        if step_s:
            log.warning("clock was set: seconds=%.0f", step_s)
            self.station.clock_jump_s = step_s

    def _on_result(self, job: Job, _result: Result) -> None:
        """Note a row that stands between two states; the loop looks at it again soon."""
        if self.station.desk.unsettled_in_s(job.key) is not None:
            self._unsettled.append(job.key)

    def _wake(self, flag: threading.Event) -> None:
        flag.set()
        self.station.desk.wake()
