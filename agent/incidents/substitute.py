"""Which device may stand in for a broken one: the nearest that was just found good. Pure.

Clause 4.2.3. The order of `substitutes` in the settings is the order of nearness. A stopped device, one
under maintenance, one that is stale or was never seen to work is none.
"""

from collections.abc import Collection, Iterator, Sequence

import msgspec

from agent.clock import Instant
from agent.track import age_s, is_bad, is_fresh, phase
from agent.verdict import Row
from config.devices import Printer, Scanner
from config.settings import Settings


class Substitute(msgspec.Struct, frozen=True):
    """A device that works. `age_s` is the age of the oldest result that this rests on."""

    device: str
    name: str
    place: str
    age_s: float


def find(
    device: str, settings: Settings, rows: Sequence[Row], out: Collection[str], now: Instant
) -> Substitute | None:
    """Return the nearest working substitute; `out` are the devices that may not be used."""
    return next(usable(device, settings, rows, out, now), None)


def usable(
    device: str, settings: Settings, rows: Sequence[Row], out: Collection[str], now: Instant
) -> Iterator[Substitute]:
    """Yield the configured substitutes that work now, nearest first."""
    both: tuple[Printer | Scanner, ...] = (*settings.printer, *settings.scanner)
    devices = {each.device_id: each for each in both}
    own, kind = devices.get(device), device.partition(":")[0]
    for name in own.substitutes if own else ():
        other = devices.get(f"{kind}:{name}")
        if other is None or not other.enabled or other.device_id in {*out, device}:
            continue
        age = _proven_age_s([row for row in rows if row.device == other.device_id], now)
        if age is not None:
            yield Substitute(other.device_id, other.name, other.place, age)


def _proven_age_s(rows: Sequence[Row], now: Instant) -> float | None:
    """Age of the oldest blocking result, if all of them are good and fresh and nothing else is bad."""
    ages = []
    for row in rows:
        seen = row.track.evidence
        if row.rule.level != "blocking":
            if seen is not None and is_bad(seen):
                return None
        elif row.track.last is None or row.track.last.state != "off":
            age = age_s(seen, now.boot_s, now.boot_id) if seen else None
            if (
                age is None
                or phase(row.track) != "good"
                or not is_fresh(row.track, row.rule, now.boot_s, now.boot_id)
            ):
                return None
            ages.append(age)
    return max(ages, default=None)
