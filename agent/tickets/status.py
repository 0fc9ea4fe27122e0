"""How telling IT goes, as one JSON tree: `deskready.tickets/1`. What waits, since when, what came of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from agent.clock import Instant
from agent.store.reader import Reader
from agent.tickets.outbox import UNROUTED, depth

SCHEMA = "deskready.tickets/1"
_COUNTS = "SELECT sink, state, count(*) FROM ticket_delivery GROUP BY sink, state"


def status(store: Reader, sinks: Iterable[str], problems: Mapping[str, str], now: Instant) -> dict[str, Any]:
    """Return the receivers and what is not theirs yet. Raises StoreError.

    `planned` are messages whose time has not come, `kept` those of the first days that nobody is sent.
    `problems` are the receivers that take nothing now, with a dotted code.
    """
    counts = {(sink, state): int(count) for sink, state, count in store.query(_COUNTS)}
    waiting = depth(store)
    unrouted = {one.state: one.count for one in waiting if one.sink == UNROUTED}
    names = dict.fromkeys([*sinks, *(one.sink for one in waiting if one.sink != UNROUTED)])
    return {
        "schema": SCHEMA,
        "planned": unrouted.get("pending", 0),
        "kept": unrouted.get("kept", 0),
        "sinks": [
            {
                "sink": name,
                "problem": problems.get(name),
                "waiting": sum(counts.get((name, state), 0) for state in ("pending", "sending")),
                "oldest_age_s": _age_s(
                    [one.oldest_utc for one in waiting if one.sink == name and one.state != "parked"], now
                ),
                "refused": counts.get((name, "parked"), 0),
                "delivered": counts.get((name, "delivered"), 0),
                "withdrawn": counts.get((name, "withdrawn"), 0),
            }
            for name in names
        ],
    }


def _age_s(since: list[datetime], now: Instant) -> float | None:
    return max(0.0, round((now.utc - min(since)).total_seconds(), 1)) if since else None
