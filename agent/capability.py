"""What the work needs and whether the desk has it now: capabilities judged from their devices' rows. Pure.

A capability of devices that can stand in for each other (printers, scanners) is there while one of them is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from agent.clock import Instant
from agent.track import phase
from agent.verdict import Circumstances, Row, is_usable, row_lights

State: TypeAlias = Literal["good", "unknown", "failed"]

_ORDER: tuple[State, ...] = ("good", "unknown", "failed")
_SHARED = ("printing", "scanning")


def states(rows: Sequence[Row], circumstances: Circumstances, now: Instant) -> Mapping[str, State]:
    """Return each capability that has a row: good on fresh evidence only, failed where work cannot go on."""
    lights = row_lights(rows, now)
    out = circumstances.stopped_devices | circumstances.maintained_devices
    blocking = [row for row in rows if row.rule.level == "blocking"]

    def of(device: str, mine: Sequence[Row]) -> State:
        if device in out or any(lights[row.key].colour == "red" for row in mine):
            return "failed"
        is_doubtful = any(phase(row.track) in {"soft", "recovering"} for row in mine)
        return "good" if is_usable(device, mine, lights, out) and not is_doubtful else "unknown"

    found: dict[str, State] = {}
    for name in dict.fromkeys(row.rule.capability for row in blocking):
        mine = [row for row in blocking if row.rule.capability == name]
        each = {of(device, [row for row in mine if row.device == device]) for device in _devices(mine)}
        found[name] = _best(each) if name in _SHARED else _worst(each)
    return found


def failed(rows: Sequence[Row], circumstances: Circumstances, now: Instant) -> frozenset[str]:
    """Return the capabilities that the desk has lost."""
    return frozenset(name for name, state in states(rows, circumstances, now).items() if state == "failed")


def of_device(rows: Sequence[Row], device: str) -> frozenset[str]:
    """Return the capabilities that a device serves."""
    return frozenset(
        row.rule.capability for row in rows if row.device == device and row.rule.level == "blocking"
    )


def _devices(rows: Sequence[Row]) -> Iterable[str]:
    return dict.fromkeys(row.device for row in rows)


def _worst(each: Collection[State]) -> State:
    return max(each, key=_ORDER.index)


def _best(each: Collection[State]) -> State:
    return min(each, key=_ORDER.index)
