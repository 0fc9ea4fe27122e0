"""GLPI 11 and newer (high-level REST API, version 2). Contract-tested only.

`url` ends in api.php; `project` is the entity's number, `type` the category's number. With `user` the secret
is "CLIENTID CLIENTSECRET PASSWORD" (password grant), without one "CLIENTID CLIENTSECRET" (client
credentials grant). The key is in `external_id`. Source: the OpenAPI document that GLPI itself serves under
api.php; RFC 6749.
"""

from typing import Any
from urllib.parse import urlencode

import msgspec

from agent.tickets import glpi
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

_TICKETS = "v2/Assistance/Ticket"
_PROCESSING, _SOLVED = 2, 5  # CommonITILObject: ASSIGNED, SOLVED; 6 is CLOSED
_INCIDENT = 1  # Ticket::INCIDENT_TYPE
_PARTIAL = 206
_FORM = "application/x-www-form-urlencoded"


def greet(target: Target) -> Steps[Target]:
    """Ask for an access token; it is the secret from here on."""
    client, _, rest = target.secret.partition(" ")
    client_secret, _, password = rest.partition(" ")
    grant = {"grant_type": "client_credentials"}
    if target.user:
        grant = {"grant_type": "password", "username": target.user, "password": password}
    asked = {**grant, "client_id": client, "client_secret": client_secret, "scope": "api"}
    answer = yield Request(
        method="POST", path="token", headers={"Content-Type": _FORM}, content=urlencode(asked).encode()
    )
    token = item(answer.tree, "access_token")
    if not token:
        raise DeliveryError("not_sent", "token.unreadable")
    return msgspec.structs.replace(target, secret=str(token))


def find(target: Target, row: Row) -> Steps[tuple[Ticket, ...]]:
    """Return the tickets of the key that are not solved, oldest first, by an RSQL filter."""
    answer = yield Request(
        method="GET",
        path=_TICKETS,
        query={"filter": f"external_id=={row.short}", "sort": "id:asc", "limit": "20"},
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
        "content": glpi.page(row.text),
        "type": _INCIDENT,
        "urgency": glpi.URGENCY.get(row.severity, 3),
        "external_id": row.short,
    }
    if target.project:
        ticket["entity"] = {"id": int(target.project)}
    if target.type:
        ticket["category"] = {"id": int(target.type)}
    answer = yield _write(target, "POST", _TICKETS, ticket, expects=(201,))
    number = str(wanted(answer.tree, "id"))
    return Ticket(id=number, url=_url(target, number))


def look(target: Target, ticket_id: str) -> Steps[Ticket]:
    """Return a ticket as it is now; one in the dustbin is gone."""
    answer: Answer = yield Request(
        method="GET",
        path=f"{_TICKETS}/{ticket_id}",
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
    yield _write(target, "POST", f"{_TICKETS}/{ticket_id}/Timeline/Followup", _note(row), expects=(201,))


def resolve(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Add a solution, which sets the status Solved."""
    yield _write(target, "POST", f"{_TICKETS}/{ticket_id}/Timeline/Solution", _note(row), expects=(201,))


def reopen(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Set the status Processing again, then add a follow-up."""
    change = {"status": {"id": _PROCESSING}}
    yield _write(target, "PATCH", f"{_TICKETS}/{ticket_id}", change, expects=(200,))
    yield from comment(target, ticket_id, row)


def _note(row: Row) -> dict[str, Any]:
    return {"content": glpi.page(row.text)}


def _write(
    target: Target, method: Tree, path: str, fields: dict[str, Any], expects: tuple[int, ...]
) -> Request:
    return Request(
        method=method,
        path=path,
        headers=_headers(target),
        json=fields,
        expects=expects,
        is_write=True,
        denied="unauthorised" if path == _TICKETS else "rejected",
    )


def _ticket(target: Target, entry: Tree) -> Ticket:
    number = str(item(entry, "id"))
    key = str(item(entry, "external_id") or "")
    return Ticket(id=number, url=_url(target, number), state=_state(entry), key=key)


def _state(entry: Tree) -> TicketState:
    if item(entry, "is_deleted"):
        return "gone"
    return "closed" if int(item(entry, "status", "id") or 1) >= _SOLVED else "open"


def _url(target: Target, number: str) -> str:
    home = target.url.rstrip("/").removesuffix("/api.php")
    return f"{home}/front/ticket.form.php?id={number}"


def _headers(target: Target) -> dict[str, str]:
    return {"Authorization": f"Bearer {target.secret}"}


ADAPTER = Adapter(
    name="glpi2",
    greet=greet,
    find=find,
    create=create,
    look=look,
    comment=comment,
    resolve=resolve,
    reopen=reopen,
)
