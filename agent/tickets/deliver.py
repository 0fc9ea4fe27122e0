"""The one-shot child that delivers: `python -m agent.tickets.deliver`.

JSON on stdin: {"target": …, "rows": […], "lock": FILE}, or "looks" in place of rows, to look only; on
stdout one JSON line for each, as soon as it is known. It stops at the first that the server did not take:
the sender decides when to go on. The secret comes on stdin only. The lock keeps a child that outlived its
daemon and the next one's apart.
"""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from agent.tickets import flow, mail
from agent.tickets.backends import BACKENDS
from agent.tickets.model import STOPS, Adapter, DeliveryError, Job, Notifier, Outcome, Row, Target
from agent.tickets.wire import Wire

LOCK_S = 30.0
BUDGET_S = 60.0  # no further row is begun after this


def main() -> int:
    """Deliver what stands on stdin. Returns 0; 75 if another child is still at work."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    with contextlib.ExitStack() as stack:
        if not stack.enter_context(_alone(Path(job.lock))):
            return 75
        outcomes = look(job.target, job.looks) if job.looks else deliver(job.target, job.rows)
        for outcome in outcomes:
            sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
            sys.stdout.buffer.flush()
    return 0


def deliver(target: Target, rows: tuple[Row, ...]) -> Iterator[Outcome]:
    """Deliver rows in order and yield what came of each, up to the first that the server did not take."""
    backend = BACKENDS[target.backend]
    wire = Wire(target)
    with contextlib.closing(wire):
        if isinstance(backend, Notifier):
            yield from _tell(backend, wire, target, rows)
        else:
            yield from _file(backend, wire, target, rows)


def look(target: Target, tickets: tuple[str, ...]) -> Iterator[Outcome]:
    """Look at tickets and yield how each stands; `note` is its place. A channel has none."""
    adapter, wire = BACKENDS[target.backend], Wire(target)
    if isinstance(adapter, Notifier):
        return
    with contextlib.closing(wire):
        for place, number in enumerate(tickets):
            try:
                if place == 0 and adapter.greet is not None:
                    target = wire.run(adapter.greet(target))
                seen = wire.run(adapter.look(target, number))
            except DeliveryError as failure:
                yield _failed(place, failure)
                if failure.outcome in STOPS:
                    return
            else:
                yield Outcome(
                    note=place, outcome="delivered", remote_id=seen.id, url=seen.url, seen=seen.state
                )


def _file(adapter: Adapter, wire: Wire, target: Target, rows: tuple[Row, ...]) -> Iterator[Outcome]:
    until_s = time.monotonic() + BUDGET_S
    for index, row in enumerate(rows):
        if time.monotonic() > until_s:
            return
        try:
            if index == 0 and adapter.greet is not None:
                target = wire.run(adapter.greet(target))
            outcome = wire.run(flow.deliver(adapter, target, row))
        except DeliveryError as failure:
            outcome = _failed(row.note, failure)
        yield outcome
        if outcome.outcome in STOPS:
            return


def _tell(notifier: Notifier, wire: Wire, target: Target, rows: tuple[Row, ...]) -> Iterator[Outcome]:
    """Tell all rows in one message where the channel wants few; one by one otherwise."""
    batches = (rows,) if notifier.spacing_s else tuple((row,) for row in rows)
    for batch in batches:
        try:
            if notifier.send is None:
                mail.send(target, batch[0])
            else:
                wire.run(notifier.send(target, batch))
        except DeliveryError as failure:
            yield from (_failed(row.note, failure) for row in batch)
            if failure.outcome in STOPS:
                return
        else:
            yield from (Outcome(note=row.note, outcome="delivered", detail="told") for row in batch)


def _failed(note: int, failure: DeliveryError) -> Outcome:
    return Outcome(
        note=note,
        outcome=failure.outcome,
        retry_after_s=failure.retry_after_s,
        detail=failure.detail,
    )


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Hold the lock file; False if another child kept it for LOCK_S."""
    with path.open("a+b") as file:
        until_s = time.monotonic() + LOCK_S
        while not _locked(file):
            if time.monotonic() > until_s:
                yield False
                return
            time.sleep(0.05)
        yield True


def _locked(file: IO[bytes]) -> bool:
    """Try to lock the file; the lock ends with the process, however that ends."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415  there is none elsewhere

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415  there is none on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
