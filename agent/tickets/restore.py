"""After a damaged store was salvaged: the outbox again, from the journal that was carried over.

Every note and every delivery is an event, so what was told stays told, with its ticket, and what was not
goes out. What was told after the last event that could be read is looked for before it is told again.
"""

from typing import Any

import msgspec

from agent.clock import Instant
from agent.store.chain import canonical
from agent.store.reader import Reader
from agent.store.rows import Event, utc_text
from agent.store.writing import Transaction
from agent.tickets import outbox
from agent.tickets.ledger import DELIVERED_EVENT
from agent.tickets.outbox import Note

_STATES = {"resolve": "resolved"}


def is_needed(store: Reader) -> bool:
    """Whether the journal knows of notes and the outbox of none."""
    return bool(store.query("SELECT 1 FROM event WHERE kind = ? LIMIT 1", (outbox.EVENT_KIND,))) and not (
        store.query("SELECT 1 FROM ticket_note LIMIT 1")
    )


def restore(tx: Transaction, store: Reader, now: Instant) -> int:
    """Write the notes of the journal into the outbox; returns how many there are still to be told."""
    delivered: dict[str, list[Event]] = {}
    for event in store.events(DELIVERED_EVENT):
        delivered.setdefault(str(event.body["op"]), []).append(event)
    waiting_count = 0
    for event in store.events(outbox.EVENT_KIND):
        told = delivered.get(str(event.body["id"]), [])
        waiting_count += not told
        _restore(tx, event, told, now)
    return waiting_count


def _restore(tx: Transaction, event: Event, told: list[Event], now: Instant) -> None:
    note = msgspec.convert(event.body["note"], Note)
    cursor = tx.execute(
        "INSERT INTO ticket_note (id, incident, key, kind, reason, body, put_utc, due_utc, boot_id, "
        "due_boot_ms, is_routed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?)",
        (
            event.body["id"],
            note.incident,
            note.key,
            note.kind,
            note.reason,
            canonical(note.body),
            utc_text(event.at),
            utc_text(note.due_utc),
            int(bool(told)),
        ),
    )
    for one in told:
        _restore_delivery(tx, cursor.lastrowid or 0, note, one.body, utc_text(now.utc))


def _restore_delivery(tx: Transaction, seq: int, note: Note, body: Any, at: str) -> None:  # noqa: ANN401  JSON
    tx.execute(
        "INSERT INTO ticket_delivery (note, sink, incident, state, attempts, detail, changed_utc) "
        "VALUES (?, ?, ?, 'delivered', 1, ?, ?)",
        (seq, body["sink"], note.incident, body["detail"], at),
    )
    if body["remote_id"]:
        tx.execute(
            "INSERT OR REPLACE INTO ticket_remote (incident, sink, remote_id, url, state, changed_utc) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                note.incident,
                body["sink"],
                body["remote_id"],
                body.get("url", ""),
                _STATES.get(note.kind, "open"),
                at,
            ),
        )
