"""Looks now and then at the tickets of open incidents, so that a person's decision there is noticed.

Closed, refused, opened again, merged, deleted: it is written down and told to the incident; nothing is
changed in the ticket system. A few requests an hour however many tickets there are, fewer while nothing
changes, and fewer still while the server does not answer.
"""

import random
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from agent.clock import Instant
from agent.store.reader import Reader
from agent.store.rows import utc_text
from agent.store.writing import Transaction
from agent.tickets import queue
from agent.tickets.model import News, Outcome
from agent.tickets.outbox import Remote, RemoteState

EVERY_S = 900.0  # a server is asked no more often than this
TICKETS_MAX = 5  # at one time: with the log-in at most 24 requests an hour
QUIET_S = 4 * 3600.0  # a ticket that stays as it is is looked at ever more rarely, down to this
DEAD_S = 3600.0  # and a server that does not answer, down to this
OWN_END_DAYS = 1  # a ticket that this desk resolved is looked at for so long: it may be opened again

# Not those with a message on its way: what they look like then may be our own doing.
_WATCHED = (
    "SELECT r.incident, r.remote_id, r.url, r.state FROM ticket_remote r WHERE r.sink = ? "
    "AND r.remote_id <> '' AND (r.state = 'resolved' AND r.changed_utc >= ? "
    "OR r.state IN ('open', 'closed_by_person') AND (SELECT n.kind FROM ticket_note n "
    "WHERE n.incident = r.incident ORDER BY n.seq DESC LIMIT 1) NOT IN ('resolve', 'digest')) "
    "AND NOT EXISTS (SELECT 1 FROM ticket_delivery d WHERE d.sink = r.sink AND d.incident = r.incident "
    "AND d.state IN ('pending', 'sending')) ORDER BY r.incident"
)


class Watched(msgspec.Struct, frozen=True):
    """One ticket worth a look."""

    incident: str
    remote: Remote


class Pace(msgspec.Struct, frozen=True):
    """When to look again, in seconds since boot, and how long that wait was."""

    next_s: float
    wait_s: float


class Lookout:
    """Remembers, for each server and each ticket, when to look again. For one thread."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._sinks: dict[str, Pace] = {}
        self._tickets: dict[tuple[str, str], Pace] = {}  # (sink, incident)

    def due(self, store: Reader, sink: str, now: Instant) -> tuple[Watched, ...]:
        """Return the tickets to look at now, the longest unseen first; after a start that is all of them."""
        pace = self._sinks.setdefault(sink, Pace(now.boot_s + self._chance.uniform(30.0, 90.0), EVERY_S))
        if now.boot_s < pace.next_s:
            return ()
        known = {(sink, one.incident): one for one in watched(store, sink, now)}
        others = {key: pace for key, pace in self._tickets.items() if key[0] != sink}
        own = {key: self._tickets.get(key, Pace(now.boot_s, 0.0)) for key in known}
        self._tickets = others | own
        self._wait(sink, pace.wait_s, now)
        ready = sorted((pace.next_s, key) for key, pace in own.items() if pace.next_s <= now.boot_s)
        return tuple(known[key] for _, key in ready[:TICKETS_MAX])

    def saw(self, sink: str, one: Watched, now: Instant, *, is_changed: bool) -> None:
        """Look at a ticket again soon where it has just changed, else after twice the last wait."""
        wait_s = self._tickets[sink, one.incident].wait_s
        wait_s = EVERY_S if is_changed or not wait_s else min(2 * wait_s, QUIET_S)
        self._tickets[sink, one.incident] = Pace(now.boot_s + wait_s, wait_s)

    def heard(self, sink: str, now: Instant, *, has_answered: bool) -> None:
        """Ask a server that does not answer more rarely, and one that does as often as may be."""
        wait_s = EVERY_S if has_answered else min(2 * self._sinks[sink].wait_s, DEAD_S)
        self._wait(sink, wait_s, now)

    def _wait(self, sink: str, wait_s: float, now: Instant) -> None:
        self._sinks[sink] = Pace(now.boot_s + wait_s * self._chance.uniform(1.0, 1.1), wait_s)


def watched(store: Reader, sink: str, now: Instant) -> Iterator[Watched]:
    """Yield the tickets of open incidents, and those that this desk resolved a short while ago."""
    since = utc_text(now.utc - timedelta(days=OWN_END_DAYS))
    for incident, remote_id, url, state in store.query(_WATCHED, (sink, since)):
        yield Watched(incident, Remote(sink, remote_id, url, state))


def news(one: Remote, seen: Outcome) -> tuple[RemoteState, News] | None:
    """Return how a ticket stands now and what a person did to it; None where it is as it was."""
    match seen.seen:
        case "gone":
            return "gone", "ticket_gone"
        case "closed" | "refused" if one.state == "open":
            return "closed_by_person", "ticket_closed_by_person"
        case "open" if one.state != "open":
            return "open", "ticket_reopened_by_person"
        case "open" if seen.remote_id != one.remote_id:
            return "open", "ticket_merged_by_person"
    return None


def keep(tx: Transaction, one: Watched, seen: Outcome, state: RemoteState, now: Instant) -> None:
    """Write down how a ticket stands now."""
    queue.keep_remote(tx, one.remote.sink, one.incident, seen, state, now)
