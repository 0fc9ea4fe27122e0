"""Writes down what came of a delivery: its row, the ticket, and an event of the journal, in one commit."""

import msgspec

from agent.clock import Instant
from agent.store.writing import Transaction
from agent.tickets import policy, queue, rows
from agent.tickets.model import Outcome
from agent.tickets.queue import Head

DELIVERED_EVENT = "ticket.delivered"
PARKED_EVENT = "ticket.parked"


class Came(msgspec.Struct, frozen=True):
    """What came of one note for one sink; `fallbacks` are told of what the sink did not take."""

    sink: str
    head: Head
    outcome: Outcome
    fallbacks: tuple[str, ...]


def keep(tx: Transaction, came: Came, now: Instant, *, is_parked: bool) -> None:
    """Write one outcome down. Only what was delivered or parked is an event; a retry is not."""
    outcome, head = came.outcome, came.head
    is_delivered = outcome.outcome == "delivered"
    state = "delivered" if is_delivered else "parked" if is_parked else "pending"
    queue.keep(tx, came.sink, head, state, outcome, now, is_sent=outcome.outcome in policy.SENT)
    if is_delivered and outcome.remote_id:
        remote_state = rows.remote_state(head, outcome)
        queue.keep_remote(tx, came.sink, head.note.incident, outcome, remote_state, now)
    if state != "pending":
        kind = DELIVERED_EVENT if is_delivered else PARKED_EVENT
        ids = {"op": head.op, "incident": head.note.incident, "remote_id": outcome.remote_id}
        where = {"sink": came.sink, "url": outcome.url, "detail": outcome.detail}
        tx.append(kind, "agent", {**ids, **where})
    if is_parked or outcome.outcome == "unauthorised":
        for name in came.fallbacks:
            queue.add(tx, name, head, now)
