"""The outbox: what IT is to be told, written in the same commit as the change that it tells of.

A note waits here until its time; `agent.tickets.sender` gives each sink its own delivery of it. Words are
made at delivery, so a note holds codes, numbers and names of devices only.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from agent import clock
from agent.store.chain import canonical
from agent.store.reader import Reader
from agent.store.rows import utc_text
from agent.store.writing import Transaction

Kind: TypeAlias = Literal["open", "comment", "resolve", "reopen", "digest"]
RemoteState: TypeAlias = Literal["open", "resolved", "closed_by_person", "gone"]

EVENT_KIND = "ticket.note"  # the journal's own copy of every note
UNROUTED = "-"  # the sink of a note that no sink got
_KEY_PREFIX = "dr1"
_SHORT_HEX = 32
_REPORT_CHARS = 20_000  # in any script and escaped it fits into an event of the journal
_NEVER = "9000"  # a note due later is kept for people to copy


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell of one incident. `due_utc` (aware) is the earliest moment to tell it."""

    incident: str
    key: str
    kind: Kind
    reason: str
    body: Mapping[str, Any]
    due_utc: datetime


class Remote(msgspec.Struct, frozen=True):
    """Where an incident is known: the ticket's id and address in one sink."""

    sink: str
    remote_id: str
    url: str
    state: RemoteState


class Depth(msgspec.Struct, frozen=True):
    """How many notes are in one state for one sink, and since when the oldest of them waits."""

    sink: str
    state: str
    count: int
    oldest_utc: datetime


def key_of(asset: str, check: str, fault: str) -> str:
    """Return the key of a fault: the same on every desk that shares the asset, for ever.

    `asset` is the serial number of a shared device, else "SITE/STATION/DEVICE"; never a host name, an
    address, a severity or a value, which change while the fault stays the same.
    """
    return f"{_KEY_PREFIX}:{asset}:{check}:{fault}"


def short_key(key: str) -> str:
    """Return the key for fields that are short or take few characters: 35 of a-z and 0-9."""
    return _KEY_PREFIX + hashlib.sha256(key.encode()).hexdigest()[:_SHORT_HEX]


def put(tx: Transaction, note: Note) -> None:
    """Write a note into the outbox, as a part of the caller's commit. Raises ValueError over 64 KiB.

    A report too long for that is left to the desk: the note keeps its number.
    """
    at, operation, note = clock.now(), secrets.token_hex(8), _fitted(note)
    due_boot_s = at.boot_s + (note.due_utc - at.utc).total_seconds()
    body = canonical(note.body)
    tx.append(EVENT_KIND, "agent", {"id": operation, "note": msgspec.to_builtins(note)})
    tx.execute(
        "INSERT INTO ticket_note (id, incident, key, kind, reason, body, put_utc, due_utc, boot_id, "
        "due_boot_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            operation,
            note.incident,
            note.key,
            note.kind,
            note.reason,
            body,
            utc_text(at.utc),
            utc_text(note.due_utc),
            at.boot_id,
            int(due_boot_s * 1000),
        ),
    )


def withdraw(tx: Transaction, incident: str) -> bool:
    """Drop the "open" of an incident that no sink was ever sent, with all that follows it.

    True if nothing of the incident has left or will leave this desk; False if a sink may know of it
    already, and then its end is worth a note too. The journal keeps what was put.
    """
    told = tx.execute(
        "SELECT 1 FROM ticket_delivery WHERE incident = ? AND (attempts > 0 OR state = 'delivered') LIMIT 1",
        (incident,),
    ).fetchone()
    if told:
        return False
    at = utc_text(clock.now().utc)
    tx.execute(
        "INSERT INTO ticket_delivery (note, sink, incident, state, changed_utc) "
        "SELECT seq, ?, incident, 'withdrawn', ? FROM ticket_note WHERE incident = ? AND is_routed = 0",
        (UNROUTED, at, incident),
    )
    tx.execute("UPDATE ticket_note SET is_routed = 1 WHERE incident = ? AND is_routed = 0", (incident,))
    tx.execute(
        "UPDATE ticket_delivery SET state = 'withdrawn', changed_utc = ? "
        "WHERE incident = ? AND state IN ('pending', 'parked')",
        (at, incident),
    )
    return True


def depth(store: Reader) -> tuple[Depth, ...]:
    """Count the notes that wait or are parked, by sink; those that no sink has taken yet are under "-"."""
    rows = store.query(
        "SELECT d.sink, d.state, count(*), min(n.put_utc) FROM ticket_delivery d "
        "JOIN ticket_note n ON n.seq = d.note WHERE d.state IN ('pending', 'sending', 'parked') "
        "GROUP BY d.sink, d.state UNION ALL "
        "SELECT ?, iif(due_utc < ?, 'pending', 'kept') AS state, count(*), min(put_utc) "
        "FROM ticket_note WHERE is_routed = 0 GROUP BY state",
        (UNROUTED, _NEVER),
    )
    return tuple(Depth(sink, state, count, datetime.fromisoformat(at)) for sink, state, count, at in rows)


def tickets_of(store: Reader, incident: str) -> tuple[Remote, ...]:
    """Return where an incident is known, by sink."""
    rows = store.query(
        "SELECT sink, remote_id, url, state FROM ticket_remote WHERE incident = ? ORDER BY sink", (incident,)
    )
    return tuple(Remote(*row) for row in rows)


def _fitted(note: Note) -> Note:
    report = note.body.get("report")
    if not isinstance(report, Mapping) or len(str(report.get("html", ""))) <= _REPORT_CHARS:
        return note
    kept = {name: value for name, value in report.items() if name != "html"}
    return msgspec.structs.replace(note, body={**note.body, "report": kept})
