"""Incidents in the store: their transitions are events of the journal, `incident` says where each stands.

The store refuses what the procedure forbids (m0002.sql); nothing here can close without a retest.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from agent.clock import Instant
from agent.incidents import model, notes
from agent.incidents.model import MACHINE, OPEN_STANDINGS, Incident, Transition
from agent.result import Result
from agent.store.reader import Reader
from agent.store.rows import EVENT_SELECT, Event, event_of, result_of, utc_text
from agent.store.writing import Transaction
from agent.tickets import outbox

Render = Callable[[Incident, int], str]  # (the incident as it stands, the report's number) → HTML

_PREFIX = "incident."
_EVENTS = (
    "SELECT e.seq, e.at_utc, e.boot_id, e.boot_ms, e.kind, e.actor, e.body, e.procedure_edition, "
    "e.procedure_sha256, e.origin, e.hash FROM event e JOIN incident_event i ON i.seq = e.seq "
    "WHERE i.incident = ? ORDER BY e.seq"
)
_ORPHANED = "WHERE kind GLOB 'incident.*' AND seq NOT IN (SELECT seq FROM incident_event)"
_ORPHANS = f"{EVENT_SELECT} {_ORPHANED} ORDER BY seq"
_STANDS = {
    "detected",
    "reopened",
    "recovered",
    "fixed",
    "first_aid_worked",
    "retest_failed",
    "severity_changed",
}
_ENDS = {"closed", "cancelled"}


def load(store: Reader, since: datetime) -> dict[str, Incident]:
    """Return the open incidents, and those that changed since a moment. Raises StoreError."""
    marks = ", ".join("?" * len(OPEN_STANDINGS))
    rows = store.query(
        f"SELECT id FROM incident WHERE standing IN ({marks}) OR changed_utc >= ? ORDER BY id",  # noqa: S608  marks only
        (*OPEN_STANDINGS, utc_text(since)),
    )
    found = [one for (name,) in rows if (one := incident_of(store, name)) is not None]
    return {one.id: one for one in found}


def incident_of(store: Reader, name: str) -> Incident | None:
    """Return one incident from its part of the journal; None where there is none. Raises StoreError."""
    return model.fold(tuple(transition(event_of(row)) for row in store.query(_EVENTS, (name,))))


def names(store: Reader) -> tuple[str, ...]:
    """Return the ids of all incidents, oldest first. Raises StoreError."""
    return tuple(str(name) for (name,) in store.query("SELECT id FROM incident ORDER BY id"))


def changes(store: Reader, since: datetime) -> tuple[Result, ...]:
    """Return every result that changed since a moment, oldest first. Raises StoreError."""
    rows = store.query(
        "SELECT body FROM result_change WHERE at_utc >= ? ORDER BY seq DESC LIMIT 50", (utc_text(since),)
    )
    return tuple(result_of(body) for (body,) in reversed(rows))


def report_of(store: Reader, number: int) -> tuple[str, bytes | None] | None:
    """Return a report as HTML and as PDF, the latter once it has been made. Raises StoreError."""
    rows = store.query("SELECT html, pdf FROM incident_report WHERE number = ?", (number,))
    return (str(rows[0][0]), rows[0][1]) if rows else None


def unbound(store: Reader) -> tuple[int, ...]:
    """Return the numbers of the newest reports without a PDF. Raises StoreError."""
    rows = store.query("SELECT number FROM incident_report WHERE pdf IS NULL ORDER BY number DESC LIMIT 20")
    return tuple(int(number) for (number,) in rows)


def owner_of(store: Reader, number: int) -> Incident | None:
    """Return the incident of a report, as it was when that was written. Raises StoreError."""
    rows = store.query("SELECT incident FROM incident_report WHERE number = ?", (number,))
    incident = incident_of(store, rows[0][0]) if rows else None
    if incident is None:
        return None
    ends = [n for n, one in enumerate(incident.history) if one.body.get("number") == number]
    return model.fold(incident.history[: ends[0]]) if ends else incident


def bind(tx: Transaction, number: int, pdf: bytes) -> None:
    """Keep the PDF of a report; the store takes it once."""
    tx.execute("UPDATE incident_report SET pdf = ? WHERE number = ? AND pdf IS NULL", (pdf, number))


def write(
    tx: Transaction,
    happened: Iterable[Transition],
    before: Mapping[str, Incident],
    desk: notes.Desk,
    render: Render,
    now: datetime,
) -> tuple[Transition, ...]:
    """Write transitions and what IT is told of them in the caller's commit.

    Returns them as they were kept: a report with its number, a ticket withdrawn where it never left.
    """
    known = dict(before)
    kept: list[Transition] = []
    for one in happened:
        kept.extend(_kept(tx, known, one, desk, render, now))
    return tuple(kept)


def adopt_orphans(tx: Transaction, store: Reader) -> int:
    """Give the incidents of a salvaged journal their rows again; returns how many there were."""
    rows = store.query(_ORPHANS)
    known: dict[str, Incident] = {}
    for event in map(event_of, rows):
        one = transition(event)
        if one.incident not in known and one.kind != "detected":
            continue
        incident = model.apply(known.get(one.incident), one)
        with contextlib.suppress(sqlite3.IntegrityError):  # its proof was lost with the damage: it stays open
            _place(tx, incident, one, event.seq)
            known[one.incident] = incident
    return len(known)


def transition(event: Event) -> Transition:
    """Read a transition back from its event."""
    body = event.body
    at = Instant(datetime.fromisoformat(body["at"]), float(body["boot_s"]), str(body["boot_id"]))
    kind: Any = event.kind.removeprefix(_PREFIX)
    return Transition(str(body["incident"]), kind, at, event.actor, body["what"])


def _kept(
    tx: Transaction,
    known: dict[str, Incident],
    one: Transition,
    desk: notes.Desk,
    render: Render,
    now: datetime,
) -> Sequence[Transition]:
    """Write one transition, and what its end means for a ticket."""
    if one.kind == "reported":
        number = int(tx.execute("SELECT coalesce(max(number), 0) + 1 FROM incident_report").fetchone()[0])
        html = render(known[one.incident], number)
        one = msgspec.structs.replace(one, body={**one.body, "number": number})
        values = (number, one.incident, utc_text(one.at.utc), html)
        tx.execute(
            "INSERT INTO incident_report (number, incident, made_utc, html) VALUES (?, ?, ?, ?)", values
        )
    incident = known[one.incident] = model.apply(known.get(one.incident), one)
    _append(tx, incident, one)
    if one.kind not in _ENDS:
        if one.kind == "recorded":
            _drop_earlier(tx, incident)
        told = notes.note(incident, one, desk, now)
        if told is not None:
            outbox.put(tx, told)
        return (one,)
    return (one, *_end_ticket(tx, known, incident, desk, now))


def _end_ticket(
    tx: Transaction, known: dict[str, Incident], incident: Incident, desk: notes.Desk, now: datetime
) -> Sequence[Transition]:
    """End the ticket; one that was not due yet is withdrawn instead, for then nobody heard of it."""
    if incident.note == "none" or incident.note_due is None:
        return ()
    ended_at = incident.history[-1].at
    if (incident.note_due > ended_at.utc or incident.note == "digest") and outbox.withdraw(tx, incident.id):
        one = Transition(incident.id, "ticket_withdrawn", ended_at, MACHINE)
        known[incident.id] = model.apply(incident, one)
        _append(tx, known[incident.id], one)
        return (one,)
    if incident.note == "open":
        html = tx.execute("SELECT html FROM incident_report WHERE number = ?", (incident.report,)).fetchone()
        outbox.put(tx, notes.ending(incident, html[0] if html else None, desk, now))
    return ()


def _drop_earlier(tx: Transaction, incident: Incident) -> None:
    """A new plan takes the place of one that IT has heard nothing of: a digest's line, a later ticket."""
    earlier = [one for one in incident.this_life()[:-1] if one.kind == "recorded"]
    if incident.note == "open" and earlier and earlier[-1].body["note"] != "none":
        outbox.withdraw(tx, incident.id)


def _append(tx: Transaction, incident: Incident, one: Transition) -> None:
    body = {
        "incident": one.incident,
        "at": one.at.utc,
        "boot_id": one.at.boot_id,
        "boot_s": one.at.boot_s,
        "what": one.body,
    }
    seq = tx.append(f"{_PREFIX}{one.kind}", one.actor, body)
    _place(tx, incident, one, seq)


def _place(tx: Transaction, incident: Incident, one: Transition, seq: int) -> None:
    """Say which incident an event belongs to, and where that stands now."""
    if one.kind == "detected":
        _insert(tx, incident, one)
    proofs = (
        len(one.body.get("passes", ())) + len(one.body.get("answers", ())) if one.kind == "retested" else 0
    )
    needed = int(one.body["passes_needed"]) + len(one.body["answers"]) if one.kind == "retested" else 0
    tx.execute(
        "INSERT INTO incident_event VALUES (?, ?, ?, ?, ?)", (seq, incident.id, one.kind, proofs, needed)
    )
    if one.kind in _STANDS | _ENDS:
        tx.execute(
            "UPDATE incident SET standing = ?, severity = ?, changed_utc = ? WHERE id = ?",
            (incident.standing, incident.severity, utc_text(one.at.utc), incident.id),
        )


def _insert(tx: Transaction, incident: Incident, one: Transition) -> None:
    at = utc_text(one.at.utc)
    tx.execute(
        "INSERT INTO incident VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?)",
        (incident.id, incident.key, *incident.identity, incident.severity, at, at),
    )
