"""Gives rows to a delivery child, or tickets to look at, and reads what came of each.

The daemon itself speaks to no server.
"""

import sys
from pathlib import Path

import msgspec

from agent.tickets.model import Job, Outcome, Row, Target
from checks.io import tool
from checks.model import ProbeError

DEADLINE_S = 240.0  # the child ends itself after a minute; this is for one that cannot
_BUSY = 75  # another child is still at work
_decode = msgspec.json.Decoder(Outcome).decode


def deliver(target: Target, rows: tuple[Row, ...], lock: Path) -> tuple[Outcome, ...]:
    """Deliver rows by a child; one outcome for each row, whatever becomes of the child."""
    job = Job(target=target, rows=rows, lock=str(lock))
    try:
        output = _run(job)
    except ProbeError as error:
        return tuple(_unknown(row, error.code) for row in rows)
    return read(rows, output.stdout, output.status)


def look(target: Target, tickets: tuple[str, ...], lock: Path) -> tuple[Outcome, ...]:
    """Look at tickets by a child; an outcome for each that was seen, `note` being its place in `tickets`."""
    job = Job(target=target, rows=(), lock=str(lock), looks=tickets)
    try:
        output = _run(job)
    except ProbeError as error:
        return (Outcome(note=0, outcome="not_sent", detail=error.code),)
    return tuple(_said(output.stdout).values())


def read(rows: tuple[Row, ...], said: bytes, status: int) -> tuple[Outcome, ...]:
    """Match the child's lines to the rows. After a crash the first row without a line was on its way."""
    known = _said(said)
    rest = [row for row in rows if row.note not in known]
    if rest and status not in (0, _BUSY):
        known[rest[0].note] = _unknown(rest[0], f"child.{status}")
    elif rest and status == _BUSY:
        known[rest[0].note] = Outcome(note=rest[0].note, outcome="not_sent", detail="child.busy")
    return tuple(known.get(row.note, Outcome(note=row.note, outcome="untouched")) for row in rows)


def _run(job: Job) -> tool.Output:
    argv = [sys.executable, "-m", "agent.tickets.deliver"]
    return tool.run(argv, timeout_s=DEADLINE_S, stdin=msgspec.json.encode(job))


def _said(said: bytes) -> dict[int, Outcome]:
    known: dict[int, Outcome] = {}
    for line in said.splitlines():
        try:
            outcome = _decode(line)
        except msgspec.DecodeError:
            break  # a line cut off: the child was killed while it wrote
        known[outcome.note] = outcome
    return known


def _unknown(row: Row, detail: str) -> Outcome:
    return Outcome(note=row.note, outcome="ambiguous", detail=detail)
