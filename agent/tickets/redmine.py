"""Redmine 4.1 to 6 (REST API). Tested against a real Redmine 5.

`project` is the project's identifier, `type` a tracker's number or "", `key_field` the number of the custom
field that holds our key: a text field, used as a filter. Source: redmine.org/projects/redmine/wiki/Rest_api.
"""

from typing import Any

from agent.tickets.model import (
    Adapter,
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

_SUBJECT_CHARS = 255


def greet(target: Target) -> Steps[Target]:
    """Ask who we are: to a stranger Redmine shows an empty list of issues, not a refusal."""
    yield Request(method="GET", path="users/current.json", headers=_headers(target))
    return target


def find(target: Target, row: Row) -> Steps[tuple[Ticket, ...]]:
    """Return the open issues of the key, oldest first. Custom fields are filters named cf_NUMBER."""
    query = {"project_id": target.project, "status_id": "open", "sort": "id", "limit": "25"}
    answer = yield Request(
        method="GET",
        path="issues.json",
        query={**query, f"cf_{target.key_field}": row.key},
        headers=_headers(target),
    )
    issues = listed(answer.tree, "issues")
    return same_key([_ticket(target, issue) for issue in issues], row)


def create(target: Target, row: Row) -> Steps[Ticket]:
    """Create an issue; the answer holds the fields as they were kept."""
    issue: dict[str, Any] = {
        "project_id": target.project,
        "subject": row.subject[:_SUBJECT_CHARS],
        "description": row.text,
        "custom_fields": [{"id": target.key_field, "value": row.key}],
    }
    if target.type:
        issue["tracker_id"] = target.type
    answer = yield Request(
        method="POST",
        path="issues.json",
        headers=_headers(target),
        json={"issue": issue},
        expects=(201,),
        is_write=True,
    )
    wanted(answer.tree, "issue", "id")
    return _ticket(target, item(answer.tree, "issue"))


def look(target: Target, ticket_id: str) -> Steps[Ticket]:
    """Return an issue as it is now."""
    answer: Answer = yield Request(
        method="GET",
        path=f"issues/{ticket_id}.json",
        headers=_headers(target),
        expects=(200, 404),
        denied="rejected",
    )
    if answer.status == 404:  # noqa: PLR2004  Not Found
        return Ticket(id=ticket_id, state="gone")
    issue = item(answer.tree, "issue")
    if not isinstance(issue, dict):
        raise DeliveryError("not_sent", "look.unreadable")
    return _ticket(target, issue)


def comment(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Add a note."""
    yield from _change(target, ticket_id, {"notes": row.text})


def resolve(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Set the first closed status, with a note, in one step."""
    status = yield from _status(target, is_closed=True)
    changes = {"notes": row.text, "status_id": status}
    if row.report:
        changes["uploads"] = [(yield from _upload(target, row))]
    yield from _change(target, ticket_id, changes)


def reopen(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Set the first open status, with a note, in one step."""
    status = yield from _status(target, is_closed=False)
    yield from _change(target, ticket_id, {"notes": row.text, "status_id": status})


def _status(target: Target, *, is_closed: bool) -> Steps[int]:
    answer = yield Request(method="GET", path="issue_statuses.json", headers=_headers(target))
    for status in listed(answer.tree, "issue_statuses"):
        if item(status, "is_closed") is is_closed:
            return int(item(status, "id"))
    raise DeliveryError("rejected", "status.missing")


def _upload(target: Target, row: Row) -> Steps[dict[str, str]]:
    """Upload the report; what no issue uses is dropped by Redmine, so a repeat does no harm."""
    answer = yield Request(
        method="POST",
        path="uploads.json",
        query={"filename": row.report_name},
        headers={**_headers(target), "Content-Type": "application/octet-stream"},
        content=row.report.encode(),
        expects=(201,),
        denied="rejected",
    )
    token = str(wanted(answer.tree, "upload", "token"))
    return {"token": token, "filename": row.report_name, "content_type": "text/html"}


def _change(target: Target, ticket_id: str, changes: dict[str, Any]) -> Steps[None]:
    yield Request(
        method="PUT",
        path=f"issues/{ticket_id}.json",
        headers=_headers(target),
        json={"issue": changes},
        expects=(200, 204),
        is_write=True,
        denied="rejected",
    )


def _ticket(target: Target, issue: Tree) -> Ticket:
    number = str(item(issue, "id"))
    fields = item(issue, "custom_fields") or []
    keys = [item(field, "value") for field in fields if str(item(field, "id")) == target.key_field]
    is_closed = item(issue, "status", "is_closed")
    if is_closed is None:  # before Redmine 5
        is_closed = bool(item(issue, "closed_on"))
    return Ticket(
        id=number,
        url=f"{target.url.rstrip('/')}/issues/{number}",
        state="closed" if is_closed else "open",
        key=str(keys[0]) if keys and keys[0] else "",
    )


def _headers(target: Target) -> dict[str, str]:
    return {"X-Redmine-API-Key": target.secret}


ADAPTER = Adapter(
    name="redmine",
    greet=greet,
    find=find,
    create=create,
    look=look,
    comment=comment,
    resolve=resolve,
    reopen=reopen,
)
