"""Humidity: is the air at this desk neither damp nor dry?

Clause 2.3a. Source: a sensor on a serial line, through `checks.room.reading`.
"""

from collections.abc import Iterator

import msgspec

from checks.model import Check, Finding, ProbeError, Sample
from checks.room import profiles, reading
from checks.room.reading import Reading
from config.devices import Sensor


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits in percent of relative humidity, inclusive; they must be passed for `hold_s`."""

    min_pct: float = 30.0
    max_pct: float = 70.0
    hold_s: float = 600.0


class Facts(msgspec.Struct, frozen=True):
    """`sensor` is the profile by which it was read."""

    pct: float
    sensor: str
    reading: Reading


def probe(target: Sensor, _params: Params) -> Facts:
    """Read the sensor once. Raises as `reading.read`, and "sensor.no_value" where it sends no humidity."""
    found = reading.read(target)
    if found.humidity_percent is None:
        raise ProbeError("sensor.no_value")
    return Facts(found.humidity_percent, found.sensor, found)


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Watch for a sensor that is stuck. Raises ProbeError "sensor.frozen"."""
    followed = reading.followed(previous.reading if previous else None, current.reading)
    return msgspec.structs.replace(current, reading=followed)


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield ENV_CONDITIONS outside the limits."""
    if not params.min_pct <= facts.pct <= params.max_pct:
        choice = "too_dry" if facts.pct < params.min_pct else "too_humid"
        yield reading.finding(choice, facts.reading)


def measure(facts: Facts) -> Iterator[Sample]:
    """Yield the humidity."""
    yield Sample("deskready_room_humidity_ratio", facts.pct / 100)


def applies(target: Sensor) -> bool:
    """Whether this kind of sensor measures the humidity."""
    return "humidity_percent" in profiles.PROFILES[target.profile].measures


CHECK = Check(
    "environment.humidity",
    target=Sensor,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    measure=measure,
    carry=carry,
    applies=applies,
    faults=reading.FAULTS,
)
