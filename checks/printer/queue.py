"""Queue: is a document stuck in this printer's queue, or the queue itself stopped?

Clause 2.2. Source: the print service (CUPS, here or on a server) over IPP, Get-Printer-Attributes and
Get-Jobs (RFC 8011). The queue's state is not the printer's: CUPS learns that only while a job runs. Of the
jobs only numbers, states and times are asked for, never a name or a person.
"""

import time
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

import msgspec

from checks.io import cups, ipp
from checks.io.ipp import Attributes, Call
from checks.model import Check, Finding, ProbeError
from config.devices import Printer

State: TypeAlias = Literal["idle", "printing", "stopped", "rejecting"]

_TIMEOUT_S = 3.0
_STATES: Final[dict[int, State]] = {3: "idle", 4: "printing", 5: "stopped"}  # printer-state, RFC 8011
_HELD = 4  # job-state pending-held
_FOR_A_PERSON: Final = frozenset({"cups-held-for-authentication", "job-held-for-authentication"})
_OF_QUEUE = (
    "printer-state", "printer-is-accepting-jobs", "printer-up-time", "printer-state-change-time",
)  # fmt: skip
_OF_JOB = (
    "job-id", "job-state", "job-state-reasons", "time-at-creation", "job-impressions-completed",
)  # fmt: skip


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document that waits for this long, while nothing moves, is stuck."""

    stuck_s: float = 300.0


class Job(msgspec.Struct, frozen=True):
    """One job that is not done. `is_held`: somebody wants it to wait. `pages` None: not counted."""

    number: int
    state: int
    age_s: float
    is_held: bool
    pages: int | None


class Facts(msgspec.Struct, frozen=True):
    """`oldest_job_s` is the age of the oldest job that is not held, None without one.

    `stopped_s` is how long the queue has been stopped, None where it is not or does not say. `still_s` is
    how long nothing has moved since something was seen to, None while nothing was. `read_s` is
    time.monotonic().
    """

    queue_state: State
    jobs: int
    held: int
    oldest_job_s: float | None
    stopped_s: float | None
    moving: tuple[Job, ...]
    read_s: float
    still_s: float | None = None


def probe(target: Printer, _params: Params) -> Facts:
    """Ask the print service.

    Raises ProbeError: "cups.refused" (this computer's print service does not run), "queue.no_state", and
    what `checks.io.ipp.ask` raises, with "ipp.not_found" for a queue that the service does not know.
    """
    queue = cups.queue(target.queue)
    try:
        of_queue = ipp.ask(_call("Get-Printer-Attributes", queue, _OF_QUEUE), timeout_s=_TIMEOUT_S).printer
        of_jobs = ipp.ask(_call("Get-Jobs", queue, _OF_JOB), timeout_s=_TIMEOUT_S).jobs
    except ProbeError as error:
        is_here = "://" not in target.queue and error.code == "ipp.refused"
        raise ProbeError("cups.refused" if is_here else error.code) from None
    return facts_of(of_queue, of_jobs, time.monotonic())


def facts_of(of_queue: Attributes, of_jobs: tuple[Attributes, ...], read_s: float) -> Facts:
    """Take the queue out of the service's answers. Raises ProbeError("queue.no_state")."""
    state = _STATES.get(_number(of_queue, "printer-state") or 0)
    now = _number(of_queue, "printer-up-time")
    if state is None or (of_jobs and now is None):
        raise ProbeError("queue.no_state")
    jobs = tuple(_job(one, now) for one in of_jobs)
    waiting = [job for job in jobs if not job.is_held]
    changed = _number(of_queue, "printer-state-change-time")
    is_rejecting = of_queue.get("printer-is-accepting-jobs") == (False,)
    return Facts(
        queue_state="rejecting" if is_rejecting and state != "stopped" else state,
        jobs=len(jobs),
        held=len(jobs) - len(waiting),
        oldest_job_s=max((job.age_s for job in waiting), default=None),
        stopped_s=_age_s(now, changed) if state == "stopped" and changed is not None else None,
        moving=tuple(msgspec.structs.replace(job, age_s=0.0) for job in waiting),
        read_s=read_s,
    )


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Count how long nothing has moved: no job came through, no page was printed, none changed its state."""
    if previous is None:
        return current
    if previous.moving != current.moving:
        return msgspec.structs.replace(current, still_s=0.0)
    if previous.still_s is None:
        return current
    still_s = previous.still_s + max(0.0, current.read_s - previous.read_s)
    return msgspec.structs.replace(current, still_s=still_s)


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield PRN_QUEUE_STUCK where nothing can come through, or an old document does not move."""
    is_moving = facts.still_s is not None and facts.still_s < params.stuck_s
    is_old = facts.oldest_job_s is not None and facts.oldest_job_s >= params.stuck_s
    if facts.queue_state in {"stopped", "rejecting"} or (is_old and not is_moving):
        since_s = facts.stopped_s if facts.oldest_job_s is None else facts.oldest_job_s
        yield Finding("PRN_QUEUE_STUCK", {"minutes": None if since_s is None else int(since_s // 60)})


def _call(operation: ipp.Operation, queue: cups.Queue, wanted: tuple[str, ...]) -> Call:
    which = "not-completed" if operation == "Get-Jobs" else ""
    return Call(operation, queue.uri, wanted=wanted, which_jobs=which, path=queue.path)


def _job(attributes: Attributes, now: int | None) -> Job:
    reasons = attributes.get("job-state-reasons", ())
    state = _number(attributes, "job-state") or 0
    return Job(
        number=_number(attributes, "job-id") or 0,
        state=state,
        age_s=_age_s(now, _number(attributes, "time-at-creation")),
        is_held=state == _HELD and not _FOR_A_PERSON.intersection(reasons),
        pages=_number(attributes, "job-impressions-completed"),
    )


def _age_s(now: int | None, then: int | None) -> float:
    """Return an age by the service's own clock, on which both times lie (RFC 8011, section 5.3.14)."""
    return 0.0 if now is None or then is None else float(max(0, now - then))


def _number(attributes: Attributes, name: str) -> int | None:
    value = next(iter(attributes.get(name, ())), None)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _has_queue(target: Printer) -> bool:
    return bool(target.queue)


CHECK = Check(
    "printer.queue",
    target=Printer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    carry=carry,
    applies=_has_queue,
    faults={"PRN_QUEUE_STUCK": ("minutes",)},
)
