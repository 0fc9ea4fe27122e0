"""Power: will this computer stay on through the next signing?

Clause 4.1.1. Source: /sys/class/power_supply (the kernel's
Documentation/ABI/testing/sysfs-class-power). The batteries of mice and keyboards do not count.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import proc
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

_MAX_CAPACITY_PCT = 110  # worn batteries report a little over 100
_BATTERIES = {"Battery", "UPS"}
_CHARGERS = {"Mains", "USB", "Wireless"}
_FED = {"Charging", "Full", "Not charging"}


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Least charge in percent while on battery; at or below is a fault."""

    warn_pct: float = 30.0
    fail_pct: float = 10.0


class Facts(msgspec.Struct, frozen=True):
    """`battery_pct` is 0..100 over all batteries, None on a desktop that has none."""

    on_ac: bool
    battery_pct: float | None


class _Battery(msgspec.Struct, frozen=True):
    status: str | None
    now: float | None  # energy or charge; percent where there is neither
    full: float | None


def probe(target: Computer, _params: Params) -> Facts:
    """Read the supplies; none at all means a desktop on mains.

    Raises ProbeError "power.no_class" (absent: the kernel knows no supplies), "power.unreadable",
    "power.implausible", or "power.unknown" where nothing says whether the charger is in.
    """
    proc.require_linux()
    base = Path(target.root) / "sys/class/power_supply"
    listed = proc.listing(base)
    if listed is None:
        raise ProbeError("power.no_class", is_absent=True)
    supplies = [base / name for name in listed]
    if any(proc.text(one / "type", 32) is None for one in supplies):
        raise ProbeError("power.unreadable")
    batteries = [_battery(one) for one in supplies if _is_battery(one)]
    if not batteries:
        return Facts(on_ac=True, battery_pct=None)
    online = [proc.integer(one / "online") for one in supplies if proc.text(one / "type", 32) in _CHARGERS]
    return Facts(on_ac=_on_ac(online, [one.status for one in batteries]), battery_pct=_charge_pct(batteries))


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Raise ProbeError("power.battery_vanished") where a battery was read before and none is left."""
    if previous is not None and previous.battery_pct is not None and current.battery_pct is None:
        raise ProbeError("power.battery_vanished")
    return current


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield PC_POWER on battery at or below a limit."""
    if not facts.on_ac and facts.battery_pct is not None and facts.battery_pct <= params.warn_pct:
        is_failed = facts.battery_pct <= params.fail_pct
        yield Finding("PC_POWER", {"pct": round(facts.battery_pct)}, is_warning=not is_failed)


def _is_battery(supply: Path) -> bool:
    is_own = proc.text(supply / "scope", 32) != "Device"
    return is_own and proc.text(supply / "type", 32) in _BATTERIES and proc.integer(supply / "present") != 0


def _battery(supply: Path) -> _Battery:
    """Read one battery. Raises ProbeError where it does not tell its charge."""
    status = proc.text(supply / "status", 32)
    for quantity in ("energy", "charge"):
        now, full = proc.integer(supply / f"{quantity}_now"), proc.integer(supply / f"{quantity}_full")
        if now is not None and full:
            return _Battery(status, float(now), float(full))
    capacity = proc.integer(supply / "capacity")
    if capacity is None:
        raise ProbeError("power.unreadable")
    return _Battery(status, float(capacity), None)


def _charge_pct(batteries: list[_Battery]) -> float:
    """Return the charge over all batteries, weighted by size where every one tells its size."""
    amounts = [(one.now or 0.0, one.full) for one in batteries]
    if all(full for _, full in amounts):
        percent = 100 * sum(now for now, _ in amounts) / sum(full or 0.0 for _, full in amounts)
    else:
        percent = sum(100 * now / full if full else now for now, full in amounts) / len(amounts)
    if not 0 <= percent <= _MAX_CAPACITY_PCT:
        raise ProbeError("power.implausible")
    return round(min(100.0, percent), 1)


def _on_ac(online: list[int | None], statuses: list[str | None]) -> bool:
    """Tell from the chargers and from what the batteries do. Raises ProbeError where neither tells."""
    if 1 in online or "Charging" in statuses:
        return True
    if 0 in online or "Discharging" in statuses:
        return False
    if any(status in _FED for status in statuses):
        return True
    raise ProbeError("power.unknown")


CHECK = Check(
    "computer.power",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    carry=carry,
    faults={"PC_POWER": ("pct",)},
)
