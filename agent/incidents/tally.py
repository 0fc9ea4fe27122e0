"""The incidents of this run as numbers: how many wait, how they ended, how long that took.

Counters begin at 0 with the program; Prometheus knows what to do with that.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias, get_args

from agent.clock import Instant
from agent.incidents.model import OPEN_STANDINGS, Incident, Transition
from checks.model import Sample
from config.schema import Severity

Ended: TypeAlias = Literal["closed", "cancelled"]


class Tally:
    """What the transitions kept since the start come to; `take` them one by one."""

    def __init__(self) -> None:
        self._ended: Counter[tuple[str, str]] = Counter()  # (severity, "closed" or "cancelled")
        self._open_s: defaultdict[str, float] = defaultdict(float)  # of the closed ones, by severity
        self._told: Counter[str] = Counter()
        self._untold_s: defaultdict[str, float] = defaultdict(float)

    def take(self, incident: Incident, one: Transition) -> None:
        """Count a transition; `incident` is as it stands after it."""
        took_s = _between_s(incident.life_at, one.at)
        if one.kind in get_args(Ended):
            self._ended[incident.severity, one.kind] += 1
        if one.kind == "closed":
            self._open_s[incident.severity] += took_s
        if _is_first_word(incident, one):
            self._told[incident.severity] += 1
            self._untold_s[incident.severity] += took_s

    def samples(self, waiting: Iterable[Incident]) -> Iterator[Sample]:
        """Yield every series, also those that are still 0; `waiting` are the open incidents."""
        waiting = tuple(waiting)
        severities = Counter(one.severity for one in waiting)
        standings = Counter(one.standing for one in waiting)
        for standing in OPEN_STANDINGS:
            yield Sample("deskready_incidents", standings[standing], {"state": standing})
        for severity in get_args(Severity):
            labels = {"severity": severity}
            yield Sample("deskready_incidents_open", severities[severity], labels)
            for end in get_args(Ended):
                count = self._ended[severity, end]
                yield Sample("deskready_incidents_ended_total", count, {**labels, "state": end})
            yield Sample("deskready_incident_open_seconds_total", self._open_s[severity], labels)
            yield Sample("deskready_incidents_ticketed_total", self._told[severity], labels)
            yield Sample("deskready_incident_ticket_wait_seconds_total", self._untold_s[severity], labels)


def _is_first_word(incident: Incident, one: Transition) -> bool:
    """Whether IT has a ticket of its own for this life from now on; a line of a digest is none."""
    first = next((each for each in incident.this_life() if each.kind == "notified"), None)
    return one.kind == "notified" and first is one and incident.note == "open"


def _between_s(earlier: Instant, later: Instant) -> float:
    """Seconds between two moments: by the clock that nobody can set, unless the computer was restarted."""
    if earlier.boot_id == later.boot_id:
        return max(0.0, later.boot_s - earlier.boot_s)
    return max(0.0, (later.utc - earlier.utc).total_seconds())
