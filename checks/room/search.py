"""Room sensors at the serial adapters of this computer: who answers, and as what.

Source: pyserial's list of ports, of which only USB adapters are asked: what stands behind a built-in port
may be anything. A wrong profile can read something too (48 °C for 48 %), so every reading is kept for a
person to choose.
"""

from collections.abc import Iterable, Iterator

import msgspec

from checks.model import ProbeError
from checks.room import profiles, reading
from checks.room.reading import Reading
from config.devices import Sensor

_MAX_PORTS = 16


class Candidate(msgspec.Struct, frozen=True):
    """One way to read what stands at a port, with what it reads now."""

    sensor: Sensor
    reading: Reading


def usb_ports() -> tuple[str, ...]:
    """Return the names of this computer's USB serial adapters, at most 16."""
    from serial.tools import list_ports  # noqa: PLC0415  only here

    ports = list_ports.comports()  # type: ignore[attr-defined, no-untyped-call]
    found = [port.device for port in ports if port.vid is not None]
    return tuple(sorted(found))[:_MAX_PORTS]


def candidates(ports: Iterable[str]) -> Iterator[Candidate]:
    """Ask at each port in every profile's way, at address 1; takes up to 10 s for each port."""
    for number, port in enumerate(ports, start=1):
        name = "room" if number == 1 else f"room-{number}"
        for profile in profiles.PROFILES:
            sensor = Sensor(name=name, port=port, profile=profile)
            try:
                yield Candidate(sensor, reading.once(sensor))
            except ProbeError:
                continue
