"""Zammad (REST API). Contract-tested only.

`project` is the group, `user` the customer's e-mail address, `key_field` the name of the ticket attribute
that holds our key ("deskready_key"). The search is Elasticsearch's: what was just created shows later.
Source: docs.zammad.org/en/latest/api/ticket.
"""

from typing import Any

from agent.tickets.model import (
    SETTLE_INDEX_S,
    Adapter,
    Answer,
    DeliveryError,
    Request,
    Row,
    Steps,
    Target,
    Ticket,
    TicketState,
    Tree,
    item,
    same_key,
    wanted,
)

_FIELD = "deskready_key"
_STATES: dict[str, TicketState] = {"closed": "closed", "merged": "closed", "removed": "gone"}


def find(target: Target, row: Row) -> Steps[tuple[Ticket, ...]]:
    """Return the tickets of the key that are not closed, oldest first. With `expand` states have names."""
    answer = yield Request(
        method="GET",
        path="api/v1/tickets/search",
        query={
            "query": f"{target.key_field or _FIELD}:{row.short}",
            "limit": "20",
            "expand": "true",
            "sort_by": "created_at",
            "order_by": "asc",
        },
        headers=_headers(target),
    )
    if not isinstance(answer.tree, list):
        raise DeliveryError("not_sent", "search.unreadable")
    found = same_key([_ticket(target, entry) for entry in answer.tree], row)
    return tuple(ticket for ticket in found if ticket.state == "open")


def create(target: Target, row: Row) -> Steps[Ticket]:
    """Create a ticket; the answer holds the key as it was kept."""
    ticket = {
        "title": row.subject,
        "group": target.project or "Users",
        "customer": target.user,
        target.key_field or _FIELD: row.short,
        "article": {"subject": row.subject, "body": row.text, "type": "note", "internal": False},
    }
    answer = yield Request(
        method="POST",
        path="api/v1/tickets",
        headers=_headers(target),
        json=ticket,
        expects=(201,),
        is_write=True,
    )
    wanted(answer.tree, "id")
    return _ticket(target, answer.tree)


def look(target: Target, ticket_id: str) -> Steps[Ticket]:
    """Return a ticket as it is now."""
    answer: Answer = yield Request(
        method="GET",
        path=f"api/v1/tickets/{ticket_id}",
        query={"expand": "true"},
        headers=_headers(target),
        expects=(200, 404),
        denied="rejected",
    )
    if answer.status == 404:  # noqa: PLR2004  Not Found
        return Ticket(id=ticket_id, state="gone")
    if not item(answer.tree, "id"):
        raise DeliveryError("not_sent", "look.unreadable")
    return _ticket(target, answer.tree)


def comment(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Add an internal note."""
    yield _change(target, ticket_id, {"article": _note(row.text)})


def resolve(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Set "closed", with a note, in one step."""
    yield _change(target, ticket_id, {"state": "closed", "article": _note(row.text)})


def reopen(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Set "open", with a note, in one step."""
    yield _change(target, ticket_id, {"state": "open", "article": _note(row.text)})


def _note(text: str) -> dict[str, Any]:
    return {"body": text, "type": "note", "internal": True}


def _change(target: Target, ticket_id: str, changes: dict[str, Any]) -> Request:
    return Request(
        method="PUT",
        path=f"api/v1/tickets/{ticket_id}",
        headers=_headers(target),
        json=changes,
        is_write=True,
        denied="rejected",
    )


def _ticket(target: Target, entry: Tree) -> Ticket:
    number = str(item(entry, "id"))
    return Ticket(
        id=number,
        url=f"{target.url.rstrip('/')}/#ticket/zoom/{number}",
        state=_STATES.get(str(item(entry, "state")), "open"),
        key=str(item(entry, target.key_field or _FIELD) or ""),
    )


def _headers(target: Target) -> dict[str, str]:
    return {"Authorization": f"Token token={target.secret}"}


ADAPTER = Adapter(
    name="zammad",
    find=find,
    create=create,
    look=look,
    comment=comment,
    resolve=resolve,
    reopen=reopen,
    settle_s=SETTLE_INDEX_S,
)
