"""The contract's JSON of a verdict and its results: `deskready.ready/1`. Pure.

The daemon sends it over the control socket, the command line prints it as it is or in words.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from agent.clock import Instant
from agent.result import Result, Verdict
from agent.track import age_s
from config.settings import Settings

SCHEMA = "deskready.ready/1"


def summary(settings: Settings, verdict: Verdict, results: Sequence[Result], now: Instant) -> dict[str, Any]:
    """Return the JSON tree; times are UTC with a "Z", durations are seconds."""
    return {
        "schema": SCHEMA,
        "station": settings.station.name,
        "site": settings.station.site,
        "verdict": verdict.colour,
        "valid_until": stamp(verdict.valid_until),
        "coverage": {"checked": verdict.checked, "total": verdict.total},
        "results": [line(result, now) for result in results],
        "reasons": [msgspec.to_builtins(reason) for reason in verdict.reasons],
    }


def line(result: Result, now: Instant) -> dict[str, Any]:
    """Return one element of `results`. `age_s` is None for a result of another boot."""
    age = age_s(result, now.boot_s, now.boot_id)
    return {
        "check": result.check,
        "device": result.device,
        "level": result.level,
        "state": result.state,
        "findings": [msgspec.to_builtins(fault) for fault in result.findings],
        "reason": result.reason,
        "facts": dict(result.facts),
        "measured_at": stamp(result.measured_at),
        "age_s": None if age is None else round(age, 3),
        "took_s": round(result.took_s, 4),
    }


def stamp(moment: datetime) -> str:
    """Write an aware time as UTC, to the millisecond, ending in "Z"."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
