"""The light: from rows, answers and incidents to one colour with its reasons. Pure; no clock.

The worst contribution wins, in the order green < amber < grey < red. A row that could not be measured
is never green; what is not set up contributes no colour but lowers the coverage.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import msgspec

from agent.clock import Instant
from agent.result import COLOURS, Colour, Reason, Result, Verdict
from agent.track import Rule, Track, is_fresh, phase
from config.schema import Severity

Key: TypeAlias = tuple[str, str]  # (check, device)
PARENT_FAILED = "parent_failed"
_ALTERNATIVE_KINDS = ("printer", "scanner")  # one usable device of these keeps the work going


class Row(msgspec.Struct, frozen=True):
    """One check on one device. `is_own` is False for a device that only stands in for another."""

    rule: Rule
    device: str
    track: Track
    is_own: bool = True

    @property
    def key(self) -> Key:
        """(check, device)."""
        return (self.rule.check, self.device)


class Answer(msgspec.Struct, frozen=True):
    """One question of today's card: answered well, with a problem, or still open."""

    attestation: str
    state: Literal["ok", "problem", "pending"]
    severity: Severity = "notice"


class Reported(msgspec.Struct, frozen=True):
    """An open incident that a person reported by answering a question with "problem"."""

    question: str
    device: str
    severity: Severity


class Circumstances(msgspec.Struct, frozen=True):
    """What else colours the desk. Device sets hold device ids; `grace_until_s` is seconds since boot."""

    answers: tuple[Answer, ...] = ()
    stopped_devices: frozenset[str] = frozenset()  # open incident of severity stop, not retested
    maintained_devices: frozenset[str] = frozenset()
    substituted_devices: frozenset[str] = frozenset()  # another device is in use instead
    reported: tuple[Reported, ...] = ()
    grace_until_s: float = 0.0  # after sleep or a network change
    is_off_hours: bool = False
    snapshot_max_age_s: float = 90.0


class Light(msgspec.Struct, frozen=True):
    """What one row contributes: None is no colour (not set up, suppressed, absent)."""

    colour: Colour | None
    codes: tuple[str, ...] = ()


def verdict(rows: Sequence[Row], circumstances: Circumstances, now: Instant) -> Verdict:
    """Judge the whole desk at `now`."""
    lights = row_lights(rows, now)
    reasons = [
        *_capped(_row_reasons(rows, lights, circumstances), rows, lights, circumstances),
        *_circumstance_reasons(rows, circumstances, now),
    ]
    checked = sum(
        is_fresh(row.track, row.rule, now.boot_s, now.boot_id) and lights[row.key].codes != (PARENT_FAILED,)
        for row in rows
    )
    nothing_wrong: Colour = "green" if checked else "grey"
    return Verdict(
        colour=max((reason.colour for reason in reasons), key=COLOURS.index, default=nothing_wrong),
        valid_until=_valid_until(rows, circumstances.snapshot_max_age_s, now),
        checked=checked,
        total=len(rows),
        reasons=tuple(sorted(reasons, key=lambda r: -COLOURS.index(r.colour))),
    )


def row_lights(rows: Sequence[Row], now: Instant) -> dict[Key, Light]:
    """Judge each row by itself, then let failed parents speak for their children."""
    own = {row.key: _light(row, now) for row in rows}
    by_key = {row.key: row for row in rows}
    return {key: _under_parents(by_key[key], light, by_key, own) for key, light in own.items()}


def suppressed(rows: Sequence[Row], now: Instant) -> frozenset[Key]:
    """Return the rows that cannot be judged because a parent has failed: what they say is not theirs."""
    return frozenset(key for key, light in row_lights(rows, now).items() if light.codes == (PARENT_FAILED,))


def _light(row: Row, now: Instant) -> Light:
    track, rule = row.track, row.rule
    is_blocking = rule.level == "blocking"
    if track.last is not None and track.last.state == "off":
        return Light(None, (track.last.reason or "off",))
    if track.evidence is None or not is_fresh(track, rule, now.boot_s, now.boot_id):
        return _blind(track.last, is_blocking=is_blocking)
    is_flapping = track.flapping_until_s is not None and now.boot_s < track.flapping_until_s
    return _standing(track, track.evidence, is_blocking=is_blocking, is_flapping=is_flapping)


def _standing(track: Track, evidence: Result, *, is_blocking: bool, is_flapping: bool) -> Light:
    """Judge fresh evidence by where the row stands."""
    standing = phase(track)
    if standing == "failed":
        return _failed(evidence, is_blocking=is_blocking)
    if standing == "soft":
        return Light("amber" if is_blocking else "green", _codes(evidence))
    if standing == "recovering":
        return Light("amber", ("recovering",))
    return Light("amber", ("flapping",)) if is_flapping else Light("green")


def _blind(last: Result | None, *, is_blocking: bool) -> Light:
    """Judge a row without fresh evidence: never green."""
    if last is None:
        return Light("grey" if is_blocking else "amber", ("not_yet_checked",))
    code = last.reason if last.state == "unknown" and last.reason else "stale"
    if last.is_absent:
        return Light(None, (code,))
    return Light("grey" if is_blocking else "amber", (code,))


def _failed(evidence: Result, *, is_blocking: bool) -> Light:
    is_red = is_blocking and any(fault.severity == "stop" for fault in evidence.findings)
    return Light("red" if is_red else "amber", _codes(evidence))


def _codes(result: Result) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fault.code for fault in result.findings if fault.severity != "notice"))


def _under_parents(row: Row, light: Light, by_key: Mapping[Key, Row], own: Mapping[Key, Light]) -> Light:
    """A child of a failed parent gets no colour; a parent that only may have failed hides what is soft."""
    if light.colour in {None, "green"}:
        return light
    for parent in ancestors(row, by_key):
        standing = phase(parent.track)
        is_speaking = own[parent.key].colour in {"red", "amber"}
        if is_speaking and (standing == "failed" or (standing == "soft" and phase(row.track) != "failed")):
            return Light(None, (PARENT_FAILED,))
    return light


def ancestors(row: Row, by_key: Mapping[Key, Row]) -> Iterable[Row]:
    """Yield the rows that a row depends on, the nearest first."""
    seen = {row.rule.check}
    parent_id = row.rule.parent
    while parent_id is not None and parent_id not in seen:
        seen.add(parent_id)
        parent = by_key.get((parent_id, row.device)) or _only(parent_id, by_key.values())
        if parent is None:
            return
        yield parent
        parent_id = parent.rule.parent


def _only(check: str, rows: Iterable[Row]) -> Row | None:
    return next((row for row in rows if row.rule.check == check), None)


def _row_reasons(
    rows: Sequence[Row], lights: Mapping[Key, Light], circumstances: Circumstances
) -> Iterable[Reason]:
    """Yield a reason for each row that is not green; a device under maintenance speaks once, by itself."""
    red: set[str] = set()
    for row in rows:
        light = lights[row.key]
        if light.colour not in {None, "green"} and row.device not in circumstances.maintained_devices:
            red |= {row.device} if light.colour == "red" else set()
            for code in light.codes:
                yield Reason(light.colour, *row.key, code)
    for device in sorted(circumstances.maintained_devices & {row.device for row in rows}):
        yield Reason("grey", None, device, "maintenance")
    for device in sorted(circumstances.stopped_devices & {row.device for row in rows} - red):
        yield Reason("red", None, device, "stopped_until_retest")
    answered = {answer.attestation for answer in circumstances.answers if answer.state == "problem"}
    for one in (each for each in circumstances.reported if each.question not in answered):
        colour: Colour = "red" if one.severity == "stop" else "amber"
        yield Reason(colour, None, one.device, f"reported.{one.question}")
    for device in sorted(circumstances.substituted_devices):
        yield Reason("amber", None, device, "substitute_in_use")


def _capped(
    reasons: Iterable[Reason],
    rows: Sequence[Row],
    lights: Mapping[Key, Light],
    circumstances: Circumstances,
) -> Iterable[Reason]:
    """Soften to amber what another usable device of the same kind makes up for.

    A device that only stands in for others says nothing while every own device works.
    """
    out = circumstances.stopped_devices | circumstances.maintained_devices
    usable = {device for device in {row.device for row in rows} if is_usable(device, rows, lights, out)}
    own = {row.device for row in rows if row.is_own}
    for reason in reasons:
        kind = (reason.device or "").partition(":")[0]
        if kind not in _ALTERNATIVE_KINDS:
            yield reason
        elif reason.device not in own and all(_kind(d) != kind or d in usable for d in own):
            continue
        elif reason.colour in {"red", "grey"} and any(
            _kind(device) == kind and device != reason.device for device in usable
        ):
            yield msgspec.structs.replace(reason, colour="amber")
        else:
            yield reason


def _kind(device: str) -> str:
    return device.partition(":")[0]


def is_usable(device: str, rows: Sequence[Row], lights: Mapping[Key, Light], out: frozenset[str]) -> bool:
    """Whether every row of the device allows work and at least one is proven by evidence."""
    mine = [row for row in rows if row.device == device]
    if device in out or any(lights[row.key].colour in {"red", "grey"} for row in mine):
        return False
    proven = [row for row in mine if row.rule.level == "blocking" and row.track.evidence is not None]
    return bool(proven) and all(lights[row.key].colour is not None for row in proven)


def _circumstance_reasons(
    rows: Sequence[Row], circumstances: Circumstances, now: Instant
) -> Iterable[Reason]:
    if now.boot_s < circumstances.grace_until_s:
        yield Reason("grey", None, None, "checking_after_resume")
    if circumstances.is_off_hours:
        yield Reason("grey", None, None, "off_hours")
    if not rows:
        yield Reason("grey", None, None, "nothing_checked")
    for answer in circumstances.answers:
        if answer.state == "pending":
            yield Reason("amber", None, None, f"to_confirm.{answer.attestation}")
        elif answer.state == "problem":
            colour: Colour = "red" if answer.severity == "stop" else "amber"
            yield Reason(colour, None, None, f"reported.{answer.attestation}")


def _valid_until(rows: Sequence[Row], snapshot_max_age_s: float, now: Instant) -> datetime:
    """Until when a reader may believe the light: the snapshot's age limit or the first blocking expiry."""
    left_s = [
        row.rule.ttl_s - (now.boot_s - row.track.evidence.boot_s)
        for row in rows
        if row.rule.level == "blocking"
        and row.track.evidence is not None
        and is_fresh(row.track, row.rule, now.boot_s, now.boot_id)
    ]
    return now.utc + timedelta(seconds=min([snapshot_max_age_s, *left_s]))
