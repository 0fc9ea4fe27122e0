"""Runs in flight: one thread for each, one at a time per row, each with a time limit.

A thread cannot be killed. A run that is still going at its limit is reported as unknown; its row is not
started again while it is stuck, and what it says later is thrown away. It delays nobody else.
"""

import threading
from collections.abc import Callable

from agent import clock, runner
from agent.plan import Job
from agent.result import Result
from agent.runner import Reading
from config.procedure import Procedure

Key = tuple[str, str]


class _Flight:
    """One run that has been started."""

    def __init__(self, job: Job, started: clock.Instant) -> None:
        self.job = job
        self.started = started
        self.is_reported = False  # its time limit has passed and has been told


class Pool:
    """Starts runs and hands every result to `on_result`, which is called from the run's own thread."""

    def __init__(
        self,
        procedure: Procedure,
        on_result: Callable[[Job, Result], None],
        recall: Callable[[Job], Reading | None] = lambda _job: None,
    ) -> None:
        self.procedure = procedure  # the one in force; a reload replaces it
        self._on_result = on_result
        self._recall = recall  # what is kept of a row that has not run yet
        self._lock = threading.Lock()
        self._flights: dict[Key, _Flight] = {}
        self._readings: dict[Key, Reading] = {}

    def start(self, job: Job) -> bool:
        """Start a run; False while an earlier one of the same row is still going."""
        with self._lock:
            if job.key in self._flights:
                return False
            flight = self._flights[job.key] = _Flight(job, clock.now())
        threading.Thread(target=self._fly, args=(flight,), name=job.row.id, daemon=True).start()
        return True

    def expire(self) -> float | None:
        """Report runs that are past their time limit; return seconds until the next limit, None if idle."""
        now_s = clock.boot_s()
        with self._lock:
            flying = [flight for flight in self._flights.values() if not flight.is_reported]
            late = [flight for flight in flying if _left_s(flight, now_s) <= 0]
            for flight in late:
                flight.is_reported = True
        for flight in late:
            self._on_result(flight.job, runner.overrun(flight.job, flight.started))
        return min((_left_s(flight, now_s) for flight in flying if not flight.is_reported), default=None)

    def stuck(self) -> tuple[Key, ...]:
        """Rows whose run is past its limit and has not ended."""
        with self._lock:
            return tuple(key for key, flight in self._flights.items() if flight.is_reported)

    def _fly(self, flight: _Flight) -> None:
        key = flight.job.key
        previous = self._readings.get(key) or self._recall(flight.job)
        result, reading = runner.run(flight.job, previous, self.procedure)
        with self._lock:
            self._flights.pop(key, None)
            if reading is None:
                self._readings.pop(key, None)
            else:
                self._readings[key] = reading
            is_late = flight.is_reported
        if not is_late:
            self._on_result(flight.job, result)


def _left_s(flight: _Flight, now_s: float) -> float:
    return flight.started.boot_s + flight.job.row.timeout_s - now_s
