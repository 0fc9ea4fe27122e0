"""What an adapter is: a value whose functions yield requests and are sent the answers. No input or output.

An adapter never sees a socket: `wire` makes the exchanges, `flow` decides what to ask. So every adapter is
tested on the documents of its system, and the two with a real server on that server too.
"""

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec

from agent.tickets.outbox import Kind

Verdict: TypeAlias = Literal[
    "delivered", "not_sent", "ambiguous", "rate_limited", "unauthorised", "rejected", "untouched"
]
STOPS: frozenset[Verdict] = frozenset(("not_sent", "ambiguous", "rate_limited", "unauthorised"))
TicketState: TypeAlias = Literal["open", "closed", "refused", "gone"]
Tree: TypeAlias = Any  # decoded JSON from outside; looked into with `item` only
SETTLE_DATABASE_S = 60.0  # a server may take this long over a request whose answer was lost
SETTLE_INDEX_S = 300.0  # and a search index longer still to show what was created


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where to deliver: [ticket] or a [[notify]] row, with the secret itself. Never printed."""

    backend: str
    url: str
    secret: str = ""
    user: str = ""
    project: str = ""
    type: str = ""
    key_field: str = ""
    mail_from: str = ""
    mail_to: str = ""
    ca_file: str = ""
    template: str = ""  # JSON text of a webhook's body
    total_s: float = 20.0  # for one exchange, whatever trickles

    def __repr__(self) -> str:
        return f"Target({self.backend!r})"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery, in words. `op` marks this note for ever; `remote_id` is "" until a ticket is known.

    `is_ours_closed`: the ticket was closed by this desk, so reopening it overrides no person.
    """

    note: int
    op: str
    kind: Kind
    key: str
    short: str
    subject: str
    text: str
    remote_id: str = ""
    url: str = ""
    attempt: int = 1
    is_ours_closed: bool = False
    severity: str = ""
    report: str = ""  # HTML, attached where the system takes attachments
    report_name: str = ""


class Job(msgspec.Struct, frozen=True):
    """What the sender asks of one child. `lock`: the file that keeps two children apart.

    `looks` are tickets to look at only; an outcome's `note` is then the place in it.
    """

    target: Target
    rows: tuple[Row, ...]
    lock: str
    looks: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one row. `seen` is the ticket as it was found before it was changed, "" if not looked at.

    `retry_after_s` is the server's own wish. `detail` is a dotted code with at most a few words.
    """

    note: int
    outcome: Verdict
    remote_id: str = ""
    url: str = ""
    seen: TicketState | Literal[""] = ""
    retry_after_s: float | None = None
    detail: str = ""


News: TypeAlias = Literal[
    "notified",
    "updated",
    "resolved",
    "ticket_closed_by_person",
    "ticket_reopened_by_person",
    "ticket_merged_by_person",
    "ticket_gone",
    "parked",
]


class Delivery(msgspec.Struct, frozen=True):
    """What became known about an incident's ticket. `at` is aware UTC; `detail` a dotted code or ""."""

    sink: str
    event: News
    remote_id: str
    url: str
    at: datetime
    detail: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP exchange below the target's address. `is_write`: a lost answer leaves its effect unknown.

    `denied`: what a 403 means, the whole sink ("unauthorised") or this ticket alone ("rejected").
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    json: Any = None
    content: bytes | None = None  # instead of json
    expects: tuple[int, ...] = (200,)
    is_write: bool = False
    denied: Literal["unauthorised", "rejected"] = "unauthorised"


class Answer(msgspec.Struct, frozen=True):
    """An answer with an expected status. `tree` is its JSON, None where it has none."""

    status: int
    tree: Tree
    headers: Mapping[str, str] = {}


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as its system knows it. `key` is None where the system did not say.

    "refused" is a person's decision that nothing will be done; "gone" is deleted.
    """

    id: str
    url: str = ""
    state: TicketState = "open"
    key: str | None = None


class DeliveryError(Exception):
    """An exchange that did not come to an expected answer; `outcome` says what may have happened."""

    def __init__(self, outcome: Verdict, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.outcome: Verdict = outcome
        self.detail = detail
        self.retry_after_s = retry_after_s


T = TypeVar("T")
Steps: TypeAlias = Generator[Request, Answer, T]


class Adapter(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket system. `find` gives the tickets of a key that are not closed, oldest first.

    `greet` goes first in each child, for systems that want a session or answer strangers with an empty
    list; it returns the target to go on with.
    """

    name: str
    find: Callable[[Target, Row], Steps[tuple[Ticket, ...]]]
    create: Callable[[Target, Row], Steps[Ticket]]
    look: Callable[[Target, str], Steps[Ticket]]
    comment: Callable[[Target, str, Row], Steps[None]]
    resolve: Callable[[Target, str, Row], Steps[None]]
    reopen: Callable[[Target, str, Row], Steps[None]]
    greet: Callable[[Target], Steps[Target]] | None = None
    settle_s: float = SETTLE_DATABASE_S


class Notifier(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that only tells: no search, no state; repeats are possible and carry the key.

    `send` tells all rows at once: a channel for people wants one message, not twenty. None: the
    channel does not speak HTTP (`agent.tickets.mail`).
    """

    name: str
    send: Callable[[Target, tuple[Row, ...]], Steps[None]] | None = None
    spacing_s: float = 0.0
    settle_s: float = 0.0


def item(tree: Tree, *path: str | int) -> Tree:
    """Return what stands at a path of a JSON tree, None where the path leads nowhere."""
    for step in path:
        if isinstance(tree, dict) and isinstance(step, str):
            tree = tree.get(step)
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            return None
    return tree


def wanted(tree: Tree, *path: str | int) -> Tree:
    """Return what stands at a path after a write. Raises DeliveryError "ambiguous" where it is missing."""
    found = item(tree, *path)
    if found in (None, ""):
        raise DeliveryError("ambiguous", "answer.incomplete")
    return found


def listed(tree: Tree, *path: str | int) -> list[Any]:
    """Return the list at a path of a search's answer. Raises DeliveryError "not_sent" where there is none.

    An answer without its list is no answer: read as "nothing found" it would make a second ticket.
    """
    found = item(tree, *path)
    if not isinstance(found, list):
        raise DeliveryError("not_sent", "search.unreadable")
    return found


def same_key(tickets: list[Ticket], row: Row) -> tuple[Ticket, ...]:
    """Keep the tickets that really hold the row's key: some systems ignore a filter that they do not know."""
    return tuple(ticket for ticket in tickets if ticket.key in {row.key, row.short})
