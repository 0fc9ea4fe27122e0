"""Request Tracker 5 (REST2). Tested against a real RT 5.

`project` is the queue, `key_field` the name of the custom field that holds our key ("deskready_key").
Source: RT::REST2 in docs.bestpractical.com; a comment may carry a new status, so both are one step.
"""

import base64

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
    listed,
    same_key,
    wanted,
)

_STATES: dict[str, TicketState] = {"resolved": "closed", "rejected": "refused", "deleted": "gone"}
_FIELD = "deskready_key"
_SUBJECT_CHARS = 200


def find(target: Target, row: Row) -> Steps[tuple[Ticket, ...]]:
    """Return the active tickets of the key in any queue: a person may have moved one."""
    quoted = row.key.replace("\\", "\\\\").replace("'", "\\'")
    answer = yield Request(
        method="GET",
        path="REST/2.0/tickets",
        query={
            "query": f"CF.{{{_field(target)}}} = '{quoted}' AND Status = '__Active__'",
            "fields": "Status,EffectiveId,CustomFields",
            "orderby": "id",
            "order": "ASC",
            "per_page": "20",
        },
        headers=_headers(target),
    )
    return same_key([_ticket(target, entry) for entry in listed(answer.tree, "items")], row)


def create(target: Target, row: Row) -> Steps[Ticket]:
    """Create a ticket; whether it kept the key shows only when it is read."""
    answer = yield Request(
        method="POST",
        path="REST/2.0/ticket",
        headers=_headers(target),
        json={
            "Queue": target.project,
            "Subject": row.subject[:_SUBJECT_CHARS],
            "Content": row.text,
            "ContentType": "text/plain",
            "CustomFields": {_field(target): row.key},
        },
        expects=(201,),
        is_write=True,
    )
    number = str(wanted(answer.tree, "id"))
    return Ticket(id=number, url=_url(target, number))


def look(target: Target, ticket_id: str) -> Steps[Ticket]:
    """Return a ticket as it is now; of a merged one, the ticket that it is part of."""
    answer: Answer = yield Request(
        method="GET",
        path=f"REST/2.0/ticket/{ticket_id}",
        headers=_headers(target),
        expects=(200, 404),
        denied="rejected",
    )
    if answer.status == 404:  # noqa: PLR2004  Not Found
        return Ticket(id=ticket_id, state="gone")
    if not item(answer.tree, "Status"):
        raise DeliveryError("not_sent", "look.unreadable")
    return _ticket(target, answer.tree)


def comment(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Add a comment, which its requestors do not see."""
    yield from _tell(target, ticket_id, row, {})


def resolve(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Comment and set "resolved"."""
    yield from _tell(target, ticket_id, row, {"Status": "resolved"})


def reopen(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Comment and set "open"."""
    yield from _tell(target, ticket_id, row, {"Status": "open"})


def _tell(target: Target, ticket_id: str, row: Row, more: dict[str, Tree]) -> Steps[None]:
    if row.report:
        content = base64.b64encode(row.report.encode()).decode()
        attached = {"FileName": row.report_name, "FileType": "text/html", "FileContent": content}
        more = {**more, "Attachments": [attached]}
    yield Request(
        method="POST",
        path=f"REST/2.0/ticket/{ticket_id}/comment",
        headers=_headers(target),
        json={"Content": row.text, "ContentType": "text/plain", **more},
        expects=(200, 201),
        is_write=True,
        denied="rejected",
    )


def _ticket(target: Target, entry: Tree) -> Ticket:
    effective = item(entry, "EffectiveId")
    number = str(item(effective, "id") or effective or item(entry, "id"))
    fields = item(entry, "CustomFields") or []
    keys = [item(field, "values", 0) for field in fields if item(field, "name") == _field(target)]
    return Ticket(
        id=number,
        url=_url(target, number),
        state=_STATES.get(str(item(entry, "Status")), "open"),
        key=str(keys[0]) if keys and keys[0] else "",
    )


def _field(target: Target) -> str:
    return target.key_field or _FIELD


def _url(target: Target, number: str) -> str:
    return f"{target.url.rstrip('/')}/Ticket/Display.html?id={number}"


def _headers(target: Target) -> dict[str, str]:
    return {"Authorization": f"token {target.secret}"}


ADAPTER = Adapter(
    name="rt", find=find, create=create, look=look, comment=comment, resolve=resolve, reopen=reopen
)
