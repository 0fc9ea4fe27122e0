"""ServiceNow incidents (Table API). Contract-tested only.

`project` is the assignment group, `type` the close code of the instance ("" for its usual one). The key is
in correlation_id. With `user` the secret is a password, without one an API key.
Source: docs.servicenow.com, REST API reference, Table API.
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

_TABLE = "api/now/table/incident"
_FIELDS = "sys_id,number,state,correlation_id"
_SUBJECT_CHARS = 160
_IN_PROGRESS, _RESOLVED = "2", "6"
_STATES: dict[str, TicketState] = {"6": "closed", "7": "closed", "8": "refused"}  # 8: Canceled
_CLOSE_CODE = "Solution provided"
_IMPACT = {"stop": "2", "degraded": "3", "notice": "3"}


def find(target: Target, row: Row) -> Steps[tuple[Ticket, ...]]:
    """Return the active incidents of the key, oldest first; "active" is false from Closed on."""
    asked = f"correlation_id={row.short}^active=true^ORDERBYsys_created_on"
    answer = yield Request(
        method="GET",
        path=_TABLE,
        query={"sysparm_query": asked, "sysparm_limit": "10", "sysparm_fields": _FIELDS},
        headers=_headers(target),
    )
    found = [_ticket(target, entry) for entry in listed(answer.tree, "result")]
    return tuple(ticket for ticket in same_key(found, row) if ticket.state == "open")


def create(target: Target, row: Row) -> Steps[Ticket]:
    """Create an incident; the answer holds the key as it was kept."""
    incident = {
        "short_description": row.subject[:_SUBJECT_CHARS],
        "description": row.text,
        "correlation_id": row.short,
        "correlation_display": "deskready",
        "contact_type": "monitoring",
        "impact": _IMPACT.get(row.severity, "3"),
        "urgency": _IMPACT.get(row.severity, "3"),
    }
    if target.project:
        incident["assignment_group"] = target.project
    answer = yield Request(
        method="POST", path=_TABLE, headers=_headers(target), json=incident, expects=(201,), is_write=True
    )
    wanted(answer.tree, "result", "sys_id")
    return _ticket(target, item(answer.tree, "result"))


def look(target: Target, ticket_id: str) -> Steps[Ticket]:
    """Return an incident as it is now."""
    answer: Answer = yield Request(
        method="GET",
        path=f"{_TABLE}/{ticket_id}",
        query={"sysparm_fields": _FIELDS},
        headers=_headers(target),
        expects=(200, 404),
        denied="rejected",
    )
    if answer.status == 404:  # noqa: PLR2004  Not Found
        return Ticket(id=ticket_id, state="gone")
    if not item(answer.tree, "result", "sys_id"):
        raise DeliveryError("not_sent", "look.unreadable")
    return _ticket(target, item(answer.tree, "result"))


def comment(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Add a work note."""
    yield from _change(target, ticket_id, {"work_notes": row.text})


def resolve(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Set Resolved; close code and notes are mandatory there."""
    code = target.type or _CLOSE_CODE
    yield from _change(
        target,
        ticket_id,
        {"state": _RESOLVED, "close_code": code, "close_notes": row.text, "work_notes": row.text},
    )


def reopen(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Set In Progress again, with a work note."""
    yield from _change(target, ticket_id, {"state": _IN_PROGRESS, "work_notes": row.text})


def _change(target: Target, ticket_id: str, changes: dict[str, str]) -> Steps[None]:
    yield Request(
        method="PATCH",
        path=f"{_TABLE}/{ticket_id}",
        headers=_headers(target),
        json=changes,
        is_write=True,
        denied="rejected",
    )


def _ticket(target: Target, entry: Tree) -> Ticket:
    sys_id = str(item(entry, "sys_id"))
    return Ticket(
        id=sys_id,
        url=f"{target.url.rstrip('/')}/nav_to.do?uri=incident.do?sys_id={sys_id}",
        state=_STATES.get(str(item(entry, "state")), "open"),
        key=str(item(entry, "correlation_id") or ""),
    )


def _headers(target: Target) -> dict[str, str]:
    if not target.user:
        return {"x-sn-apikey": target.secret}
    pair = base64.b64encode(f"{target.user}:{target.secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


ADAPTER = Adapter(
    name="servicenow", find=find, create=create, look=look, comment=comment, resolve=resolve, reopen=reopen
)
