"""What upkeep is due: the procedure's tasks on this desk's devices, and the drill of the first-line faults.

Clauses 4.2.5 and 4.2.6. Pure. A task is due after its days, or after so many pages where that comes first;
never done counts from the day this desk was set up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

import msgspec

from config.procedure import Procedure
from config.row import Text

State: TypeAlias = Literal["due", "overdue", "later"]

DONE, SKIPPED = "maintenance.done", "maintenance.skipped"
SOON_DAYS = 7  # a task shows as due from its day on, and as overdue a week later
_DRILL = "drill:"
_BY_KIND = ("printer", "scanner")  # a task of these is one for each device


class Task(msgspec.Struct, frozen=True):
    """One recurring task, whatever table of the procedure it comes from."""

    id: str
    title: Text
    device_kind: str
    actor: str
    every_days: int
    minutes: float = 0.0
    or_uses: int | None = None
    ppe: tuple[str, ...] = ()


class Mark(msgspec.Struct, frozen=True):
    """That a task was done or skipped. `uses` is the device's page count then, None where it has none."""

    task: str
    device: str
    kind: Literal["done", "skipped"]
    day: date
    uses: int | None = None
    reason: str | None = None


class Due(msgspec.Struct, frozen=True):
    """Where one task on one device stands. `last` is its newest mark, None if there is none."""

    task: Task
    device: str
    state: State
    due: date
    last: Mark | None
    uses: int | None  # since it was last done; None where nobody counts


def tasks(procedure: Procedure) -> Iterator[Task]:
    """Yield the tasks in force, in the procedure's order: upkeep first, then the drills."""
    for row in procedure.rows.maintenance:
        if row.enabled:
            days = int(row.every.removesuffix("d"))
            yield Task(row.id, row.title, row.device, row.actor, days, row.minutes, row.or_uses, row.ppe)
    for course in procedure.rows.training:
        if course.enabled and course.drill_every_days:
            yield Task(f"{_DRILL}{course.id}", course.title, "computer", "broker", course.drill_every_days)


def listed(
    procedure: Procedure,
    devices: Sequence[str],
    marks: Iterable[Mark],
    uses: Mapping[str, int],
    installed: date,
    today: date,
) -> tuple[Due, ...]:
    """Return every task on every device that it is for, what is due first. `uses` are page counts."""
    newest = {(mark.task, mark.device): mark for mark in sorted(marks, key=lambda mark: mark.day)}
    found = [
        _due(task, device, newest.get((task.id, device)), uses.get(device), installed, today)
        for task in tasks(procedure)
        for device in _devices(task, devices)
    ]
    return tuple(sorted(found, key=lambda one: (one.due, one.task.id, one.device)))


def mark_of(kind: str, body: Mapping[str, Any]) -> Mark:
    """Read a mark back from its event."""
    return Mark(
        task=str(body["task"]),
        device=str(body["device"]),
        kind="done" if kind == DONE else "skipped",
        day=date.fromisoformat(str(body["day"])),
        uses=body.get("uses"),
        reason=body.get("reason"),
    )


def _due(task: Task, device: str, last: Mark | None, count: int | None, installed: date, today: date) -> Due:
    due = (last.day if last else installed) + timedelta(days=task.every_days)
    uses = _since(last, count) if task.or_uses else None
    if uses is not None and task.or_uses is not None and uses >= task.or_uses:
        due = min(due, today)
    state: State = "later"
    if today >= due:
        state = "overdue" if today >= due + timedelta(days=SOON_DAYS) else "due"
    return Due(task, device, state, due, last, uses)


def _since(last: Mark | None, count: int | None) -> int | None:
    """Count the pages since a task was done; None where either end was not counted, or the counter is new."""
    if last is None or last.uses is None or count is None or count < last.uses:
        return None
    return count - last.uses


def _devices(task: Task, devices: Sequence[str]) -> Sequence[str]:
    if task.device_kind in _BY_KIND:
        return [device for device in devices if device.partition(":")[0] == task.device_kind]
    return [task.device_kind]
