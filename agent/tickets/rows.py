"""Between the outbox and the child: notes become rows in words, outcomes become news. Pure."""

from collections.abc import Iterator, Sequence

from agent.clock import Instant
from agent.tickets import text
from agent.tickets.model import News, Outcome, Row
from agent.tickets.outbox import Kind, RemoteState, key_of, short_key
from agent.tickets.queue import Head
from agent.words import Lang
from config.procedure import Procedure

_NEWS: dict[Kind, News] = {"comment": "updated", "resolve": "resolved"}
_CLOSED = {"closed", "refused"}


def rows(heads: Sequence[Head], procedure: Procedure, lang: Lang, now: Instant) -> tuple[Row, ...]:
    """Return the rows of a batch; what is for the digest is one row under its first note's number."""
    digested = [head for head in heads if head.note.kind == "digest"]
    made = [_row(head, procedure, lang) for head in heads if head.note.kind != "digest"]
    if digested:
        made.append(_digest(digested, procedure, lang, now))
    return tuple(made)


def matched(heads: Sequence[Head], outcomes: Sequence[Outcome]) -> Iterator[tuple[Head, Outcome]]:
    """Yield each note with what came of its row; the digest's outcome is that of all its notes."""
    by_note = {outcome.note: outcome for outcome in outcomes}
    first = next((head.seq for head in heads if head.note.kind == "digest"), 0)
    for head in heads:
        note = first if head.note.kind == "digest" else head.seq
        yield head, by_note.get(note, Outcome(note=note, outcome="untouched"))


def remote_state(head: Head, outcome: Outcome) -> RemoteState:
    """Return how the ticket of an incident stands after a delivery."""
    if outcome.seen == "gone":
        return "gone"
    is_closed = outcome.seen in _CLOSED
    is_ours = head.remote_state == "resolved"
    match head.note.kind:
        case "resolve" if not is_closed:
            return "resolved"
        case "resolve" | "comment" if is_closed:
            return "resolved" if is_ours else "closed_by_person"
        case "reopen" if is_closed and not is_ours:
            return "closed_by_person"
        case _:
            return "open"


def news(head: Head, outcome: Outcome, *, is_parked: bool) -> Iterator[News]:
    """Yield what became known: that IT was told, and what a person did to the ticket meanwhile."""
    if is_parked:
        yield "parked"
    if outcome.outcome != "delivered":
        return
    if outcome.seen == "gone":
        if head.remote_id:
            yield "ticket_gone"
        return
    if outcome.seen in _CLOSED and head.remote_state == "open":
        yield "ticket_closed_by_person"
    if outcome.seen == "open" and head.remote_state in ("resolved", "closed_by_person"):
        yield "ticket_reopened_by_person"
    yield _NEWS.get(head.note.kind, "notified")


def _row(head: Head, procedure: Procedure, lang: Lang) -> Row:
    note = head.note
    report = note.body.get("report") or {}
    return Row(
        note=head.seq,
        op=head.op,
        kind=note.kind,
        key=note.key,
        short=short_key(note.key),
        subject=text.subject(note, procedure, lang),
        text=text.text(note, procedure, lang),
        remote_id=head.remote_id,
        url=head.url,
        attempt=head.attempts + 1,
        is_ours_closed=head.remote_state == "resolved",
        severity=str(note.body.get("severity") or ""),
        report=str(report.get("html") or ""),
        report_name=f"report-{report.get('number', '')}.html",
    )


def _digest(heads: Sequence[Head], procedure: Procedure, lang: Lang, now: Instant) -> Row:
    first = heads[0]
    body = first.note.body
    place = f"{body.get('site') or ''}/{body.get('station') or ''}"
    key = key_of(place, "digest", now.utc.date().isoformat())
    subject, lines = text.digest(tuple(head.note for head in heads), procedure, lang)
    return Row(
        note=first.seq,
        op=first.op,
        kind="digest",
        key=key,
        short=short_key(key),
        subject=subject,
        text=f"{lines}\ndeskready {short_key(key)} {key}",
        attempt=max(head.attempts for head in heads) + 1,
    )
