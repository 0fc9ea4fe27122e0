"""GLPI 9.5 to 10 (REST API "apirest.php"). Contract-tested only.

`url` ends in apirest.php; `project` is the entity's number, `type` the category's number. The secret is the
user token, or the app token and the user token with a space between. The key is in `externalid` (another
column by `key_field`). Source: glpi-project/glpi, apirest.md.
"""

import html
from typing import Any

import msgspec

from agent.tickets.model import (
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

_FIELD = "externalid"
_PROCESSING, _SOLVED = 2, 5  # CommonITILObject: ASSIGNED, SOLVED; 6 is CLOSED
URGENCY = {"stop": 4, "degraded": 3, "notice": 2}
_INCIDENT = 1  # Ticket::INCIDENT_TYPE
_PARTIAL = 206


def greet(target: Target) -> Steps[Target]:
    """Open a session; its token is the secret from here on."""
    app, _, user = target.secret.rpartition(" ")
    headers = {"Authorization": f"user_token {user}", **({"App-Token": app} if app else {})}
    answer = yield Request(method="GET", path="initSession", headers=headers)
    session = item(answer.tree, "session_token")
    if not session:
        raise DeliveryError("not_sent", "session.unreadable")
    return msgspec.structs.replace(target, secret=f"{app} {session}")


def find(target: Target, row: Row) -> Steps[tuple[Ticket, ...]]:
    """Return the tickets of the key that are not solved, oldest first. `searchText` takes ^ and $."""
    field = target.key_field or _FIELD
    answer = yield Request(
        method="GET",
        path="Ticket",
        query={f"searchText[{field}]": f"^{row.short}$", "sort": "id", "order": "ASC", "range": "0-19"},
        headers=_headers(target),
        expects=(200, _PARTIAL),
    )
    if not isinstance(answer.tree, list):
        raise DeliveryError("not_sent", "search.unreadable")
    found = same_key([_ticket(target, entry) for entry in answer.tree], row)
    return tuple(ticket for ticket in found if ticket.state == "open")


def create(target: Target, row: Row) -> Steps[Ticket]:
    """Create a ticket; whether it kept the key shows only when it is read."""
    ticket: dict[str, Any] = {
        "name": row.subject,
        "content": page(row.text),
        "type": _INCIDENT,
        "urgency": URGENCY.get(row.severity, 3),
        target.key_field or _FIELD: row.short,
    }
    if target.project:
        ticket["entities_id"] = target.project
    if target.type:
        ticket["itilcategories_id"] = target.type
    answer = yield _write(target, "POST", "Ticket", ticket, expects=(201,))
    number = str(wanted(answer.tree, "id"))
    return Ticket(id=number, url=_url(target, number))


def look(target: Target, ticket_id: str) -> Steps[Ticket]:
    """Return a ticket as it is now; one in the dustbin is gone."""
    answer: Answer = yield Request(
        method="GET",
        path=f"Ticket/{ticket_id}",
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
    """Add a follow-up."""
    yield _write(
        target, "POST", f"Ticket/{ticket_id}/ITILFollowup", _note(ticket_id, row.text), expects=(201,)
    )


def resolve(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Add a solution, which sets the status Solved."""
    yield _write(target, "POST", "ITILSolution", _note(ticket_id, row.text), expects=(201,))


def reopen(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Set the status Processing again, then add a follow-up."""
    yield _write(target, "PUT", f"Ticket/{ticket_id}", {"status": _PROCESSING}, expects=(200,))
    yield from comment(target, ticket_id, row)


def _note(ticket_id: str, text: str) -> dict[str, Any]:
    return {"itemtype": "Ticket", "items_id": ticket_id, "content": page(text)}


def _write(
    target: Target, method: Tree, path: str, fields: dict[str, Any], expects: tuple[int, ...]
) -> Request:
    return Request(
        method=method,
        path=path,
        headers=_headers(target),
        json={"input": fields},
        expects=expects,
        is_write=True,
        denied="unauthorised" if path == "Ticket" else "rejected",
    )


def _ticket(target: Target, entry: Tree) -> Ticket:
    number = str(item(entry, "id"))
    key = str(item(entry, target.key_field or _FIELD) or "")
    return Ticket(id=number, url=_url(target, number), state=_state(entry), key=key)


def _state(entry: Tree) -> TicketState:
    if item(entry, "is_deleted") in (1, "1", True):
        return "gone"
    return "closed" if int(item(entry, "status") or 1) >= _SOLVED else "open"


def page(text: str) -> str:
    """GLPI keeps texts as HTML."""
    return "<br>".join(html.escape(line) for line in text.splitlines())


def _url(target: Target, number: str) -> str:
    home = target.url.rstrip("/").removesuffix("/apirest.php")
    return f"{home}/front/ticket.form.php?id={number}"


def _headers(target: Target) -> dict[str, str]:
    app, _, session = target.secret.rpartition(" ")
    return {"Session-Token": session, **({"App-Token": app} if app else {})}


ADAPTER = Adapter(
    name="glpi",
    greet=greet,
    find=find,
    create=create,
    look=look,
    comment=comment,
    resolve=resolve,
    reopen=reopen,
)
