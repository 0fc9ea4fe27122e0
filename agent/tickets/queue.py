# ruff: noqa: S608  the statements are put together from words of this file alone
"""The outbox as a queue: routes notes to sinks, gives the next ones, writes down what came of each.

In order for each incident: a note waits for the one before it. A parked "open" holds what follows, because
nothing can be added to a ticket that does not exist.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from agent.clock import Instant
from agent.store.chain import Row
from agent.store.reader import Reader
from agent.store.rows import utc_text
from agent.store.writing import Transaction
from agent.tickets.model import Outcome
from agent.tickets.outbox import Note

_SELECT = (
    "SELECT d.note, n.id, n.incident, n.key, n.kind, n.reason, n.body, n.due_utc, n.put_utc, d.attempts, "
    "coalesce(r.remote_id, ''), coalesce(r.url, ''), coalesce(r.state, '') FROM ticket_delivery d "
    "JOIN ticket_note n ON n.seq = d.note "
    "LEFT JOIN ticket_remote r ON r.incident = d.incident AND r.sink = d.sink "
)


class Head(msgspec.Struct, frozen=True):
    """The next note of one incident for one sink; `remote_state` "" where no ticket is known yet."""

    seq: int
    op: str
    note: Note
    put_utc: datetime
    attempts: int
    remote_id: str
    url: str
    remote_state: str


def route(tx: Transaction, sinks: Sequence[str], now: Instant) -> None:
    """Give every sink a delivery of each note that is due; without a sink the note is kept as it is."""
    at = utc_text(now.utc)
    for sink, state in [(sink, "pending") for sink in sinks] or [("none", "kept")]:
        tx.execute(
            "INSERT OR IGNORE INTO ticket_delivery (note, sink, incident, state, changed_utc) "
            f"SELECT seq, ?, incident, ?, ? FROM ticket_note WHERE {_DUE}",
            (sink, state, at, *_due_values(now)),
        )
    tx.execute(f"UPDATE ticket_note SET is_routed = 1 WHERE {_DUE}", _due_values(now))


def has_due(store: Reader, now: Instant) -> bool:
    """Whether there is a note to route."""
    return bool(store.query(f"SELECT 1 FROM ticket_note WHERE {_DUE} LIMIT 1", _due_values(now)))


def next_due_s(store: Reader, now: Instant) -> float | None:
    """Seconds until the next note is due, by the clock that counts for it; None while none waits."""
    rows = store.query(
        "SELECT min(iif(boot_id = ?, due_boot_ms / 1000.0 - ?, unixepoch(due_utc) - ?)) "
        "FROM ticket_note WHERE is_routed = 0",
        (now.boot_id, now.boot_s, now.utc.timestamp()),
    )
    return None if rows[0][0] is None else max(0.0, float(rows[0][0]))


def heads(store: Reader, sink: str, limit: int) -> tuple[Head, ...]:
    """Return the first waiting note of each incident, oldest first."""
    rows = store.query(
        f"{_SELECT} WHERE d.sink = ? AND d.state = 'pending' AND NOT EXISTS ("
        "SELECT 1 FROM ticket_delivery e JOIN ticket_note m ON m.seq = e.note WHERE e.sink = d.sink "
        "AND e.incident = d.incident AND e.note < d.note AND (e.state IN ('pending', 'sending') "
        "OR (e.state = 'parked' AND m.kind = 'open'))) ORDER BY d.note LIMIT ?",
        (sink, limit),
    )
    return tuple(_head(row) for row in rows)


def mark_sending(tx: Transaction, sink: str, seqs: Sequence[int], now: Instant) -> None:
    """Say that these are on their way; committed before the first byte leaves."""
    for seq in seqs:
        tx.execute(
            "UPDATE ticket_delivery SET state = 'sending', attempts = attempts + 1, changed_utc = ? "
            "WHERE note = ? AND sink = ? AND state = 'pending'",
            (utc_text(now.utc), seq, sink),
        )


def stranded(store: Reader) -> tuple[tuple[str, int], ...]:
    """Return (sink, note) of what was on its way when the process before this one ended."""
    return tuple(store.query("SELECT sink, note FROM ticket_delivery WHERE state = 'sending'"))


def keep(
    tx: Transaction, sink: str, head: Head, state: str, outcome: Outcome, now: Instant, *, is_sent: bool
) -> None:
    """Write down what came of a delivery. One that surely was not sent does not count as an attempt."""
    tx.execute(
        "UPDATE ticket_delivery SET state = ?, detail = ?, changed_utc = ?, attempts = attempts - ? "
        "WHERE note = ? AND sink = ?",
        (state, outcome.detail[:200], utc_text(now.utc), 0 if is_sent else 1, head.seq, sink),
    )


def keep_remote(
    tx: Transaction, sink: str, incident: str, outcome: Outcome, state: str, now: Instant
) -> None:
    """Remember the ticket of an incident."""
    tx.execute(
        "INSERT INTO ticket_remote (incident, sink, remote_id, url, state, changed_utc) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (incident, sink) DO UPDATE SET "
        "remote_id = excluded.remote_id, url = excluded.url, state = excluded.state, "
        "changed_utc = excluded.changed_utc",
        (incident, sink, outcome.remote_id, outcome.url, state, utc_text(now.utc)),
    )


def release(tx: Transaction, now: Instant) -> None:
    """Let what was on its way be tried again, as an attempt that may have arrived."""
    tx.execute(
        "UPDATE ticket_delivery SET state = 'pending', changed_utc = ? WHERE state = 'sending'",
        (utc_text(now.utc),),
    )


def add(tx: Transaction, sink: str, head: Head, now: Instant) -> None:
    """Give one more sink a delivery of a note (a fallback)."""
    tx.execute(
        "INSERT OR IGNORE INTO ticket_delivery (note, sink, incident, state, changed_utc) "
        "VALUES (?, ?, ?, 'pending', ?)",
        (head.seq, sink, head.note.incident, utc_text(now.utc)),
    )


def resend(tx: Transaction, seq: int, now: Instant) -> bool:
    """Let a parked note be tried again; False if there is no such parked note."""
    cursor = tx.execute(
        "UPDATE ticket_delivery SET state = 'pending', detail = '', changed_utc = ? "
        "WHERE note = ? AND state = 'parked'",
        (utc_text(now.utc), seq),
    )
    return cursor.rowcount > 0


def listing(store: Reader, now: Instant, limit: int = 200) -> list[dict[str, Any]]:
    """Return what waits or is parked as JSON, parked first; `number` is what `resend` takes."""
    rows = store.query(
        "SELECT d.note, d.sink, d.state, d.incident, n.kind, d.attempts, d.detail, n.put_utc "
        "FROM ticket_delivery d JOIN ticket_note n ON n.seq = d.note "
        "WHERE d.state IN ('pending', 'sending', 'parked') "
        "ORDER BY d.state <> 'parked', d.note LIMIT ?",
        (limit,),
    )
    names = ("number", "sink", "state", "incident", "kind", "attempts", "detail")
    return [{**dict(zip(names, row, strict=False)), "age_s": _age_s(row[len(names)], now)} for row in rows]


def _age_s(put_utc: str, now: Instant) -> float:
    return max(0.0, round((now.utc - datetime.fromisoformat(put_utc)).total_seconds(), 1))


# In the boot that it was put in a note is due by the clock that nobody can set, later by the calendar.
_DUE = "is_routed = 0 AND iif(boot_id = ?, due_boot_ms <= ?, due_utc <= ?)"


def _due_values(now: Instant) -> tuple[str, int, str]:
    return (now.boot_id, int(now.boot_s * 1000), utc_text(now.utc))


def _head(row: Row) -> Head:
    seq, op, incident, key, kind, reason, body, due_utc, put_utc, *rest = row
    note = Note(
        incident=incident,
        key=key,
        kind=kind,
        reason=reason,
        body=msgspec.json.decode(body),
        due_utc=datetime.fromisoformat(due_utc),
    )
    return Head(seq, op, note, datetime.fromisoformat(put_utc), *rest)
