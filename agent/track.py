"""One row of the desk over time: a pure fold of results into soft, confirmed, recovering, flapping.

A row is one check on one device. Unknown neither opens nor closes anything: it only lets the last
evidence grow old. All times are seconds since boot (`agent.clock`).
"""

from typing import Literal, TypeAlias

import msgspec

from agent.result import Result
from config.schema import CheckRow, VerdictNumbers

Hard: TypeAlias = Literal["unproven", "good", "failed"]
Phase: TypeAlias = Literal["none", "good", "soft", "failed", "recovering"]


class Rule(msgspec.Struct, frozen=True):
    """What the procedure says about one check's row. Durations in seconds."""

    check: str
    capability: str
    level: Literal["blocking", "advisory"]
    parent: str | None
    ttl_s: float
    fail_attempts: int
    recover_attempts: int
    retry_s: float
    hold_s: float
    flap_window_s: float
    flap_changes: int
    flap_quiet_s: float


class Track(msgspec.Struct, frozen=True):
    """What is known of a row after all results so far."""

    last: Result | None = None  # newest result of any state
    evidence: Result | None = None  # newest result that really looked: ok, warn or fail
    hard: Hard = "unproven"
    fail_count: int = 0  # consecutive failing results
    good_count: int = 0  # consecutive good results
    failing_since_s: float | None = None
    changes_at_s: tuple[float, ...] = ()  # hard changes within the flapping window
    flapping_until_s: float | None = None


def rule_of(row: CheckRow, numbers: VerdictNumbers) -> Rule:
    """Join a check's row with the `[verdict]` numbers it does not override."""
    return Rule(
        check=row.id,
        capability=row.capability,
        level=row.level,
        parent=row.parent,
        ttl_s=max(numbers.freshness_factor * row.interval_s + row.timeout_s, numbers.freshness_min_s),
        fail_attempts=row.attempts or numbers.fail_attempts,
        recover_attempts=numbers.recover_attempts,
        retry_s=row.retry_s or numbers.fail_retry_s,
        hold_s=float(row.params.get("hold_s", 0.0)),
        flap_window_s=numbers.flap_window_min * 60,
        flap_changes=numbers.flap_changes,
        flap_quiet_s=numbers.flap_quiet_min * 60,
    )


def is_bad(result: Result) -> bool:
    """Whether a result counts against the desk: a finding worse than a notice."""
    return any(fault.severity != "notice" for fault in result.findings)


def is_stop(result: Result) -> bool:
    """Whether a result holds a finding that stops the work."""
    return any(fault.severity == "stop" for fault in result.findings)


def fold(track: Track, result: Result, rule: Rule, *, in_grace: bool = False) -> Track:
    """Take one result in. In the grace after sleep a failing result is seen but not counted."""
    if result.state in {"unknown", "off"}:
        return msgspec.structs.replace(track, last=result)
    seen = msgspec.structs.replace(track, last=result, evidence=result)
    if not is_bad(result):
        return _fold_good(seen, result, rule)
    return seen if in_grace else _fold_bad(seen, result, rule)


def phase(track: Track) -> Phase:
    """Name where the row stands; "none" without any evidence."""
    if track.evidence is None:
        return "none"
    if is_bad(track.evidence):
        return "failed" if track.hard == "failed" else "soft"
    return "recovering" if track.hard == "failed" else "good"


def age_s(result: Result, now_s: float, boot_id: str) -> float | None:
    """Seconds since the measurement; None for a result of another boot."""
    return max(0.0, now_s - result.boot_s) if result.boot_id == boot_id else None


def is_fresh(track: Track, rule: Rule, now_s: float, boot_id: str) -> bool:
    """Whether the newest evidence is younger than the row's lifetime."""
    if track.evidence is None:
        return False
    age = age_s(track.evidence, now_s, boot_id)
    return age is not None and age <= rule.ttl_s


def _fold_good(track: Track, result: Result, rule: Rule) -> Track:
    track = msgspec.structs.replace(
        track, good_count=track.good_count + 1, fail_count=0, failing_since_s=None
    )
    if track.hard == "failed" and track.good_count < rule.recover_attempts:
        return track
    return _harden(track, "good", result, rule)


def _fold_bad(track: Track, result: Result, rule: Rule) -> Track:
    since_s = result.boot_s if track.failing_since_s is None else track.failing_since_s
    track = msgspec.structs.replace(
        track, fail_count=track.fail_count + 1, good_count=0, failing_since_s=since_s
    )
    is_held = is_stop(result) or result.boot_s - since_s >= rule.hold_s
    if track.fail_count < rule.fail_attempts or not is_held:
        return track
    return _harden(track, "failed", result, rule)


def _harden(track: Track, hard: Hard, result: Result, rule: Rule) -> Track:
    """Make the state hard; count the change unless it is the first proof or no change."""
    if hard == track.hard or (track.hard == "unproven" and hard == "good"):
        return msgspec.structs.replace(track, hard=hard)
    now_s = result.boot_s
    recent = (*(at for at in track.changes_at_s if now_s - at < rule.flap_window_s), now_s)
    is_flapping = len(recent) >= rule.flap_changes or _was_flapping(track, now_s)
    return msgspec.structs.replace(
        track,
        hard=hard,
        changes_at_s=recent,
        flapping_until_s=now_s + rule.flap_quiet_s if is_flapping else None,
    )


def _was_flapping(track: Track, now_s: float) -> bool:
    return track.flapping_until_s is not None and now_s < track.flapping_until_s
