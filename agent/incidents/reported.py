"""What people reported, seen from the questions that they answered. Pure."""

from collections.abc import Iterable

from agent.card import Report, Reports
from agent.incidents.model import Incident
from config.schema import Severity

_MILD_FIRST: tuple[Severity, ...] = ("notice", "degraded", "stop")


def reports(incidents: Iterable[Incident]) -> Reports:
    """Return which questions have an open incident and how severe it is, and which incidents ended."""
    people = [one for one in incidents if not one.is_seen_by_machine]
    worst = sorted((one for one in people if one.is_open), key=lambda one: _MILD_FIRST.index(one.severity))
    return Reports(
        open={one.check: Report(one.id, one.severity) for one in worst},
        ended=frozenset(one.id for one in people if not one.is_open),
    )
