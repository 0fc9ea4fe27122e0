"""Air: does this desk need fresh air?

Clause 2.3a ("fresh air"). Source: a CO2 sensor on a serial line, through `checks.room.reading`.
"""

from collections.abc import Iterator

import msgspec

from checks.model import Check, Finding, ProbeError
from checks.room import profiles, reading
from checks.room.reading import Reading
from config.devices import Sensor


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limit in parts per million, inclusive; it must be passed for `hold_s`."""

    max_ppm: float = 1000.0
    hold_s: float = 3600.0


class Facts(msgspec.Struct, frozen=True):
    """`sensor` is the profile by which it was read."""

    co2_ppm: float
    sensor: str
    reading: Reading


def probe(target: Sensor, _params: Params) -> Facts:
    """Read the sensor once. Raises as `reading.read`, and "sensor.no_value" where it sends no CO2."""
    found = reading.read(target)
    if found.co2_ppm is None:
        raise ProbeError("sensor.no_value")
    return Facts(found.co2_ppm, found.sensor, found)


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Watch for a sensor that is stuck. Raises ProbeError "sensor.frozen"."""
    followed = reading.followed(previous.reading if previous else None, current.reading)
    return msgspec.structs.replace(current, reading=followed)


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield ENV_CONDITIONS above the limit."""
    if facts.co2_ppm > params.max_ppm:
        yield reading.finding("stuffy", facts.reading)


def applies(target: Sensor) -> bool:
    """Whether this kind of sensor measures CO2."""
    return "co2_ppm" in profiles.PROFILES[target.profile].measures


CHECK = Check(
    "environment.air",
    target=Sensor,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    carry=carry,
    applies=applies,
    faults=reading.FAULTS,
)
