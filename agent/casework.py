"""The journal as it may be asked for on this desk: entries, what is due, what a broken device holds up.

It joins the log with the desk: before a step that needs a device, the state of that device.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from agent import capability, clock
from agent.incidents.actions import worker
from agent.journal.log import Once
from agent.journal.model import Case, Entry
from agent.journal.refs import as_typed
from agent.journal.refusals import BadEntry
from agent.station import Station
from agent.store.chain import canonical
from agent.store.rows import Event, utc_text

SCHEMA = "deskready.cases/1"
NEW = "new"  # in the place of a case reference: begin a case
AFFECTED_WITHIN = timedelta(hours=4)
_ENTRIES_MAX = 500


def log(station: Station, given: Mapping[str, Any], by: str, key: str | None) -> dict[str, Any]:
    """Keep one entry and return its case. Raises BadEntry, Refused, StoreError."""
    now = datetime.now(UTC)
    wanted = dict(given)
    wanted["case"] = station.journal.new_ref() if given.get("case") == NEW else as_typed(str(given["case"]))
    entry = entry_of(wanted, now)
    once = None if key is None else Once(key, hashlib.sha256(canonical(dict(given)).encode()).hexdigest())
    (kept,) = station.journal.keep([entry], worker(by), now, once)
    return {
        "schema": SCHEMA,
        "number": kept.number,
        "is_repeat": kept.is_repeat,
        "case": line(kept.case, station, states(station)),
    }


def listing(station: Station, due: str | None, affected_by: str | None) -> dict[str, Any]:
    """Return the open cases, what is due first. `due` is "today" or a day, `affected_by` a device id.

    Raises BadEntry, StoreError.
    """
    now_states = states(station)
    if affected_by is not None:
        rows = station.desk.rows()
        served = capability.of_device(rows, affected_by)
        if not served:
            known = ", ".join(sorted({row.device for row in rows}))
            raise BadEntry(f"device: no {affected_by[:64]!r} on this desk; there are {known}")
        cases = station.journal.affected(served, datetime.now(UTC), AFFECTED_WITHIN)
    else:
        cases = station.journal.open_cases(None if due is None else _day(station, due))
    return {"schema": SCHEMA, "cases": [line(one, station, now_states) for one in cases]}


def affected(station: Station) -> list[Case]:
    """Return the cases that what has failed on this desk holds up (4.2.4). Raises StoreError."""
    now = clock.now()
    lost = capability.failed(station.desk.rows(), station.circumstances(), now)
    return station.journal.affected(lost, now.utc, AFFECTED_WITHIN) if lost else []


def history(station: Station, ref: str) -> dict[str, Any]:
    """Return one case with everything that was written of it. Raises BadEntry, StoreError."""
    case = station.journal.case(as_typed(ref))
    if case is None:
        raise BadEntry(f"case: no {ref[:16]!r} in this journal")
    events = [_event(event) for event in station.journal.events(case.ref)]
    return {"schema": SCHEMA, "case": line(case, station, states(station)), "events": events}


def export(station: Station, after: int) -> dict[str, Any]:
    """Return the next entries after a number, oldest first; none at the end. Raises StoreError."""
    events = station.journal.after(after, _ENTRIES_MAX)
    return {"schema": SCHEMA, "events": [_event(event) for event in events]}


def verify(station: Station) -> dict[str, Any]:
    """Walk the whole store: which rows are not as they were written, now and when the store was opened."""
    store = station.recorder.reader()
    report = store.verify()
    return {
        "rows": report.row_count,
        "breaks": [msgspec.to_builtins(one) for one in report.breaks],
        "salvages": [_salvage(event) for event in store.events("store.salvaged")],
        "heads": {name: msgspec.to_builtins(head) for name, head in report.heads.items()},
    }


def amend(
    station: Station, number: int, given: Mapping[str, Any] | None, why: str, by: str
) -> dict[str, Any]:
    """Put one entry right, or withdraw it. Raises BadEntry, Refused, StoreError."""
    now = datetime.now(UTC)
    entry = None if given is None else entry_of(dict(given), now)
    case = station.journal.amend(number, entry, why, worker(by), now)
    return {"schema": SCHEMA, "case": line(case, station, states(station))}


def entry_of(given: dict[str, Any], now: datetime) -> Entry:
    """Read an entry as it is given by a person or a program; without `at` it is of now. Raises BadEntry."""
    try:
        entry = msgspec.convert({"at": now.isoformat(), **given}, Entry)
    except msgspec.ValidationError as error:
        raise BadEntry(str(error)) from None
    if entry.at.tzinfo is None:
        raise BadEntry("at: a time with its zone, such as 2026-11-23T10:00:00+08:00")
    return entry


def line(case: Case, station: Station, now_states: Mapping[str, capability.State]) -> dict[str, Any]:
    """Return one case as JSON; `needs` tells how what its next step needs stands on this desk now."""
    awaited = case.next_step
    steps = station.journal.chart.steps
    needs = steps[awaited[0]].needs if awaited and awaited[0] in steps else ()
    return {
        "case": case.ref,
        "state": case.state,
        "next": {"step": awaited[0], "due": awaited[1].isoformat()} if awaited else None,
        "awaited": {step: day.isoformat() for step, day in case.awaited.items()},
        "needs": {name: now_states.get(name, "unknown") for name in needs},
        "gaps": list(case.gaps),
        "out_of_order": case.out_of_order,
        "last_at": None if case.last_at is None else utc_text(case.last_at),
    }


def _salvage(event: Event) -> dict[str, Any]:
    tables = event.body["tables"].values()
    return {
        "at": utc_text(event.at),
        "file": event.body["file"],
        "altered": sum(table["altered_count"] for table in tables),
        "missing": sum(last - first + 1 for table in tables for first, last in table["missing"]),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "number": event.seq,
        "kind": event.kind,
        "kept_at": utc_text(event.at),
        "by": event.actor,
        "body": dict(event.body),
    }


def states(station: Station) -> Mapping[str, capability.State]:
    """Return how each capability stands on this desk now."""
    return capability.states(station.desk.rows(), station.circumstances(), clock.now())


def _day(station: Station, text: str) -> date:
    if text == "today":
        return datetime.now(UTC).astimezone(station.journal.zone).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadEntry(f"due: {text[:32]!r} is neither “today” nor a day such as 2026-11-30") from None
