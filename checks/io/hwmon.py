"""Temperatures and fans as the kernel shows them: /sys/class/hwmon and /sys/class/thermal.

Source: the kernel's Documentation/hwmon/sysfs-interface and Documentation/driver-api/thermal. A sensor's
name is made of a chip from a closed list, its number among the chips of that name, and the kernel's index
("coretemp0_temp1"), so it may be a metrics label. Values outside what a chip can be are None.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import proc

# Chips whose readings are the processor's own; boards leave others unconnected and they read anything.
JUDGED = frozenset(
    {
        "acpitz",
        "coretemp",
        "cpu_thermal",
        "k8temp",
        "k10temp",
        "soc_thermal",
        "via_cputemp",
        "x86_pkg_temp",
        "zenpower",
    }
)
GRAPHICS = frozenset(
    {"amdgpu", "nouveau", "nvidia", "radeon", "xe", "i915"}
)  # they rest their fans when cool
_SHOWN = frozenset({"dell_smm", "drivetemp", "hp", "iwlwifi", "nct6775", "nvme", "thinkpad"})
MAX_SENSORS = 64
IMPLAUSIBLE_LOW_CELSIUS = -40.0  # at or below: no office computer is that cold
IMPLAUSIBLE_HIGH_CELSIUS = 125.0  # at or above: silicon has switched itself off before
_TRUSTED_CRITICAL_CELSIUS = 80.0  # firmware writes 0, 20.8 or 119 where it knows no limit
_MAX_RPM = 20_000
_INPUT = re.compile(r"(temp|fan)([0-9]{1,3})_input")


class Temperature(msgspec.Struct, frozen=True):
    """One sensor. `celsius` is None where the value is unreadable or implausible (`is_implausible`)."""

    sensor: str
    is_judged: bool
    celsius: float | None
    high_celsius: float | None
    critical_celsius: float | None
    is_implausible: bool = False


class Fan(msgspec.Struct, frozen=True):
    """One fan. `rpm` is None where unreadable; `is_alarmed` is the chip's own alarm."""

    sensor: str
    is_judged: bool
    rpm: int | None
    is_alarmed: bool


class _Chip(msgspec.Struct, frozen=True):
    folder: Path
    kind: str
    name: str  # kind and number


def temperatures(root: Path) -> tuple[Temperature, ...]:
    """Return every temperature sensor, judged ones first, at most 64."""
    chips = tuple(_chips(root))
    own = {chip.kind for chip in chips}
    found = [
        *_of_chips(chips),
        *(one for one in _zones(root) if one.sensor.rpartition("_zone")[0] not in own),
    ]
    return tuple(sorted(found, key=lambda one: not one.is_judged)[:MAX_SENSORS])


def fans(root: Path) -> tuple[Fan, ...]:
    """Return every fan input, at most 64."""
    found = [
        Fan(
            f"{chip.name}_fan{index}",
            chip.kind not in GRAPHICS,
            _rpm(chip.folder, index),
            _alarm(chip.folder, index),
        )
        for chip in _chips(root)
        for index in _indexes(chip.folder, "fan")
    ]
    return tuple(found[:MAX_SENSORS])


def hottest(found: tuple[Temperature, ...]) -> float | None:
    """Return the highest judged temperature, or None where there is none to judge."""
    return max((one.celsius for one in found if one.is_judged and one.celsius is not None), default=None)


def _chips(root: Path) -> Iterator[_Chip]:
    """Yield hwmon chips; old drivers keep their files one folder deeper, in `device`."""
    seen: Counter[str] = Counter()
    base = root / "sys/class/hwmon"
    for entry in proc.names(base):
        for folder in (base / entry, base / entry / "device"):
            raw = proc.text(folder / "name", 64)
            if raw is not None:
                kind = _kind(raw)
                yield _Chip(folder, kind, f"{kind}{seen[kind]}")
                seen[kind] += 1
                break


def _of_chips(chips: tuple[_Chip, ...]) -> Iterator[Temperature]:
    for chip in chips:
        for index in _indexes(chip.folder, "temp"):
            stem = chip.folder / f"temp{index}"
            yield _temperature(
                f"{chip.name}_temp{index}",
                chip.kind,
                proc.integer(stem.with_name(f"{stem.name}_input")),
                proc.integer(stem.with_name(f"{stem.name}_max")),
                proc.integer(stem.with_name(f"{stem.name}_crit")),
            )


def _zones(root: Path) -> Iterator[Temperature]:
    """Yield thermal zones; the kernel shows most of them a second time as hwmon chips."""
    base = root / "sys/class/thermal"
    for entry in proc.names(base):
        raw = proc.text(base / entry / "type", 64) if entry.startswith("thermal_zone") else None
        if raw is not None:
            kind = _kind(raw)
            critical = _trip(base / entry, "critical")
            number = entry.removeprefix("thermal_zone")
            if number.isdigit():
                millis = proc.integer(base / entry / "temp")
                yield _temperature(f"{kind}_zone{number}", kind, millis, _trip(base / entry, "hot"), critical)


def _temperature(
    sensor: str, kind: str, millis: int | None, high: int | None, critical: int | None
) -> Temperature:
    celsius = _celsius(millis)
    limit = _celsius(critical)
    return Temperature(
        sensor=sensor,
        is_judged=kind in JUDGED,
        celsius=celsius,
        high_celsius=_celsius(high),
        critical_celsius=limit if limit is not None and limit >= _TRUSTED_CRITICAL_CELSIUS else None,
        is_implausible=millis is not None and celsius is None,
    )


def _celsius(millis: int | None) -> float | None:
    """Return millidegrees as degrees, or None outside what is plausible."""
    if millis is None or not IMPLAUSIBLE_LOW_CELSIUS * 1000 < millis < IMPLAUSIBLE_HIGH_CELSIUS * 1000:
        return None
    return millis / 1000


def _trip(zone: Path, kind: str) -> int | None:
    """Return the temperature of a zone's trip point of that kind, in millidegrees."""
    for index in range(16):
        found = proc.text(zone / f"trip_point_{index}_type", 64)
        if found is None:
            return None
        if found == kind:
            return proc.integer(zone / f"trip_point_{index}_temp")
    return None


def _indexes(folder: Path, quantity: str) -> tuple[int, ...]:
    matches = (_INPUT.fullmatch(name) for name in proc.names(folder))
    return tuple(sorted(int(match[2]) for match in matches if match and match[1] == quantity))


def _rpm(folder: Path, index: int) -> int | None:
    rpm = proc.integer(folder / f"fan{index}_input")
    return rpm if rpm is not None and 0 <= rpm <= _MAX_RPM else None


def _alarm(folder: Path, index: int) -> bool:
    return proc.integer(folder / f"fan{index}_alarm") == 1


def _kind(raw: str) -> str:
    """Return the chip's name from the closed list ("cpu-thermal" is cpu_thermal), else "other"."""
    name = raw.lower().replace("-", "_").partition("_1")[0]  # the wireless chip is iwlwifi_1
    return name if name in JUDGED | GRAPHICS | _SHOWN else "other"
