"""What is known of this desk right now: its rows, the folded results, the light. Safe across threads.

The desk decides nothing by itself: `agent.track` folds, `agent.verdict` judges. It keeps what is not
saved yet, and wakes whoever waits for a result.
"""

import threading
from collections.abc import Collection, Iterable

import msgspec

from agent import clock, runner
from agent.plan import Job
from agent.result import Result, Verdict
from agent.track import Rule, Track, fold, phase, rule_of
from agent.verdict import PARENT_FAILED, Circumstances, Key, Row, suppressed, verdict
from config.procedure import Procedure

MAX_UNSAVED = 2_000  # results kept for a store that cannot write; the oldest go first


class Desk:
    """The rows of one desk and their tracks."""

    def __init__(self, procedure: Procedure, jobs: Iterable[Job]) -> None:
        self._numbers = procedure.rows.verdict
        self._changed = threading.Condition()
        self._tracks: dict[Key, Track] = {}
        self._unsaved: list[Result] = []
        self._grace_until_s = 0.0
        self._version = 0
        self.dropped_count = 0
        self.replace_jobs(procedure, jobs)

    def replace_jobs(self, procedure: Procedure, jobs: Iterable[Job]) -> None:
        """Take a new plan; rows that stay keep their tracks, rows that are gone leave with theirs."""
        with self._changed:
            self._numbers = procedure.rows.verdict
            self._jobs = {job.key: job for job in jobs}
            self._rules: dict[Key, Rule] = {
                key: rule_of(job.row, self._numbers) for key, job in self._jobs.items()
            }
            self._tracks = {key: self._tracks.get(key, Track()) for key in self._jobs}
        for job in self._jobs.values():
            if job.off is not None:
                self.apply(job, runner.run(job, None, procedure)[0])

    @property
    def jobs(self) -> dict[Key, Job]:
        """Every row of the plan by (check, device)."""
        return self._jobs

    def apply(self, job: Job, result: Result) -> None:
        """Fold one result in; results of rows that a reload removed are dropped."""
        with self._changed:
            if job.key not in self._tracks:
                return
            in_grace = result.boot_s < self._grace_until_s
            self._tracks[job.key] = fold(
                self._tracks[job.key], result, self._rules[job.key], in_grace=in_grace
            )
            self._unsaved.append(result)
            if len(self._unsaved) > MAX_UNSAVED:
                del self._unsaved[0]
                self.dropped_count += 1
        self.wake()

    @property
    def version(self) -> int:
        """Grows with every change; read it before looking, give it to `wait` afterwards."""
        return self._version

    def wait(self, seconds: float, version: int) -> bool:
        """Sleep until something has changed since `version`, at most `seconds`; whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: self._version != version, max(0.0, seconds))

    def wake(self) -> None:
        """Wake every waiter: something has changed."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def begin_grace(self, seconds: float) -> None:
        """Call the desk "checking" for a while: it woke up, or its network changed."""
        with self._changed:
            self._grace_until_s = clock.boot_s() + seconds
        self.wake()

    def is_in_grace(self) -> bool:
        """Whether the desk has just woken up, and what fails now may be its own doing."""
        return clock.boot_s() < self._grace_until_s

    def track(self, key: Key) -> Track:
        """Return the row's track."""
        with self._changed:
            return self._tracks[key]

    def attempts(self, key: Key) -> int:
        """How many failing results in a row confirm a failure of this row."""
        return self._rules[key].fail_attempts

    def unsettled_in_s(self, key: Key) -> float | None:
        """Return after how many seconds a row between two states wants another look; None if settled."""
        with self._changed:
            track, rule = self._tracks.get(key, Track()), self._rules.get(key)
        return rule.retry_s if rule is not None and phase(track) in {"soft", "recovering"} else None

    def results(self, keys: Collection[Key] | None = None) -> tuple[Result, ...]:
        """Return the newest result of each row that has one, in the plan's order."""
        with self._changed:
            wanted = self._tracks if keys is None else [key for key in self._tracks if key in keys]
            return tuple(last for key in wanted if (last := self._tracks[key].last) is not None)

    def hidden(self, keys: Collection[Key] | None = None) -> frozenset[Key]:
        """Return the rows that a failed parent speaks for."""
        return suppressed(self.rows(keys), clock.now())

    def shown(self, keys: Collection[Key] | None = None) -> tuple[Result, ...]:
        """Return the newest results as people should read them.

        What a row found under a failed parent is not its own fault: it is shown as not judged.
        """
        hidden = self.hidden(keys)
        return tuple(
            msgspec.structs.replace(result, state="unknown", findings=(), reason=PARENT_FAILED)
            if result.key in hidden
            else result
            for result in self.results(keys)
        )

    def rows(self, keys: Collection[Key] | None = None) -> tuple[Row, ...]:
        """Return the rows to judge."""
        with self._changed:
            return tuple(
                Row(self._rules[key], key[1], track, self._jobs[key].is_own)
                for key, track in self._tracks.items()
                if keys is None or key in keys
            )

    def verdict(self, circumstances: Circumstances, keys: Collection[Key] | None = None) -> Verdict:
        """Judge the desk, or only some of its rows, now."""
        circumstances = msgspec.structs.replace(
            circumstances,
            grace_until_s=self._grace_until_s,
            snapshot_max_age_s=self._numbers.snapshot_max_age_s,
        )
        return verdict(self.rows(keys), circumstances, clock.now())

    def take_unsaved(self) -> list[Result]:
        """Hand over the results that are not in the store yet."""
        with self._changed:
            taken, self._unsaved = self._unsaved, []
            return taken

    def give_back(self, results: list[Result]) -> None:
        """Take back results that the store could not keep, to try again."""
        with self._changed:
            kept = (results + self._unsaved)[-MAX_UNSAVED:]
            self.dropped_count += len(results) + len(self._unsaved) - len(kept)
            self._unsaved = kept
