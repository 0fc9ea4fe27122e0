"""What the desk's rows look like to the incident fold: which may open, clear, or wait for others. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

import msgspec

from agent.clock import Instant
from agent.incidents.fold import Outlook
from agent.incidents.retest import Key
from agent.result import Result
from agent.track import age_s, is_fresh, phase
from agent.verdict import Row, ancestors, suppressed

_OF_THIS_COMPUTER = ("computer", "network", "agent")


class Pause(msgspec.Struct, frozen=True):
    """Why results may not count now. In grace, off hours: nothing opens; under maintenance nothing clears."""

    is_grace: bool = False
    is_off_hours: bool = False
    maintained_devices: frozenset[str] = frozenset()


def outlooks(rows: Sequence[Row], pause: Pause, now: Instant) -> dict[Key, Outlook]:
    """Look at every row that runs."""
    hidden, by_key = suppressed(rows, now), {row.key: row for row in rows}
    started = _started(rows, now)
    return {row.key: _outlook(row, by_key, hidden, pause, started, now) for row in rows if _runs(row)}


def parents_of(keys: Iterable[Key], rows: Sequence[Row]) -> frozenset[Key]:
    """Return the running rows that these rows depend on."""
    by_key = {row.key: row for row in rows}
    return frozenset(
        parent.key
        for key in keys
        if key in by_key
        for parent in ancestors(by_key[key], by_key)
        if _runs(parent)
    )


def _outlook(
    row: Row,
    by_key: Mapping[Key, Row],
    hidden: Collection[Key],
    pause: Pause,
    started: Mapping[str, Instant],
    now: Instant,
) -> Outlook:
    is_counted = row.key not in hidden and row.device not in pause.maintained_devices
    parents = [parent for parent in ancestors(row, by_key) if _runs(parent)]
    return Outlook(
        rule=row.rule,
        may_open=is_counted and not pause.is_grace and not pause.is_off_hours,
        may_clear=is_counted,
        is_parent_doubtful=any(_is_doubtful(parent, now) for parent in parents),
        parents_seen_s=min((_seen_s(parent) for parent in parents), default=None),
        started=started.get(row.device),
    )


def _runs(row: Row) -> bool:
    return row.track.last is None or row.track.last.state != "off"


def _is_doubtful(row: Row, now: Instant) -> bool:
    is_known = is_fresh(row.track, row.rule, now.boot_s, now.boot_id)
    return is_known and phase(row.track) in {"soft", "failed"}


def _seen_s(row: Row) -> float:
    return row.track.last.boot_s if row.track.last else float("-inf")


def _started(rows: Sequence[Row], now: Instant) -> dict[str, Instant]:
    """When each device was last started: this computer's boot, and what devices say of their uptime."""
    booted = Instant(now.utc - timedelta(seconds=now.boot_s), 0.0, now.boot_id)
    started = dict.fromkeys(_OF_THIS_COMPUTER, booted)
    for row in rows:
        seen = row.track.evidence
        if row.device not in started and seen is not None and (at := _start_of(seen, now)):
            started[row.device] = at
    return started


def _start_of(seen: Result, now: Instant) -> Instant | None:
    uptime_s = seen.facts.get("uptime_s")
    if not isinstance(uptime_s, int | float) or age_s(seen, now.boot_s, now.boot_id) is None:
        return None
    return Instant(seen.measured_at - timedelta(seconds=uptime_s), seen.boot_s - uptime_s, seen.boot_id)
