"""Jira and Jira Service Management, Cloud and Data Center. Contract-tested only.

REST API 2, and its search of version 3 on Cloud.
`project` is the project's key, `type` the issue type's name. The short key is a label. With `user` (Cloud:
the e-mail address) the secret is an API token, without one a personal access token.
Source: developer.atlassian.com/cloud/jira/platform/rest and .../server/jira/platform/rest.
"""

import base64
from urllib.parse import urlsplit

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
    listed,
    same_key,
    wanted,
)

_ISSUE = "rest/api/2/issue"
FIELDS = ["labels", "status", "resolution"]
SUMMARY_CHARS, DESCRIPTION_CHARS = 255, 32767
_DONE = "done"  # the key of the status category, the same in every language
_REFUSALS = ("won't", "wont", "declined", "rejected", "duplicate", "cannot reproduce", "不")


def find(target: Target, row: Row) -> Steps[tuple[Ticket, ...]]:
    """Return the issues of the label that are not done, oldest first; by status category, not resolution."""
    jql = (
        f'project = "{target.project}" AND labels = "{row.short}" AND statusCategory != Done '
        "ORDER BY created ASC"
    )
    answer = yield search(target, jql, FIELDS)
    found = [ticket(target, issue, row.short) for issue in listed(answer.tree, "issues")]
    return tuple(ticket for ticket in same_key(found, row) if ticket.state == "open")


def search(target: Target, jql: str, fields: list[str]) -> Request:
    """Return the request of a search; Cloud has an address of its own for it."""
    path = "rest/api/3/search/jql" if _is_cloud(target) else "rest/api/2/search"
    return Request(
        method="POST",
        path=path,
        headers=headers(target),
        json={"jql": jql, "fields": fields, "maxResults": 10},
    )


def create(target: Target, row: Row) -> Steps[Ticket]:
    """Create an issue; a project without the labels field on its screen refuses it."""
    fields = {
        "project": {"key": target.project},
        "issuetype": {"name": target.type or "Task"},
        "summary": row.subject[:SUMMARY_CHARS],
        "description": row.text[:DESCRIPTION_CHARS],
        "labels": ["deskready", row.short],
    }
    answer = yield Request(
        method="POST",
        path=_ISSUE,
        headers=headers(target),
        json={"fields": fields},
        expects=(201,),
        is_write=True,
    )
    number = str(wanted(answer.tree, "key"))
    return Ticket(id=number, url=url(target, number))


def look(target: Target, ticket_id: str) -> Steps[Ticket]:
    """Return an issue as it is now; one that was moved answers under its new key."""
    answer: Answer = yield Request(
        method="GET",
        path=f"{_ISSUE}/{ticket_id}",
        query={"fields": ",".join(FIELDS)},
        headers=headers(target),
        expects=(200, 404),
        denied="rejected",
    )
    if answer.status == 404:  # noqa: PLR2004  Not Found
        return Ticket(id=ticket_id, state="gone")
    if not item(answer.tree, "key"):
        raise DeliveryError("not_sent", "look.unreadable")
    return ticket(target, answer.tree, "")


def comment(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Add a comment."""
    yield Request(
        method="POST",
        path=f"{_ISSUE}/{ticket_id}/comment",
        headers=headers(target),
        json={"body": row.text[:DESCRIPTION_CHARS]},
        expects=(201,),
        is_write=True,
        denied="rejected",
    )


def resolve(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Take a transition that leads to a status of the category Done."""
    yield from _move(target, ticket_id, row, is_done=True)


def reopen(target: Target, ticket_id: str, row: Row) -> Steps[None]:
    """Take a transition that leads out of the category Done."""
    yield from _move(target, ticket_id, row, is_done=False)


def _move(target: Target, ticket_id: str, row: Row, *, is_done: bool) -> Steps[None]:
    """Look the transition up by where it leads: its name and number differ from workflow to workflow."""
    path = f"{_ISSUE}/{ticket_id}/transitions"
    answer = yield Request(method="GET", path=path, headers=headers(target), denied="rejected")
    for transition in listed(answer.tree, "transitions"):
        if (item(transition, "to", "statusCategory", "key") == _DONE) is is_done:
            yield from comment(target, ticket_id, row)
            yield Request(
                method="POST",
                path=path,
                headers=headers(target),
                json={"transition": {"id": str(item(transition, "id"))}},
                expects=(204,),
                is_write=True,
                denied="rejected",
            )
            return
    raise DeliveryError("rejected", "transition.missing")


def ticket(target: Target, issue: Tree, short: str) -> Ticket:
    """Read an issue."""
    number = str(item(issue, "key"))
    labels = item(issue, "fields", "labels") or []
    keys = [label for label in labels if label == short or (not short and str(label).startswith("dr1"))]
    return Ticket(id=number, url=url(target, number), state=_state(issue), key=str(keys[0]) if keys else "")


def _state(issue: Tree) -> TicketState:
    if item(issue, "fields", "status", "statusCategory", "key") != _DONE:
        return "open"
    resolution = str(item(issue, "fields", "resolution", "name") or "").lower().replace("\u2019", "'")
    return "refused" if any(word in resolution for word in _REFUSALS) else "closed"


def _is_cloud(target: Target) -> bool:
    return (urlsplit(target.url).hostname or "").endswith(".atlassian.net")


def url(target: Target, number: str) -> str:
    """Return where people see an issue."""
    return f"{target.url.rstrip('/')}/browse/{number}"


def headers(target: Target) -> dict[str, str]:
    """Return the log-in."""
    if not target.user:
        return {"Authorization": f"Bearer {target.secret}"}
    pair = base64.b64encode(f"{target.user}:{target.secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


ADAPTER = Adapter(
    name="jira",
    find=find,
    create=create,
    look=look,
    comment=comment,
    resolve=resolve,
    reopen=reopen,
    settle_s=SETTLE_INDEX_S,
)
