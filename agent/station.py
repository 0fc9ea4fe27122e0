"""The parts of one desk put together: plan, runs, light, answers, store.

The daemon keeps one of these for good; a command without a daemon makes one for a moment.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from agent import card, clock, preop, workdays
from agent.answers import Answers
from agent.background import BackgroundTest
from agent.desk import Desk
from agent.herald import Herald
from agent.incidents.binder import Binder
from agent.incidents.keeper import Keeper
from agent.incidents.outlook import Pause
from agent.incidents.reported import reports
from agent.incidents.wanted import Wanted
from agent.journal.log import Log
from agent.keepsake import Keepsakes
from agent.page.tokens import Tokens
from agent.plan import Found, Job, found_by_os, plan
from agent.pool import Pool
from agent.pulse import Pulse
from agent.recorder import Recorder
from agent.result import Result, Verdict
from agent.running import Running
from agent.summary import line, summary
from agent.timetable import is_work_time
from agent.track import is_fresh, phase
from agent.verdict import Circumstances, Key, Reported
from agent.windows import Windows
from checks.model import Sample
from config.devices import Agent
from config.procedure import Procedure
from config.settings import Settings

log = logging.getLogger(__name__)

Progress = Callable[[dict[str, Any]], None]
RETEST_MAX_S = 45.0
_FOUND_KINDS = ("printer.", "scanner.")  # checks whose devices the operating system may know


class Station:
    """One desk, ready to be looked at. Methods may be called from several threads."""

    def __init__(
        self, settings: Settings, procedure: Procedure, state_dir: Path, pulse: Pulse | None = None
    ) -> None:
        """Plan the desk and open its store. Raises StoreLocked, ProcedureError."""
        self.settings = settings
        self.procedure = procedure
        self.recorder = Recorder(state_dir, (procedure.edition, procedure.sha256))
        self.answers = Answers(self.recorder)
        self.incidents = Keeper(self.recorder, settings, procedure)
        self.windows = Windows(self.recorder)
        self.journal = Log(self.recorder, procedure)
        self.binder = Binder(self.incidents)
        self.herald = Herald(self.recorder)
        self.desk = Desk(procedure, plan(procedure, settings))
        self.keepsakes = Keepsakes(self.recorder)
        self.pool = Pool(procedure, self._on_result, self.keepsakes.recall)
        self.listeners: list[Callable[[Job, Result], None]] = []  # told of each result, in the run's thread
        self.tokens = Tokens()  # of those who look at the page
        self.background = BackgroundTest(self.preop)
        self.config_error = ""
        self.running = Running()
        self.sink_problems: Callable[[], Mapping[str, str]] = dict  # of a sender: receivers that take nothing
        self.pulse = pulse or Pulse()
        self.clock_jump_s = 0.0
        self._found = self._news = Found()  # as planned with, and as last told by the operating system
        self._finder: threading.Thread | None = None

    def find_devices(self, then: Callable[[], None] = lambda: None) -> None:
        """Begin to ask the operating system for printers and scanners where the settings name none.

        It may take seconds, so it has a thread of its own; `then` is called from it at the end.
        """
        if not (self.settings.printer and self.settings.scanner):
            self._finder = threading.Thread(target=self._find, args=(then,), name="find-devices", daemon=True)
            self._finder.start()

    def _find(self, then: Callable[[], None]) -> None:
        self._news = found_by_os(self.settings)
        self._finder = None
        then()

    def adopt_found(self) -> None:
        """Plan with the devices that the operating system has named since."""
        if self._news != self._found:
            self._found = self._news
            self.replan(self.settings)

    def replan(self, settings: Settings, procedure: Procedure | None = None) -> None:
        """Take new settings and procedure. Raises ProcedureError, and then nothing has changed."""
        procedure = procedure or self.procedure
        jobs = plan(procedure, settings, self._found)
        self.settings, self.procedure = settings, procedure
        self.pool.procedure = procedure
        self.recorder.adopt((procedure.edition, procedure.sha256))
        self.incidents.adopt(settings, procedure)
        self.journal.adopt(procedure)
        self.desk.replace_jobs(procedure, jobs)

    def start(self, key: Key) -> bool:
        """Start one row's run; False while it is still going. Rows that are off do not run."""
        job = self.desk.jobs.get(key)
        return job is not None and job.off is None and self.pool.start(self._aimed(job))

    def test(
        self, checks: Collection[str], max_s: float, progress: Progress, device: str | None = None
    ) -> None:
        """Run rows until they are settled; `progress` gets one JSON line for each result.

        While the operating system is still being asked for devices, the rows that need none go first.
        """
        finder = self._finder
        if finder is not None:
            self._run_rows(
                [check for check in checks if not check.startswith(_FOUND_KINDS)], max_s, progress, device
            )
            finder.join(max_s)
            self.adopt_found()
            checks = [check for check in checks if check.startswith(_FOUND_KINDS)]
        self._run_rows(checks, max_s, progress, device)

    def _run_rows(
        self, checks: Collection[str], max_s: float, progress: Progress, device: str | None
    ) -> None:
        keys = preop.keys_of(self.desk, checks, device)

        def tell(result: Result) -> None:
            progress(line(result, clock.now()))

        preop.run(self.desk, self.pool, self.start, keys, max_s, tell)

    def preop(self, progress: Progress) -> None:
        """Run the pre-operation test; `progress` gets one JSON line for each result."""
        test = self.procedure.tests["preop"]
        self.test(test.checks, test.max_s, progress)
        self.turn_incidents()

    def ready(self) -> dict[str, Any]:
        """Return what the pre-operation test came to, with today's answers."""
        keys = preop.keys_of(self.desk, self.procedure.tests["preop"].checks)
        return self._summary(keys, self.circumstances(is_asked=True))

    def check(self, name: str, device: str | None, progress: Progress) -> dict[str, Any]:
        """Run one check on its devices and return the summary of these rows alone."""
        row = self.procedure.checks[name]
        attempts = row.attempts or self.procedure.rows.verdict.fail_attempts
        self.test([name], attempts * (row.timeout_s + preop.REPEAT_AFTER_S), progress, device)
        return self._summary(preop.keys_of(self.desk, [name], device), Circumstances())

    def status(self, *, is_asked: bool = False) -> dict[str, Any]:
        """Return the light of the whole desk with the newest results; looks at nothing."""
        return self._summary(None, self.circumstances(is_asked=is_asked))

    def verdict(self) -> Verdict:
        """Judge the whole desk now."""
        return self.desk.verdict(self.circumstances())

    def circumstances(self, *, is_asked: bool = False) -> Circumstances:
        """What besides the checks colours the desk. Off hours say nothing to a person who asks."""
        open_ones = self.incidents.open_ones()
        return Circumstances(
            answers=self.card().answers,
            stopped_devices=self.incidents.stopped_devices(),
            substituted_devices=frozenset(one.device for one in open_ones if one.substitute),
            reported=tuple(
                Reported(one.check, one.device, one.severity)
                for one in open_ones
                if not one.is_seen_by_machine
            ),
            maintained_devices=self.windows.devices(clock.now()),
            is_off_hours=not is_asked and not is_work_time(datetime.now(UTC), self.procedure.rows.work),
        )

    def turn_incidents(self) -> Wanted:
        """Fold the newest results into incidents; returns the rows that should run soon for their sake."""
        is_off = self.settings.ticket.hours == "work" and not is_work_time(
            datetime.now(UTC), self.procedure.rows.work
        )
        now = clock.now()
        pause = Pause(self.desk.is_in_grace(), is_off, self.windows.devices(now))
        wanted = self.incidents.turn(self.desk.rows(), pause, now)
        self.binder.nudge()
        return wanted

    def retest(self, keys: Collection[Key], max_s: float = RETEST_MAX_S) -> None:
        """Run rows, and again until nothing wants them any more: an incident's retest, asked for by hand."""
        deadline_s = clock.boot_s() + max_s
        while keys and (left_s := deadline_s - clock.boot_s()) > 0:
            preop.run(self.desk, self.pool, self.start, keys, left_s, lambda _result: None)
            keys = self.turn_incidents().retests & frozenset(keys)

    def samples(self) -> Iterator[Sample]:
        """Yield the numbers of what is no check."""
        return self.incidents.samples()

    def card(self) -> card.Today:
        """Return today's card: the questions that no fresh good result answers, and their answers."""
        now = clock.now()
        rows = self.desk.rows()
        doubtful = {
            row.rule.check
            for row in rows
            if phase(row.track) != "good" or not is_fresh(row.track, row.rule, now.boot_s, now.boot_id)
        }
        proven = frozenset(row.rule.check for row in rows) - doubtful
        due_count = self.journal.due_count(self.today())
        asked = card.questions(self.procedure, proven, {"n_cases": due_count, "n_planned": due_count})
        own = self.settings.station
        return card.today(
            asked,
            self.answers.given(now.utc - card.LOOK_BACK),
            reports(self.incidents.memory.incidents.values()),
            self.today(),
            f"{own.site}/{own.name}",
            due_count,
        )

    def today(self) -> date:
        """Return the date of this moment where the desk is."""
        return datetime.now(UTC).astimezone(workdays.zone(self.procedure.rows.work)).date()

    def close(self) -> None:
        """Save what is left and close the store."""
        self.recorder.flush(self.desk, float("inf"))
        self.recorder.close()

    def _on_result(self, job: Job, result: Result) -> None:
        self.desk.apply(job, result)
        self.incidents.observe(job, result)
        self.keepsakes.keep(job, result)
        for listener in self.listeners:
            listener(job, result)
        self.desk.wake()  # what the desk itself woke may have looked before the incidents had the result

    def _aimed(self, job: Job) -> Job:
        """Give the agent's own check the state of this moment as its target."""
        if not isinstance(job.target, Agent):
            return job
        target = Agent(
            heartbeat_age_s=self.pulse.age_s(),
            store_error=self.recorder.error,
            config_error=self.config_error,
            clock_jump_s=self.clock_jump_s,
        )
        return msgspec.structs.replace(job, target=target)

    def _summary(self, keys: Collection[Key] | None, circumstances: Circumstances) -> dict[str, Any]:
        verdict = self.desk.verdict(circumstances, keys)
        return summary(self.settings, verdict, self.desk.shown(keys), clock.now())
