"""Work at times of day: the morning test, the weekly digest, the monthly report, the quarterly load test.

`schedule` keeps the jobs and hands them out in order; when one is due is decided here. `schedule` alone asks
the wall clock once when to run next and trusts that for ever: set back, it waits for the old time; set
forward, it runs at once. A job that raises ends its whole loop. So nothing is run here: jobs are named, and
each that was not reported as done is named again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from agent import clock
from agent.clock import Instant
from agent.workdays import Rule, last_due, next_due
from config.schema import Work

RETRY_S = 900.0  # a job that was named and not reported as done is named again after this
SPACING_S = 4 * 3600.0  # a run this short before a due time counts for it: the clock was set back a little


class Calendar:
    """Jobs by name. `load(job)` and `save(job, instant)` keep the last run over restarts.

    How long ago a run was is told by the boot clock within one boot, whatever was done to the wall clock
    since; of an earlier boot there is the UTC stamp alone. A job that never ran counts from when it was
    first planned, so a new desk does not begin with last month's report.
    """

    def __init__(
        self,
        work: Work,
        load: Callable[[str], Instant | None],
        save: Callable[[str, Instant], None],
        now: Callable[[], Instant] = clock.now,
    ) -> None:
        import schedule  # noqa: PLC0415  it loads logging and more; only the daemon makes a Calendar

        self._scheduler = schedule.Scheduler()
        self._work, self._load, self._save, self._now = work, load, save, now
        self._planned = _as_planned(now())
        self._rules: dict[str, Rule] = {}
        self._ran: dict[str, Instant] = {}
        self._held_until_s: dict[str, float] = {}  # named and not reported yet; seconds since boot
        self._named: list[str] = []

    def add(self, job: str, rule: Rule) -> None:
        """Plan a job, or plan it anew by another rule; its last run still counts."""
        self.remove(job)
        if job not in self._ran:
            last = self._load(job)
            if last is None:
                last = _as_planned(self._now())
                self._save(job, last)
            self._ran[job] = last
        self._rules[job] = rule
        self._scheduler.every().day.at(rule.at).do(self._named.append, job).tag(job)

    def remove(self, job: str) -> None:
        """Forget a job, known or not; its last run is kept."""
        self._rules.pop(job, None)
        self._scheduler.clear(job)

    def due(self) -> list[str]:
        """Return the jobs to run now, the longest due first; each is to be reported with `ran`.

        One that is not (it raised, its process died) is named again after `RETRY_S`, as long as its rule
        lets it be late.
        """
        now = self._now()
        for job in self._scheduler.get_jobs():
            (name,) = job.tags
            job.next_run = _for_schedule(self._wait_s(str(name), now))
        self._named.clear()
        self._scheduler.run_pending()
        self._held_until_s.update(dict.fromkeys(self._named, now.boot_s + RETRY_S))
        return list(self._named)

    def ran(self, job: str) -> None:
        """Keep that a job was done just now. What `save` raises is passed on."""
        self._ran[job] = self._now()
        self._held_until_s.pop(job, None)
        self._save(job, self._ran[job])

    def next_in_s(self) -> float | None:
        """Return how long nothing will be due, at least 0; None where nothing ever is."""
        now = self._now()
        waits_s = [wait_s for job in self._rules if (wait_s := self._wait_s(job, now)) is not None]
        return max(0.0, min(waits_s)) if waits_s else None

    def _wait_s(self, job: str, now: Instant) -> float | None:
        """Return the seconds until a job is due, negative for how long it has been; None: it never is."""
        rule = self._rules[job]
        served_until = self._ran_at(job, now) + timedelta(seconds=SPACING_S)
        due_at = last_due(rule, now.utc, self._work)
        if due_at is None or due_at < served_until or _late_s(due_at, now) > rule.late_s:
            due_at = next_due(rule, max(now.utc, served_until), self._work)
        if due_at is None:
            return None
        held_s = self._held_until_s.get(job, now.boot_s) - now.boot_s
        return held_s if held_s > 0 else -_late_s(due_at, now)

    def _ran_at(self, job: str, now: Instant) -> datetime:
        """Return the last run in the terms of today's wall clock.

        A stamp of an earlier boot that lies in the future says that one of the two clocks was wrong: until
        that is over, the job counts from when this calendar was made.
        """
        ran = self._ran[job]
        if ran.boot_id != now.boot_id:
            if ran.utc <= now.utc:
                return ran.utc
            ran = self._planned
        return now.utc - timedelta(seconds=now.boot_s - ran.boot_s)


def _as_planned(now: Instant) -> Instant:
    """Return the last run of a job planned now: so long ago that every due time from now on counts."""
    return Instant(now.utc - timedelta(seconds=SPACING_S), now.boot_s - SPACING_S, now.boot_id)


def _late_s(due_at: datetime, now: Instant) -> float:
    return (now.utc - due_at).total_seconds()


def _for_schedule(wait_s: float | None) -> datetime:
    """Return a next run in naive local time, as `schedule` compares it; what is not due lies out of reach."""
    if wait_s is None or wait_s > 0:
        return datetime.max  # noqa: DTZ901  the clock of `schedule` is naive
    return datetime.now() + timedelta(seconds=wait_s)  # noqa: DTZ005  as above
