"""How each kind of room sensor is asked and read: one row for each profile of the settings.

Register maps: XY-MD02 and KinCony SHT30 as their makers' pages give them, RS-WS-N01 as public drivers
read it; MH-Z19: "MH-Z19B User's Manual" command 0x86. Two sensors with the same wires may differ in the
order of their registers and in how they write frost: a wrong profile reads 48 °C for 48 %, so a person
confirms the profile once (`deskready discover`).
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Literal, TypeAlias

import msgspec

from checks.io import modbus
from checks.model import ProbeError
from config.devices import SensorProfile

Quantity: TypeAlias = Literal["celsius", "humidity_percent", "co2_ppm"]
Values: TypeAlias = Mapping[Quantity, float]

_TEMPERATURE_AND_HUMIDITY: Final[frozenset[Quantity]] = frozenset({"celsius", "humidity_percent"})
_TENTHS = 10
_FROST = 10000  # KinCony: 10250 is -25.0 °C
_SIGN, _WORD = 0x8000, 0x10000
_MH_Z19_QUESTION = bytes.fromhex("ff0186000000000079")
_MH_Z19_HEAD = b"\xff\x86"
_MH_Z19_LENGTH = 9
_LABELLED = re.compile(
    rb"(?i)\b(t|temp|temperature|h|hum|humidity|rh|co2)\s*[:=]\s*(-?\d{1,5}(?:\.\d{1,4})?)"
)
_BARE = re.compile(rb"\s*(-?\d{1,3}(?:\.\d{1,4})?)[^\d.,;]{0,8}[,;\s]\s*(\d{1,3}(?:\.\d{1,4})?)[^\d]{0,8}")
_LABELS: Mapping[bytes, Quantity] = {b"t": "celsius", b"h": "humidity_percent", b"r": "humidity_percent"}


class Profile(msgspec.Struct, frozen=True):
    """`read(received, address)` gives the values once they are all there, None before.

    `wrong(received, address)` is the reason where they never come. An empty question: the sensor sends by
    itself. `wait_s`: how long to wait for it.
    """

    baud: int
    measures: frozenset[Quantity]
    question: Callable[[int], bytes]
    read: Callable[[bytes, int], Values | None]
    wrong: Callable[[bytes, int], str]
    wait_s: float = 1.5


def _signed(word: int) -> float:
    return float(word - _WORD if word & _SIGN else word)


def _offset(word: int) -> float:
    return float(_FROST - word if word >= _FROST else word)


def _modbus(
    baud: int,
    function: modbus.Function,
    first: int,
    order: tuple[Quantity, ...],
    decode: Callable[[int], float] = _signed,
) -> Profile:
    """Return the profile of a slave that keeps tenths in neighbouring registers."""

    def read(received: bytes, address: int) -> Values | None:
        words = modbus.registers(received, address, function, len(order))
        if words is None:
            return None
        return {name: decode(word) / _TENTHS for name, word in zip(order, words, strict=True)}

    return Profile(
        baud=baud,
        measures=frozenset(order),
        question=partial(modbus.question, function=function, first=first, count=len(order)),
        read=read,
        wrong=partial(modbus.wrong, function=function, count=len(order)),
    )


def _read_mh_z19(received: bytes, _address: int) -> Values | None:
    for start in range(len(received) - _MH_Z19_LENGTH + 1):
        frame = received[start : start + _MH_Z19_LENGTH]
        if frame[:2] == _MH_Z19_HEAD and -sum(frame[1:8]) & 0xFF == frame[8]:
            return {"co2_ppm": float(int.from_bytes(frame[2:4], "big"))}
    return None


def _wrong_mh_z19(received: bytes, _address: int) -> str:
    start = received.find(_MH_Z19_HEAD)
    return "sensor.checksum" if 0 <= start <= len(received) - _MH_Z19_LENGTH else "sensor.torn"


def _read_ascii(received: bytes, _address: int) -> Values | None:
    """Read the first line that is whole: one that begins after a line end that came, too."""
    for line in re.split(rb"[\r\n]+", received)[1:-1]:
        labelled = {_quantity(label): float(number) for label, number in _LABELLED.findall(line)}
        if labelled:
            return labelled
        if bare := _BARE.fullmatch(line):
            return {"celsius": float(bare[1]), "humidity_percent": float(bare[2])}
    return None


def _quantity(label: bytes) -> Quantity:
    return _LABELS.get(label[:1].lower(), "co2_ppm")


PROFILES: Final[Mapping[SensorProfile, Profile]] = {
    "xy-md02": _modbus(9600, modbus.READ_INPUT, 1, ("celsius", "humidity_percent")),
    "rs-ws-n01": _modbus(4800, modbus.READ_HOLDING, 0, ("humidity_percent", "celsius")),
    "sht30-kincony": _modbus(9600, modbus.READ_INPUT, 0, ("celsius", "humidity_percent"), _offset),
    "mh-z19": Profile(
        9600, frozenset({"co2_ppm"}), lambda _address: _MH_Z19_QUESTION, _read_mh_z19, _wrong_mh_z19
    ),
    "ascii": Profile(
        9600, _TEMPERATURE_AND_HUMIDITY, lambda _address: b"", _read_ascii, lambda *_: "sensor.no_line", 4.0
    ),
}

# What a room can have; a sensor that is broken or read with a wrong profile leaves it.
PLAUSIBLE: Final[Mapping[Quantity, tuple[float, float]]] = {
    "celsius": (-20.0, 60.0),
    "humidity_percent": (1.0, 100.0),
    "co2_ppm": (300.0, 10000.0),
}


def checked(values: Values) -> Values:
    """Return values that a room can have. Raises ProbeError "sensor.implausible"."""
    for name, value in values.items():
        low, high = PLAUSIBLE[name]
        if not low <= value <= high:
            raise ProbeError("sensor.implausible")
    return values
