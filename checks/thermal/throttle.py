"""Throttling: does the processor slow itself down because it is too hot?

Clause 4.1.7. Source: cpu*/thermal_throttle/*_throttle_count (Intel; the kernel's
Documentation/ABI/testing/sysfs-devices-system-cpu) and cpufreq. A low frequency alone proves nothing: an
idle processor has one too.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import hwmon, proc
from checks.model import Check, Finding, NoParams, ProbeError
from config.devices import Computer

_WINDOW_S = 0.25
_COUNTS = ("core_throttle_count", "package_throttle_count")


class Facts(msgspec.Struct, frozen=True):
    """`throttle_count` since boot over all processors; `throttled` when it rose since the previous run.

    `freq_pct` is the mean frequency of the fastest possible, None without cpufreq; `max_c` as hottest judged
    sensor, None without one.
    """

    throttled: bool
    throttle_count: int
    freq_pct: float | None
    max_c: float | None


def probe(target: Computer, _params: NoParams) -> Facts:
    """Count twice, a quarter of a second apart. Raises ProbeError("thermal.no_throttle_counter"), absent."""
    proc.require_linux()
    root = Path(target.root)
    before = throttle_count(root)
    if before is None:
        raise ProbeError("thermal.no_throttle_counter", is_absent=True)
    time.sleep(_WINDOW_S)
    now = throttle_count(root)
    if now is None or now < before:
        raise ProbeError("thermal.throttle_counter_lost")
    return Facts(now > before, now, _freq_pct(root), hwmon.hottest(hwmon.temperatures(root)))


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Widen the look to all that happened since the previous run."""
    has_risen = previous is not None and current.throttle_count > previous.throttle_count
    return msgspec.structs.replace(current, throttled=current.throttled or has_risen)


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield THERM_HOT where the processor slowed itself down."""
    if facts.throttled:
        yield Finding("THERM_HOT", {"c": None if facts.max_c is None else round(facts.max_c)})


def throttle_count(root: Path) -> int | None:
    """Return the sum of all counters, or None where this processor has none."""
    found = [
        count
        for cpu in _cpus(root)
        for name in _COUNTS
        if (count := proc.integer(cpu / "thermal_throttle" / name)) is not None
    ]
    return sum(found) if found else None


def _freq_pct(root: Path) -> float | None:
    ratios = []
    for cpu in _cpus(root):
        now = proc.integer(cpu / "cpufreq/scaling_cur_freq")
        top = proc.integer(cpu / "cpufreq/cpuinfo_max_freq")
        if now is not None and top:
            ratios.append(now / top)
    return round(100 * sum(ratios) / len(ratios), 1) if ratios else None


def _cpus(root: Path) -> list[Path]:
    base = root / "sys/devices/system/cpu"
    return [base / name for name in proc.names(base) if name.startswith("cpu") and name[3:].isdigit()]


CHECK = Check(
    "thermal.throttle",
    target=Computer,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    carry=carry,
    faults={"THERM_HOT": ("c",)},
)
