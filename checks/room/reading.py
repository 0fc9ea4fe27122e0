"""One reading of a room sensor, shared by the checks that run on it at the same time.

A line carries one conversation at a time: a reading (or a failure) that is younger than 2 s serves whoever
asks next. A value that has not moved for a day is not believed: room air always moves by a tenth.
"""

import threading
import time
from typing import Final

import msgspec

from checks.io import serial_line
from checks.model import Finding, ProbeError
from checks.room import profiles
from config.devices import Sensor

SHARED_S: Final = 2.0
FROZEN_S: Final = 86400.0
FAULTS: Final = {"ENV_CONDITIONS": ("choices", "celsius", "pct", "co2_ppm")}


class Reading(msgspec.Struct, frozen=True):
    """What the air is like, None where the sensor does not say. `read_s` is time.monotonic().

    `unmoved_s`: for how long all three have been exactly these; `followed` counts it.
    """

    sensor: str
    celsius: float | None
    humidity_percent: float | None
    co2_ppm: float | None
    read_s: float
    unmoved_s: float = 0.0


class _Memory:
    """The last outcome on one line; touched under its lock only."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked: Sensor | None = None
        self.outcome: Reading | str = ""
        self.outcome_s = float("-inf")


_memories: dict[str, _Memory] = {}


def read(target: Sensor) -> Reading:
    """Return a reading that is at most 2 s old; ends within 5 s.

    Raises ProbeError "serial.*" (the line), "modbus.*" and "sensor.*" (what came over it).
    """
    memory = _memories.setdefault(target.port, _Memory())
    with memory.lock:
        is_old = time.monotonic() - memory.outcome_s >= SHARED_S
        if is_old or memory.asked != target:
            memory.outcome = _outcome(target)
            memory.asked, memory.outcome_s = target, time.monotonic()
        outcome = memory.outcome
    if isinstance(outcome, str):
        raise ProbeError(outcome)
    return outcome


def once(target: Sensor) -> Reading:
    """Ask the sensor now, whatever was read before. Raises as `read`."""
    profile = profiles.PROFILES[target.profile]
    values, received = serial_line.ask(
        target.port,
        target.baud or profile.baud,
        profile.question(target.address),
        lambda got: profile.read(got, target.address),
        timeout_s=profile.wait_s,
    )
    if values is None:
        raise ProbeError(profile.wrong(received, target.address) if received else "serial.silent")
    found = profiles.checked(values)
    return Reading(
        target.profile,
        found.get("celsius"),
        found.get("humidity_percent"),
        found.get("co2_ppm"),
        time.monotonic(),
    )


def followed(previous: Reading | None, current: Reading) -> Reading:
    """Count on for how long the values have not moved. Raises ProbeError "sensor.frozen" after a day."""
    if previous is None or _values(previous) != _values(current):
        return current
    unmoved_s = previous.unmoved_s + current.read_s - previous.read_s
    if unmoved_s >= FROZEN_S:
        raise ProbeError("sensor.frozen")
    return msgspec.structs.replace(current, unmoved_s=unmoved_s)


def finding(choice: str, air: Reading) -> Finding:
    """Return ENV_CONDITIONS with what is wrong ("too_hot") and all that the sensor says."""
    values = {"choices": choice, "celsius": air.celsius, "pct": air.humidity_percent, "co2_ppm": air.co2_ppm}
    return Finding("ENV_CONDITIONS", values, is_warning=True)


def _outcome(target: Sensor) -> Reading | str:
    try:
        return once(target)
    except ProbeError as error:
        return error.code


def _values(reading: Reading) -> tuple[float | None, ...]:
    return reading.celsius, reading.humidity_percent, reading.co2_ppm
