"""Disk health: does a disk say that it is about to fail?

Clauses 4.1.1 and 4.2.5. Source: `smartctl --json -n standby` (smartmontools) for each
fixed disk of /sys/block; the rules are in `checks.io.smart`. A sleeping disk is not woken.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import proc, smart, tool
from checks.io.smart import Disk
from checks.model import Check, Finding, NoParams, ProbeError
from config.devices import Computer

_OPTIONS = ("smartctl", "--json", "-n", "standby", "-i", "-H", "-A", "-l", "error")
_TIMEOUT_S = 12.0
_MAX_OUTPUT_BYTES = 512 * 1024
_MAX_DISKS = 8
_FIXED = ("sd", "hd", "nvme", "mmcblk")
_VIRTUAL = ("vd", "xvd")  # drawn by a hypervisor: no platters, no SMART
_SILENT = {"smart.unsupported", "smart.standby"}


class Facts(msgspec.Struct, frozen=True):
    """All disks that answered; the first three fields are the worst of them.

    `asleep` and `unsupported` name disks that were not asked further. `first_errors` holds each disk's error
    count when this program first saw it.
    """

    smart_passed: bool
    reallocated: int
    wear_pct: float | None
    disks: tuple[Disk, ...]
    asleep: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    first_errors: dict[str, int] = {}


def probe(target: Computer, _params: NoParams) -> Facts:
    """Ask every fixed disk.

    Raises ProbeError "smart.no_disk" or "smart.virtual" (both absent), "smart.unsupported" (absent),
    "smart.standby", "smart.not_permitted", "smart.unreadable", or one of `checks.io.tool.run`. A disk that
    says it is failing is told even where another could not be asked.
    """
    proc.require_linux()
    disks: list[Disk] = []
    errors: list[ProbeError] = []
    for name in fixed_disks(Path(target.root)):
        try:
            disks.append(_ask(name))
        except ProbeError as error:
            errors.append(error)
    serious = [error for error in errors if error.code not in _SILENT]
    if (serious or not disks) and not any(one.is_failing for one in disks):
        raise _worst(serious or errors)
    return _facts(disks, errors)


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Keep the error counts that were seen first."""
    first = {one.name: one.error_count for one in current.disks}
    return msgspec.structs.replace(current, first_errors=first | (previous.first_errors if previous else {}))


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield PC_DISK_FAILING for a failing disk or rising errors, as a warning for a mark on the record."""
    is_rising = any(
        one.error_count > facts.first_errors.get(one.name, one.error_count) for one in facts.disks
    )
    if is_rising or any(one.is_failing for one in facts.disks):
        yield Finding("PC_DISK_FAILING")
    elif any(one.is_suspect for one in facts.disks):
        yield Finding("PC_DISK_FAILING", is_warning=True)


def fixed_disks(root: Path) -> tuple[str, ...]:
    """Return the names of the disks to ask ("sda"). Raises ProbeError absent where there is none."""
    base = root / "sys/block"
    listed = proc.listing(base)
    if listed is None:
        raise ProbeError("smart.disks_unreadable")
    fixed = [
        name for name in listed if name.startswith(_FIXED) and proc.integer(base / name / "removable") != 1
    ]
    fixed = [name for name in fixed if not _is_usb(base / name) and "boot" not in name]  # mmcblk0boot0
    if not fixed:
        is_virtual = any(name.startswith(_VIRTUAL) for name in listed)
        raise ProbeError("smart.virtual" if is_virtual else "smart.no_disk", is_absent=True)
    return tuple(fixed[:_MAX_DISKS])


def _is_usb(disk: Path) -> bool:
    return "/usb" in str(disk.resolve())


def _ask(name: str) -> Disk:
    output = tool.run([*_OPTIONS, f"/dev/{name}"], timeout_s=_TIMEOUT_S, max_output_bytes=_MAX_OUTPUT_BYTES)
    return smart.parse(name, output.stdout)


def _worst(errors: list[ProbeError]) -> ProbeError:
    """Return the reason to give; a machine whose disks all lack SMART simply has no such thing."""
    first = errors[0]
    is_absent = all(error.code == "smart.unsupported" for error in errors)
    awake = next((error for error in errors if error.code != "smart.unsupported"), first)
    return ProbeError(awake.code, is_absent=is_absent, **awake.values)


def _facts(disks: list[Disk], errors: list[ProbeError]) -> Facts:
    wear = [one.wear_pct for one in disks if one.wear_pct is not None]
    return Facts(
        smart_passed=all(one.passed is not False for one in disks),
        reallocated=max(one.reallocated for one in disks),
        wear_pct=max(wear, default=None),
        disks=tuple(disks),
        asleep=tuple(str(error.values["disk"]) for error in errors if error.code == "smart.standby"),
        unsupported=tuple(str(error.values["disk"]) for error in errors if error.code == "smart.unsupported"),
    )


CHECK = Check(
    "computer.disk_health",
    target=Computer,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    carry=carry,
    faults={"PC_DISK_FAILING": ()},
)
