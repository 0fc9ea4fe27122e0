"""Fan: does a fan that should turn stand still?

Clause 4.1.7. Source: `checks.io.hwmon`. A board has headers with nothing on them, and
graphics cards rest their fans: a fan at 0 is judged only if it was seen turning, or if none turns at all.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import hwmon, proc
from checks.io.hwmon import Fan
from checks.model import Check, Finding, ProbeError, Sample
from config.devices import Computer

MAX_SERIES = 16


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Above this temperature, in °C, a fan has to turn."""

    hot_c: float = 70.0


class Facts(msgspec.Struct, frozen=True):
    """All fans. `rpm` is the slowest turning judged fan, 0 if none turns; `known` names fans seen turning.

    `max_c` is the hottest judged temperature, None without a sensor.
    """

    rpm: int
    known: tuple[str, ...]
    fans: tuple[Fan, ...]
    max_c: float | None


def probe(target: Computer, _params: Params) -> Facts:
    """Read every fan once; `carry` tells whether they can be judged."""
    proc.require_linux()
    root = Path(target.root)
    fans = hwmon.fans(root)
    turning = {one.sensor: one.rpm for one in fans if one.is_judged and one.rpm}
    hottest = hwmon.hottest(hwmon.temperatures(root))
    return Facts(min(turning.values(), default=0), tuple(turning), fans, hottest)


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Remember which fans were seen turning.

    Raises ProbeError "thermal.no_fan" (absent), "thermal.vanished" (a fan that turned cannot be read),
    "thermal.unreadable", or "thermal.no_sensor" (nothing turns, and how hot it is cannot be known).
    """
    read = {one.sensor for one in current.fans if one.is_judged and one.rpm is not None}
    gone = set(previous.known if previous else ()) - read
    if gone:
        raise ProbeError("thermal.vanished", sensor=min(gone))
    if not any(one.is_judged for one in current.fans):
        raise ProbeError("thermal.no_fan", is_absent=True)
    if not read:
        raise ProbeError("thermal.unreadable")
    known = {*current.known, *(previous.known if previous else ())}
    if _standing(current.fans, known) and current.max_c is None:
        raise ProbeError("thermal.no_sensor")
    return msgspec.structs.replace(current, known=tuple(sorted(known)))


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield THERM_FAN where a fan stands still in the heat, or turns under its chip's alarm."""
    is_hot = facts.max_c is not None and facts.max_c > params.hot_c
    is_alarmed = any(one.is_alarmed for one in facts.fans if one.is_judged and one.rpm)
    if is_alarmed or (is_hot and _standing(facts.fans, set(facts.known))):
        yield Finding("THERM_FAN")


def measure(facts: Facts) -> Iterator[Sample]:
    """Yield deskready_fan_rpm for at most 16 fans."""
    for one in facts.fans[:MAX_SERIES]:
        if one.rpm is not None:
            yield Sample("deskready_fan_rpm", float(one.rpm), {"sensor": one.sensor})


def _standing(fans: tuple[Fan, ...], known: set[str]) -> bool:
    """Whether a fan seen turning stands still, or no judged fan turns at all."""
    judged = [one for one in fans if one.is_judged and one.rpm is not None]
    if not any(one.rpm for one in judged):
        return bool(judged)
    return any(one.rpm == 0 and one.sensor in known for one in judged)


CHECK = Check(
    "thermal.fan",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    carry=carry,
    measure=measure,
    faults={"THERM_FAN": ()},
)
