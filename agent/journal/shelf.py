"""Cases in the store: entries are events of the journal, `case_view` is where each case stands.

The view can be made again from the events at any time, and is, after a salvage or under a new procedure.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, tzinfo
from typing import Any

import msgspec

from agent.journal.model import AMENDED, STEP, Case, Entry
from agent.store.reader import Reader
from agent.store.rows import EVENT_SELECT, Event, event_of, utc_text
from agent.store.writing import Transaction

_EVENTS = (
    "SELECT e.seq, e.at_utc, e.boot_id, e.boot_ms, e.kind, e.actor, e.body, e.procedure_edition, "
    "e.procedure_sha256, e.origin, e.hash FROM event e JOIN case_event c ON c.seq = e.seq "
    "WHERE c.ref = ? ORDER BY e.seq"
)
_WRITE_VIEW = (
    "INSERT INTO case_view (ref, is_open, next_due, last_utc, last_seq, body) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (ref) DO UPDATE SET is_open = excluded.is_open, next_due = excluded.next_due, "
    "last_utc = excluded.last_utc, last_seq = excluded.last_seq, body = excluded.body"
)
_decode_case = msgspec.json.Decoder(Case).decode
_encode = msgspec.json.Encoder().encode


class Kept(msgspec.Struct, frozen=True):
    """What an idempotency key was used for: the digest of the request, the numbers of its events."""

    sha256: str
    numbers: tuple[int, ...]


def append(tx: Transaction, entry: Entry, by: str) -> int:
    """Add one entry to the journal and return its number."""
    body = msgspec.to_builtins(entry) | {"at": utc_text(entry.at)}
    number = tx.append(STEP, by, body)
    _link(tx, number, entry.case)
    return number


def append_amendment(tx: Transaction, ref: str, number: int, entry: Entry | None, why: str, by: str) -> int:
    """Add to the journal that an entry was wrong, with what it should have been (None: nothing)."""
    right = None if entry is None else msgspec.to_builtins(entry) | {"at": utc_text(entry.at)}
    seq = tx.append(AMENDED, by, {"case": ref, "amends": number, "entry": right, "why": why})
    _link(tx, seq, ref)
    return seq


def put(tx: Transaction, case: Case, seq: int) -> None:
    """Keep where a case stands after the event `seq`."""
    awaited = case.next_step
    last = "" if case.last_at is None else utc_text(case.last_at)
    due = awaited[1].isoformat() if awaited else None
    tx.execute(_WRITE_VIEW, (case.ref, case.is_open, due, last, seq, _encode(case).decode()))


def case_in(tx: Transaction, ref: str) -> Case | None:
    """Return a case as this transaction sees it."""
    row = tx.execute("SELECT body FROM case_view WHERE ref = ?", (ref,)).fetchone()
    return None if row is None else _decode_case(row[0])


def ref_in(tx: Transaction, number: int) -> str | None:
    """Return whose event a number is, None where it is no case's."""
    row = tx.execute("SELECT ref FROM case_event WHERE seq = ?", (number,)).fetchone()
    return None if row is None else str(row[0])


def events_in(tx: Transaction, ref: str) -> tuple[Event, ...]:
    """Return a case's events as this transaction sees them."""
    return tuple(map(event_of, tx.execute(_EVENTS, (ref,)).fetchall()))


def case_of(store: Reader, ref: str) -> Case | None:
    """Return a case; None where there is none. Raises StoreError."""
    rows = store.query("SELECT body FROM case_view WHERE ref = ?", (ref,))
    return _decode_case(rows[0][0]) if rows else None


def events_of(store: Reader, ref: str) -> tuple[Event, ...]:
    """Return a case's events, oldest first. Raises StoreError."""
    return tuple(map(event_of, store.query(_EVENTS, (ref,))))


def events_after(store: Reader, number: int, limit: int) -> tuple[Event, ...]:
    """Return the next events of all cases after a number, oldest first. Raises StoreError."""
    where = "WHERE seq > ? AND kind IN (?, ?) ORDER BY seq LIMIT ?"
    return tuple(map(event_of, store.query(f"{EVENT_SELECT} {where}", (number, STEP, AMENDED, limit))))


def count_open(store: Reader) -> int:
    """Return how many cases are open. Raises StoreError."""
    return int(store.query("SELECT count(*) FROM case_view WHERE is_open")[0][0])


def count_due(store: Reader, day: date) -> int:
    """Return how many open cases are due by a day. Raises StoreError."""
    sql = "SELECT count(*) FROM case_view WHERE is_open AND next_due <= ?"
    return int(store.query(sql, (day.isoformat(),))[0][0])


def open_cases(
    store: Reader,
    due_by: date | None = None,
    active_since: datetime | None = None,
    limit: int | None = None,
) -> list[Case]:
    """Return the open cases, what is due first; with limits those due by a day or active since a moment."""
    where, values = "is_open", ()
    if due_by is not None or active_since is not None:
        where = "is_open AND (next_due <= ? OR last_utc >= ?)"
        since = "9" if active_since is None else utc_text(active_since)  # "9…" lies after every time
        values = ("" if due_by is None else due_by.isoformat(), since)  # type: ignore[assignment]
    order = "ORDER BY next_due IS NULL, next_due, ref LIMIT ?"
    sql = f"SELECT body FROM case_view WHERE {where} {order}"  # noqa: S608  our own words
    rows = store.query(sql, (*values, -1 if limit is None else limit))
    return [_decode_case(body) for (body,) in rows]


def kept_under(tx: Transaction, key: str) -> Kept | None:
    """Return what an idempotency key was used for, None where it is new."""
    row = tx.execute("SELECT sha256, seqs FROM journal_key WHERE key = ?", (key,)).fetchone()
    return None if row is None else Kept(row[0], tuple(msgspec.json.decode(row[1], type=list[int])))


def keep_key(tx: Transaction, key: str, kept: Kept, at: datetime) -> None:
    """Remember what an idempotency key was used for."""
    numbers = _encode(kept.numbers).decode()
    tx.execute("INSERT INTO journal_key VALUES (?, ?, ?, ?)", (key, kept.sha256, numbers, utc_text(at)))


def entries(events: Iterable[Event], zone: tzinfo) -> Iterator[tuple[int, Entry]]:
    """Yield the entries that count, with their numbers: amendments put in place, withdrawn ones left out."""
    right: dict[int, dict[str, Any] | None] = {}
    for event in events:
        if event.kind == STEP:
            right[event.seq] = dict(event.body)
        elif event.kind == AMENDED and event.body["amends"] in right:
            right[event.body["amends"]] = event.body["entry"]
    for number, body in right.items():
        if body is not None:
            yield number, entry_of(body, zone)


def entry_of(body: dict[str, Any], zone: tzinfo) -> Entry:
    """Read an entry back from its event; `at` is in the procedure's zone."""
    entry = msgspec.convert(body, Entry)
    return msgspec.structs.replace(entry, at=entry.at.astimezone(zone))


def is_behind(store: Reader) -> bool:
    """Whether events are not folded into the view. Raises StoreError."""
    newest = "SELECT coalesce(max(seq), 0) FROM event WHERE kind = ?"
    folded = store.query("SELECT coalesce(max(last_seq), 0) FROM case_view")[0][0]
    return any(int(store.query(newest, (kind,))[0][0]) > folded for kind in (STEP, AMENDED))


def all_events(tx: Transaction) -> Iterator[tuple[str, tuple[Event, ...]]]:
    """Yield each case's reference with its events, after the links from events to cases are made again."""
    tx.execute("DELETE FROM case_event")
    tx.execute("DELETE FROM case_view")
    tx.execute(
        "INSERT INTO case_event SELECT seq, json_extract(body, '$.case') FROM event "
        "WHERE kind IN (?, ?) AND json_extract(body, '$.case') IS NOT NULL",
        (STEP, AMENDED),
    )
    refs = [ref for (ref,) in tx.execute("SELECT DISTINCT ref FROM case_event ORDER BY ref").fetchall()]
    for ref in refs:
        yield ref, events_in(tx, ref)


def _link(tx: Transaction, seq: int, ref: str) -> None:
    tx.execute("INSERT INTO case_event VALUES (?, ?)", (seq, ref))
