"""Between the outbox and the child: notes become rows in words, outcomes become news. Pure."""

from collections.abc import Iterator, Sequence

from agent.tickets import text
from agent.tickets.model import News, Outcome, Row
from agent.tickets.outbox import Kind, RemoteState, short_key
from agent.tickets.queue import Head
from agent.words import Lang
from config.procedure import Procedure

_NEWS: dict[Kind, News] = {"comment": "updated", "resolve": "resolved"}
_CLOSED = {"closed", "refused"}


def rows(heads: Sequence[Head], procedure: Procedure, lang: Lang) -> tuple[Row, ...]:
    """Return the rows of a batch; the notes of one digest are one row under the first one's number."""
    made: dict[str | int, list[Head]] = {}
    for head in heads:
        made.setdefault(_group(head), []).append(head)
    return tuple(_row(group, procedure, lang) for group in made.values())


def matched(heads: Sequence[Head], outcomes: Sequence[Outcome]) -> Iterator[tuple[Head, Outcome]]:
    """Yield each note with what came of its row."""
    by_note = {outcome.note: outcome for outcome in outcomes}
    first: dict[str | int, int] = {}
    for head in heads:
        note = first.setdefault(_group(head), head.seq)
        yield head, by_note.get(note, Outcome(note=note, outcome="untouched"))


def remote_state(head: Head, outcome: Outcome) -> RemoteState:
    """Return how the ticket of an incident stands after a delivery."""
    if outcome.seen == "gone":
        return "gone"
    is_closed = outcome.seen in _CLOSED
    is_ours = head.remote_state == "resolved" or _may_be_our_own(head, outcome)
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
    is_own = _may_be_our_own(head, outcome)
    if outcome.seen in _CLOSED and head.remote_state == "open" and not is_own:
        yield "ticket_closed_by_person"
    if outcome.seen == "open" and head.remote_state in ("resolved", "closed_by_person") and not is_own:
        yield "ticket_reopened_by_person"
    yield _NEWS.get(head.note.kind, "notified")


def _may_be_our_own(head: Head, outcome: Outcome) -> bool:
    """Whether a first attempt, whose answer was lost, may have left the ticket as it was found now."""
    is_done = {"resolve": "closed", "reopen": "open"}.get(head.note.kind) == outcome.seen
    return head.attempts > 0 and is_done


def _group(head: Head) -> str | int:
    """What makes one row: the notes of a digest have its key, any other stands alone."""
    return head.note.key if head.note.kind == "digest" else head.seq


def _row(group: Sequence[Head], procedure: Procedure, lang: Lang) -> Row:
    head = group[0]
    note = head.note
    report = note.body.get("report") or {}
    return Row(
        note=head.seq,
        op=head.op,
        kind=note.kind,
        key=note.key,
        short=short_key(note.key),
        subject=text.subject([one.note for one in group], procedure, lang),
        text=text.text([one.note for one in group], procedure, lang),
        remote_id="" if note.kind == "digest" else head.remote_id,
        url=head.url,
        attempt=1 + max(one.attempts for one in group),
        is_ours_closed=head.remote_state == "resolved",
        severity=str(note.body.get("severity") or ""),
        report=str(report.get("html") or ""),
        report_name=f"report-{report.get('number', '')}.html",
    )
