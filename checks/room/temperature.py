"""Room temperature: is it as warm at this desk as the procedure wants it?

Clause 2.3a. Source: a sensor on a serial line, through `checks.room.reading`.
"""

from collections.abc import Iterator

import msgspec

from checks.model import Check, Finding, ProbeError, Sample
from checks.room import profiles, reading
from checks.room.reading import Reading
from config.devices import Sensor


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits in °C, inclusive; they must be passed for `hold_s`."""

    min_c: float = 18.0
    max_c: float = 28.0
    hold_s: float = 600.0


class Facts(msgspec.Struct, frozen=True):
    """`sensor` is the profile by which it was read."""

    celsius: float
    sensor: str
    reading: Reading


def probe(target: Sensor, _params: Params) -> Facts:
    """Read the sensor once. Raises as `reading.read`, and "sensor.no_value" where it sends no temperature."""
    found = reading.read(target)
    if found.celsius is None:
        raise ProbeError("sensor.no_value")
    return Facts(found.celsius, found.sensor, found)


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Watch for a sensor that is stuck. Raises ProbeError "sensor.frozen"."""
    followed = reading.followed(previous.reading if previous else None, current.reading)
    return msgspec.structs.replace(current, reading=followed)


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield ENV_CONDITIONS outside the limits."""
    if not params.min_c <= facts.celsius <= params.max_c:
        choice = "too_cold" if facts.celsius < params.min_c else "too_hot"
        yield reading.finding(choice, facts.reading)


def measure(facts: Facts) -> Iterator[Sample]:
    """Yield the temperature."""
    yield Sample("deskready_room_temperature_celsius", facts.celsius)


def applies(target: Sensor) -> bool:
    """Whether this kind of sensor measures the temperature."""
    return "celsius" in profiles.PROFILES[target.profile].measures


CHECK = Check(
    "environment.temperature",
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
