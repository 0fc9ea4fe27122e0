"""What this desk checks: the procedure's checks, each joined with the devices of its target type.

A check without a device, switched off or not built stays in the plan as an "off" row with its reason,
so that it is listed and lowers the coverage instead of vanishing.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from checks.model import AnyCheck, ProbeError
from checks.printer.known import printers_of_os
from checks.registry import BY_ID
from checks.scanner.present import scanners_of_os
from config.devices import Agent, Network, Printer, Scanner, Transaction
from config.nearest import nearest
from config.procedure import Procedure, ProcedureError
from config.rules import seconds
from config.schema import CheckRow
from config.settings import Settings

log = logging.getLogger(__name__)

T = TypeVar("T")
_KIND_OF_CAPABILITY = {"printing": "printer", "scanning": "scanner", "core_system": "system"}


class Job(msgspec.Struct, frozen=True):
    """One row of the desk: a check of the procedure on one device, or why it is off."""

    row: CheckRow
    device: str
    check: AnyCheck | None = None
    target: object = None
    params: object = None
    off: str | None = None  # not_built | not_configured | disabled
    is_own: bool = True  # False: the device only stands in for another one

    @property
    def key(self) -> tuple[str, str]:
        """(check, device)."""
        return (self.row.id, self.device)


class Found(msgspec.Struct, frozen=True):
    """Devices that the operating system knows and the settings do not name."""

    printers: tuple[Printer, ...] = ()
    scanners: tuple[Scanner, ...] = ()


def found_by_os(settings: Settings) -> Found:
    """Ask the operating system for the kinds of devices that the settings do not name; takes seconds."""
    printers: tuple[Printer, ...] = () if settings.printer else _asked(printers_of_os)
    scanners: tuple[Scanner, ...] = () if settings.scanner else _asked(scanners_of_os)
    return Found(printers=printers, scanners=scanners)


def _asked(ask: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
    """A system that cannot say which devices it has is taken to know none."""
    try:
        return ask()
    except ProbeError as error:
        log.info("the system's devices are not known: %s", error.code)
        return ()


def plan(procedure: Procedure, settings: Settings, found: Found | None = None) -> tuple[Job, ...]:
    """Join procedure and settings. Raises ProcedureError where a built check does not know a param."""
    targets = _targets(settings, found or Found())
    stand_ins = _stand_ins(targets)
    jobs: list[Job] = []
    for row in procedure.checks.values():
        jobs.extend(_jobs(row, targets, stand_ins))
    return tuple(jobs)


def _targets(settings: Settings, found: Found) -> tuple[object, ...]:
    """Every device of the desk; what the settings name comes instead of what the OS knows."""
    return (
        settings.computer,
        settings.network,
        Agent(),
        *(settings.printer or found.printers),
        *(settings.scanner or found.scanners),
        *settings.sensor,
        *settings.system,
        *settings.transaction,
    )


def _stand_ins(targets: Sequence[object]) -> frozenset[str]:
    """Ids of the devices that are somebody's substitute, unless every device of the kind is one."""
    names: set[str] = set()
    for kind in (Printer, Scanner):
        devices = [target for target in targets if isinstance(target, kind)]
        listed = {
            device.device_id for device in devices for other in devices if device.name in other.substitutes
        }
        if len(listed) < len(devices):
            names |= listed
    return frozenset(names)


def _jobs(row: CheckRow, targets: Sequence[object], stand_ins: frozenset[str]) -> Iterable[Job]:
    check = BY_ID.get(row.id)
    if check is None or not row.enabled:
        yield Job(row, _device_without_target(row), off="not_built" if check is None else "disabled")
        return
    params = _params(row, check)
    mine = [target for target in targets if isinstance(target, check.target) and check.applies(target)]
    if not mine:
        yield Job(row, _device_without_target(row), check, off="not_configured")
    for target in mine:
        device = target.device_id
        own = _paced(row, target)
        yield Job(own, device, check, target, params, _off(row, target), device not in stand_ins)


def _paced(row: CheckRow, target: object) -> CheckRow:
    """Return the row at the target's own pace where that is slower: all desks ask the same system."""
    if not isinstance(target, Transaction):
        return row
    return msgspec.structs.replace(row, interval_s=max(row.interval_s, seconds(target.every)))


def _off(row: CheckRow, target: object) -> str | None:
    if not getattr(target, "enabled", True):
        return "disabled"
    if row.id == "network.internet" and isinstance(target, Network) and not target.internet:
        return "not_configured"
    return None


def _device_without_target(row: CheckRow) -> str:
    kind = row.id.partition(".")[0]
    fallback = {
        "software": "computer",
        "thermal": "computer",
        "security": "computer",
        "environment": "sensor",
    }
    return _KIND_OF_CAPABILITY.get(row.capability, fallback.get(kind, kind))


def _params(row: CheckRow, check: AnyCheck) -> object:
    known = [field.encode_name for field in msgspec.structs.fields(check.params)]
    for key in row.params:
        if key not in known and key != "hold_s":
            hint = nearest(key, known)
            asked = f"; did you mean {hint!r}?" if hint else ""
            raise ProcedureError(f"check {row.id}.params: unknown key {key!r}{asked}")
    own = {key: value for key, value in row.params.items() if key in known}
    try:
        return msgspec.convert(own, check.params, strict=True)
    except msgspec.ValidationError as error:
        raise ProcedureError(f"check {row.id}.params: {error}") from None
