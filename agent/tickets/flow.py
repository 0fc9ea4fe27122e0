"""What is asked of a ticket system to deliver one note, for any adapter. Pure: requests out, answers in.

Before anything is created the key is looked for, so a repeat finds what it made before. A ticket that a
person closed, refused or deleted is never opened again: at most it gets a comment.
"""

import msgspec

from agent.tickets.model import Adapter, Answer, DeliveryError, Outcome, Request, Row, Steps, Target, Ticket

__all__ = ["Answer", "Request", "deliver"]

_KEY_NOT_KEPT = "key.not_kept"  # the field of the key is missing or not ours to fill
_DUPLICATE = "[deskready] duplicate of {id}"


def deliver(adapter: Adapter, target: Target, row: Row) -> Steps[Outcome]:
    """Deliver one note to a ticket system. Raises DeliveryError."""
    known = yield from _known(adapter, target, row)
    match row.kind:
        case "open" | "digest":
            return (yield from _open(adapter, target, row))
        case "reopen":
            return (yield from _reopen(adapter, target, row, known))
        case "comment":
            return (yield from _comment(adapter, target, row, known))
        case "resolve":
            return (yield from _resolve(adapter, target, row, known))


def _known(adapter: Adapter, target: Target, row: Row) -> Steps[Ticket | None]:
    """Look at the incident's ticket; where that one has ended, at an open one of the same key instead.

    So a ticket that was closed as the double of another desk's leads to that one. None: there is no ticket.
    """
    known = (yield from adapter.look(target, row.remote_id)) if row.remote_id else None
    if row.kind in {"open", "digest"} or (known is not None and known.state == "open"):
        return known
    found = yield from adapter.find(target, row)
    return found[0] if found else known


def _open(adapter: Adapter, target: Target, row: Row) -> Steps[Outcome]:
    """Adopt the oldest ticket of the key, or create one."""
    found = yield from adapter.find(target, row)
    if not found:
        return (yield from _create(adapter, target, row))
    keep = found[0]
    yield from _close_doubles(adapter, target, row, found)
    if row.attempt == 1:  # not from a lost answer: another desk, or an earlier life of this one, made it
        yield from adapter.comment(target, keep.id, row)
    return _done(row, keep, "ticket.adopted")


def _close_doubles(adapter: Adapter, target: Target, row: Row, found: tuple[Ticket, ...]) -> Steps[None]:
    """Mark what two desks made at one moment. A failure here is no failure of the note."""
    mark = msgspec.structs.replace(row, text=_DUPLICATE.format(id=found[0].id), report="")
    for double in found[1:]:
        try:
            yield from adapter.resolve(target, double.id, mark)
        except DeliveryError:
            return


def _create(adapter: Adapter, target: Target, row: Row) -> Steps[Outcome]:
    """Create; then see whether another desk did the same at that moment, and whether the key was kept.

    A ticket that does not keep its key will not be found again. What fails after the creation changes
    nothing about it.
    """
    ticket = yield from adapter.create(target, row)
    try:
        found = yield from adapter.find(target, row)
        if any(one.id == ticket.id for one in found):
            yield from _close_doubles(adapter, target, row, found)
            is_ours = found[0].id == ticket.id
            return _done(row, found[0], "ticket.created" if is_ours else "ticket.adopted")
        if ticket.key is None:  # a search index may not show it yet
            ticket = yield from adapter.look(target, ticket.id)
    except DeliveryError:
        return _done(row, ticket, "ticket.created")
    is_kept = ticket.key in {row.key, row.short}
    return _done(row, ticket, "ticket.created" if is_kept else _KEY_NOT_KEPT)


def _reopen(adapter: Adapter, target: Target, row: Row, known: Ticket | None) -> Steps[Outcome]:
    if known is None or known.state == "gone":
        return (yield from _open(adapter, target, row))
    if known.state == "closed" and row.is_ours_closed:
        yield from adapter.reopen(target, known.id, row)
    else:
        yield from adapter.comment(target, known.id, row)
    return _done(row, known, "ticket.reopened" if row.is_ours_closed else "ticket.commented")


def _comment(adapter: Adapter, target: Target, row: Row, known: Ticket | None) -> Steps[Outcome]:
    if known is None or known.state == "gone":
        return Outcome(note=row.note, outcome="delivered", remote_id=row.remote_id, seen="gone")
    yield from adapter.comment(target, known.id, row)
    return _done(row, known, "ticket.commented")


def _resolve(adapter: Adapter, target: Target, row: Row, known: Ticket | None) -> Steps[Outcome]:
    if known is None or known.state == "gone":
        return Outcome(note=row.note, outcome="delivered", remote_id=row.remote_id, seen="gone")
    if known.state != "open":
        return _done(row, known, "ticket.closed_before")
    yield from adapter.resolve(target, known.id, row)
    return _done(row, known, "ticket.resolved")


def _done(row: Row, ticket: Ticket, detail: str) -> Outcome:
    return Outcome(
        note=row.note,
        outcome="delivered",
        remote_id=ticket.id,
        url=ticket.url or row.url,
        seen=ticket.state,
        detail=detail,
    )
