"""The upkeep of this desk as it may be asked for and marked: tasks joined with devices, pages and events."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from agent import clock, windows, workdays
from agent.incidents import maintenance
from agent.incidents.actions import BadAction, Refused, short_text, worker
from agent.incidents.maintenance import DONE, SKIPPED, Due, Mark
from agent.station import Station

SCHEMA = "deskready.maintenance/1"


def listing(station: Station) -> dict[str, Any]:
    """Return the windows that last and all tasks as JSON, what is due first. Raises StoreError."""
    now = clock.now()
    return {
        "schema": SCHEMA,
        "windows": [windows.line(one, now) for one in station.windows.active(now)],
        "tasks": [_line(one) for one in due(station)],
    }


def due(station: Station) -> tuple[Due, ...]:
    """Return where every task on every device stands today. Raises StoreError."""
    store = station.recorder.reader()
    events = [event for kind in (DONE, SKIPPED) for event in store.events(kind)]
    created = min((event.at for event in store.events("store.created")), default=datetime.now(UTC))
    return maintenance.listed(
        station.procedure,
        sorted({job.device for job in station.desk.jobs.values() if job.off is None}),
        [maintenance.mark_of(event.kind, event.body) for event in events],
        _uses(station),
        _day(station, created),
        _day(station, clock.now().utc),
    )


def mark(
    station: Station, task: str, device: str | None, reason: str | None, minutes: float | None, by: str
) -> dict[str, Any]:
    """Note that a task was done, or with a reason that it was skipped, and return the list.

    Raises BadAction, Refused, StoreError.
    """
    one = _named(due(station), task, device)
    body: dict[str, Any] = {
        "task": task,
        "device": one.device,
        "day": _day(station, clock.now().utc).isoformat(),
        "uses": _uses(station).get(one.device),
    }
    if reason is not None:
        body["reason"] = short_text(reason, "reason", station.procedure)
    elif minutes is not None:
        body["minutes"] = minutes
    station.recorder.append(SKIPPED if reason is not None else DONE, worker(by), body)
    return listing(station)


def window(
    station: Station, device: str, length_s: float | None, reason: str | None, by: str
) -> dict[str, Any]:
    """Begin a maintenance window, or with no length end it, and return the list.

    Raises BadAction, Refused, StoreError.
    """
    known = sorted({job.device for job in station.desk.jobs.values()})
    if device not in known:
        raise BadAction(f"no device {device!r} on this desk; there are {', '.join(known)}")
    if length_s is None:
        if device not in station.windows.devices(clock.now()):
            raise Refused("window", f"{device} is not under maintenance")
        station.windows.end(device, worker(by))
    elif 0 < length_s <= windows.LONGEST_S:
        station.windows.begin(device, length_s, short_text(reason, "reason", station.procedure), worker(by))
    else:
        raise BadAction("for: longer than nothing, at most 24 h; it can be set again")
    station.desk.wake()
    return listing(station)


def _named(known: Sequence[Due], task: str, device: str | None) -> Due:
    """Return the one task that is meant. Raises BadAction, or Refused where it must say which device."""
    found = [one for one in known if one.task.id == task and device in {None, one.device}]
    if not found:
        names = ", ".join(sorted({one.task.id for one in known}))
        raise BadAction(f"no task {task!r} on this desk; there are {names}")
    if len(found) > 1:
        raise Refused("device", f"one of {', '.join(one.device for one in found)}")
    return found[0]


def _uses(station: Station) -> Mapping[str, int]:
    """Return the page count of each device that tells it, as last seen. Raises StoreError."""
    return {
        result.device: result.facts["page_count"]
        for result in station.recorder.reader().latest()
        if isinstance(result.facts.get("page_count"), int)
    }


def _day(station: Station, moment: datetime) -> date:
    return moment.astimezone(workdays.zone(station.procedure.rows.work)).date()


def _line(one: Due) -> dict[str, Any]:
    last: Mark | None = one.last
    return {
        "task": one.task.id,
        "title": {"zh": one.task.title.zh, "en": one.task.title.en},
        "device": one.device,
        "actor": one.task.actor,
        "minutes": one.task.minutes,
        "ppe": list(one.task.ppe),
        "state": one.state,
        "due": one.due.isoformat(),
        "uses": one.uses,
        "last": {"kind": last.kind, "day": last.day.isoformat(), "reason": last.reason} if last else None,
    }
