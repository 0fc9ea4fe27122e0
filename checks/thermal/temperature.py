"""Temperature: is this computer too hot to go on?

Clause 4.1.7. Source: `checks.io.hwmon`. Only chips that measure the
processor are judged; a sensor that answers the same while the load moves is not believed.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import hwmon, proc
from checks.io.hwmon import Temperature
from checks.model import Check, Finding, ProbeError, Sample
from config.devices import Computer

FROZEN_SAMPLES = 20
FROZEN_LOAD_SWING_RATIO = 0.4  # a real sensor follows such a change of load within minutes
MAX_SERIES = 24


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits in °C, inclusive."""

    warn_c: float = 85.0
    warn_clear_c: float = 78.0
    fail_c: float = 97.0
    fail_clear_c: float = 88.0
    hold_s: float = 60.0


class Unmoved(msgspec.Struct, frozen=True):
    """For how many samples a sensor has repeated `celsius`, and the loads (0..1) seen meanwhile."""

    sensor: str
    celsius: float
    samples: int
    load_low_ratio: float
    load_high_ratio: float

    @property
    def is_frozen(self) -> bool:
        """Whether no real sensor would behave so."""
        swing_ratio = self.load_high_ratio - self.load_low_ratio
        return self.samples >= FROZEN_SAMPLES and swing_ratio >= FROZEN_LOAD_SWING_RATIO


class Facts(msgspec.Struct, frozen=True):
    """All sensors in °C. `max_c` is the hottest judged one, with that sensor's own limits if it has any.

    `busy_ticks` and `all_ticks` count processor time since boot; None where the kernel does not say.
    """

    max_c: float | None
    high_c: float | None
    critical_c: float | None
    sensors: tuple[Temperature, ...]
    busy_ticks: int | None = None
    all_ticks: int | None = None
    unmoved: tuple[Unmoved, ...] = ()


def probe(target: Computer, _params: Params) -> Facts:
    """Read every sensor once; `carry` tells whether they can be judged."""
    proc.require_linux()
    root = Path(target.root)
    busy_ticks, all_ticks = parse_ticks(proc.text(root / "proc/stat") or "")
    return _facts(hwmon.temperatures(root), busy_ticks, all_ticks, ())


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Leave out frozen sensors.

    Raises ProbeError "thermal.no_sensor" (absent), "thermal.vanished" (there was one),
    "thermal.implausible", "thermal.unreadable" or "thermal.frozen" (none is left to believe).
    """
    _require_still_there(previous, current)
    judged = tuple(one for one in current.sensors if one.is_judged)
    if not judged:
        raise ProbeError("thermal.no_sensor", is_absent=True)
    if current.max_c is None:
        is_implausible = any(one.is_implausible for one in judged)
        raise ProbeError("thermal.implausible" if is_implausible else "thermal.unreadable")
    unmoved = tuple(_unmoved(previous, current))
    frozen = {one.sensor for one in unmoved if one.is_frozen}
    believed = tuple(one for one in current.sensors if one.sensor not in frozen)
    kept = _facts(believed, current.busy_ticks, current.all_ticks, unmoved)
    if kept.max_c is None:
        raise ProbeError("thermal.frozen")
    return kept


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield THERM_CRITICAL at the fail limit (or a sensor's own, if lower), THERM_HOT at the warn limit."""
    if facts.max_c is None:
        return
    if any(_is_critical(one, params.fail_c) for one in facts.sensors):
        yield Finding("THERM_CRITICAL", {"c": round(facts.max_c)})
    elif facts.max_c >= params.warn_c:
        yield Finding("THERM_HOT", {"c": round(facts.max_c)}, is_warning=True)


def measure(facts: Facts) -> Iterator[Sample]:
    """Yield deskready_temperature_celsius for at most 24 sensors, judged ones first."""
    known = [(one.sensor, one.celsius) for one in facts.sensors if one.celsius is not None]
    for sensor, celsius in known[:MAX_SERIES]:
        yield Sample("deskready_temperature_celsius", celsius, {"sensor": sensor})


def parse_ticks(stat: str) -> tuple[int | None, int | None]:
    """Return (busy, all) ticks of the "cpu" line of /proc/stat, or (None, None)."""
    fields = stat.partition("\n")[0].split()
    if len(fields) < 6 or fields[0] != "cpu" or not all(field.isdigit() for field in fields[1:]):  # noqa: PLR2004  user..iowait
        return None, None
    ticks = [int(field) for field in fields[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)  # without idle and iowait


def _is_critical(one: Temperature, fail_c: float) -> bool:
    if not one.is_judged or one.celsius is None:
        return False
    return one.celsius >= min(fail_c, one.critical_celsius or fail_c)


def _facts(
    sensors: tuple[Temperature, ...],
    busy_ticks: int | None,
    all_ticks: int | None,
    unmoved: tuple[Unmoved, ...],
) -> Facts:
    judged = [one for one in sensors if one.is_judged and one.celsius is not None]
    top = max(judged, key=lambda one: one.celsius or 0.0, default=None)
    return Facts(
        max_c=top.celsius if top else None,
        high_c=top.high_celsius if top else None,
        critical_c=top.critical_celsius if top else None,
        sensors=sensors,
        busy_ticks=busy_ticks,
        all_ticks=all_ticks,
        unmoved=unmoved,
    )


def _require_still_there(previous: Facts | None, current: Facts) -> None:
    """Raise where a judged sensor that could be read before cannot be found or read now."""
    gone = {one.sensor for one in previous.unmoved} if previous else set()
    gone -= {one.sensor for one in current.sensors if one.celsius is not None or one.is_implausible}
    if gone:
        raise ProbeError("thermal.vanished", sensor=min(gone))


def _unmoved(previous: Facts | None, current: Facts) -> Iterator[Unmoved]:
    """Yield one row for each judged sensor, counted on from the previous run."""
    load = _load_ratio(previous, current)
    rows = {row.sensor: row for row in previous.unmoved} if previous else {}
    for one in current.sensors:
        if not one.is_judged or one.celsius is None:
            continue
        row = rows.get(one.sensor)
        if row is None or load is None or row.celsius != one.celsius:
            yield Unmoved(one.sensor, one.celsius, 0, 1.0, 0.0)
        else:
            low, high = min(row.load_low_ratio, load), max(row.load_high_ratio, load)
            yield Unmoved(one.sensor, one.celsius, row.samples + 1, low, high)


def _load_ratio(previous: Facts | None, current: Facts) -> float | None:
    """Return the processor's busy share (0..1) since the previous run, or None."""
    if previous is None or None in {previous.busy_ticks, current.busy_ticks, previous.all_ticks}:
        return None
    busy = (current.busy_ticks or 0) - (previous.busy_ticks or 0)
    passed = (current.all_ticks or 0) - (previous.all_ticks or 0)
    return min(1.0, max(0.0, busy / passed)) if passed > 0 else None


CHECK = Check(
    "thermal.temperature",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    measure=measure,
    carry=carry,
    faults={"THERM_HOT": ("c",), "THERM_CRITICAL": ("c",)},
)
