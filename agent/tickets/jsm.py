"""Jira Service Management, by customer requests. Contract-tested only.

A request is made with POST /rest/servicedeskapi/request; from then on it is an issue of Jira like any other
(`agent.tickets.jira`). `project` is the project's key, `type` "SERVICEDESK/REQUESTTYPE", both by number. A
request type need not show labels, so the key is found in the description, whose last line holds it.
Source: developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request.
"""

import msgspec

from agent.tickets import jira
from agent.tickets.model import (
    Answer,
    DeliveryError,
    Request,
    Row,
    Steps,
    Target,
    Ticket,
    Tree,
    item,
    listed,
    same_key,
    wanted,
)

_FIELDS = [*jira.FIELDS, "description"]


def find(target: Target, row: Row) -> Steps[tuple[Ticket, ...]]:
    """Return the requests whose description holds the key and that are not done, oldest first."""
    jql = (
        f'project = "{target.project}" AND description ~ "{row.short}" AND statusCategory != Done '
        "ORDER BY created ASC"
    )
    answer = yield jira.search(target, jql, _FIELDS)
    found = [_ticket(target, issue, row) for issue in listed(answer.tree, "issues")]
    return tuple(ticket for ticket in same_key(found, row) if ticket.state == "open")


def create(target: Target, row: Row) -> Steps[Ticket]:
    """Create a customer request."""
    service_desk, _, request_type = target.type.partition("/")
    if not request_type:
        raise DeliveryError("rejected", "type.unreadable")
    answer: Answer = yield Request(
        method="POST",
        path="rest/servicedeskapi/request",
        headers=jira.headers(target),
        json={
            "serviceDeskId": service_desk,
            "requestTypeId": request_type,
            "requestFieldValues": {
                "summary": row.subject[: jira.SUMMARY_CHARS],
                "description": row.text[: jira.DESCRIPTION_CHARS],
            },
        },
        expects=(201,),
        is_write=True,
    )
    number = str(wanted(answer.tree, "issueKey"))
    return Ticket(id=number, url=jira.url(target, number), key=row.short)


def _ticket(target: Target, issue: Tree, row: Row) -> Ticket:
    """Read an issue; its key is ours where the description says so."""
    is_ours = row.short in str(item(issue, "fields", "description") or "")
    return msgspec.structs.replace(jira.ticket(target, issue, ""), key=row.short if is_ours else "")


ADAPTER = msgspec.structs.replace(jira.ADAPTER, name="jsm", find=find, create=create)
