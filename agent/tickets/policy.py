"""When a sink and a note are tried again: pure arithmetic on outcomes.

A sink that does not answer is asked by one note only, ever more rarely; a note that fails on a sink that
works waits alone and stops nobody. Waiting times are drawn at random, so that desks do not come together.
"""

import random
from collections.abc import Mapping, Sequence

import msgspec

from agent.tickets.model import Outcome, Verdict
from agent.tickets.queue import Head

BATCH_ROWS = 50
SHORTEST_S, LONGEST_S = 1.0, 900.0
DENIED_S = 900.0  # a revoked token is tried again this often: nobody need tell the desk of a new one
MAX_UNCLEAR = 20  # answers to one note from a sink that works, over some three hours
SENT: frozenset[Verdict] = frozenset(("delivered", "ambiguous", "rejected"))


class SinkState(msgspec.Struct, frozen=True):
    """How a sink does. `problem` is "" while it works, else a dotted code; times are seconds since boot."""

    failures_count: int = 0
    not_before_s: float = 0.0
    problem: str = ""


def backoff_s(failures_count: int, chance: random.Random) -> float:
    """Draw a waiting time: between half and all of 1, 2, 4, … seconds, at most a quarter of an hour.

    Not from nothing to all: that would ask a dead server twice as often in a long outage.
    """
    ceiling_s = min(LONGEST_S, SHORTEST_S * 2.0 ** min(failures_count - 1, 30))
    return chance.uniform(ceiling_s / 2, ceiling_s)


def after(state: SinkState, outcome: Outcome, now_s: float, chance: random.Random) -> SinkState:
    """Return how a sink does after one more outcome."""
    match outcome.outcome:
        case "delivered" | "rejected":
            return SinkState()
        case "untouched":
            return state
        case "rate_limited":
            wait_s = max(outcome.retry_after_s or 0.0, SHORTEST_S)
            return SinkState(0, now_s + wait_s * chance.uniform(1.0, 1.1), "rate_limited")
        case "unauthorised":
            wait_s = DENIED_S * chance.uniform(0.9, 1.1)
            return SinkState(state.failures_count + 1, now_s + wait_s, f"unauthorised {outcome.detail}")
        case _:
            count = state.failures_count + 1
            wait_s = max(backoff_s(count, chance), outcome.retry_after_s or 0.0)
            return SinkState(count, now_s + wait_s, outcome.detail or "unanswered")


def batch(
    heads: Sequence[Head], waits_s: Mapping[int, float], state: SinkState, now_s: float
) -> tuple[Head, ...]:
    """Choose what to send now: nothing while the sink must wait, one note to see whether it works again."""
    if now_s < state.not_before_s:
        return ()
    ready = [head for head in heads if waits_s.get(head.seq, 0.0) <= now_s]
    return tuple(ready[: 1 if state.problem else BATCH_ROWS])


def note_wait_s(unclear_count: int, settle_s: float, chance: random.Random) -> float:
    """How long a note waits whose fate is unknown: until the server must have shown what it made."""
    return max(settle_s, backoff_s(unclear_count, chance))


def parks(outcome: Outcome, unclear_count: int, state: SinkState) -> bool:
    """Whether a note is set aside for people: refused, or left unknown too often by a sink that takes others.

    Our own deaths do not count: they say nothing of the note.
    """
    is_given_up = outcome.outcome == "ambiguous" and unclear_count >= MAX_UNCLEAR and not state.problem
    return outcome.outcome == "rejected" or is_given_up
