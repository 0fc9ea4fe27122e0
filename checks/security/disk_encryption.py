"""Disk encryption: if this computer were stolen, could its disk be read?

Clause 5.1.4. Source: /proc/self/mountinfo (proc(5)) for the device under each folder that holds people's
files, and /sys/block/*/{slaves,dm/uuid} for the chain of devices below it. A folder is encrypted where
every way down to a disk leads through dm-crypt; that some volume somewhere is encrypted proves nothing.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import proc
from checks.model import Check, Finding, NoParams, ProbeError
from config.devices import Computer

_MAX_MOUNTINFO_BYTES = 1024 * 1024
_MAX_DEPTH = 16
# Of dm-crypt's family only these hide what is stored; CRYPT-VERITY and CRYPT-INTEGRITY do not.
_HIDES = re.compile(r"CRYPT-(LUKS1|LUKS2|PLAIN|BITLK|TCRYPT|LOOPAES|FVAULT2)-")
_FOLDERS = ("/", "/home", "/var", "/tmp")  # noqa: S108  where people's files may be, none is written
_NOT_STORED = frozenset({"tmpfs", "ramfs"})
_OCTAL = re.compile(r"\\([0-7]{3})")


class Facts(msgspec.Struct, frozen=True):
    """Folders with a device of their own, and which of them are encrypted."""

    encrypted_volumes: tuple[str, ...]
    volumes: tuple[str, ...]


def probe(target: Computer, _params: NoParams) -> Facts:
    """Follow the chain under each folder.

    Raises ProbeError "security.mounts_unreadable"; "security.no_block_device" where the root folder lies
    on none that is known (network, container, ZFS).
    """
    proc.require_linux()
    root = Path(target.root)
    mounts = parse(proc.text(root / "proc/self/mountinfo", _MAX_MOUNTINFO_BYTES) or "")
    if "/" not in mounts:
        raise ProbeError("security.mounts_unreadable")
    wanted = [folder for folder in (*_FOLDERS, *target.drives) if folder in mounts]
    states = {folder: _is_encrypted(root, mounts[folder]) for folder in dict.fromkeys(wanted)}
    return Facts(
        encrypted_volumes=tuple(folder for folder, state in states.items() if state),
        volumes=tuple(folder for folder, state in states.items() if state is not None),
    )


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield SEC_ENCRYPTION_OFF where a folder is not encrypted."""
    if len(facts.encrypted_volumes) < len(facts.volumes):
        yield Finding("SEC_ENCRYPTION_OFF")


class Mount(msgspec.Struct, frozen=True):
    """One line of mountinfo: "major:minor", the kind of file system, what it was mounted from."""

    device: str
    kind: str
    source: str


def parse(mountinfo: str) -> dict[str, Mount]:
    """Return what lies on top at each folder; lines that are none are left out."""
    mounts = {}
    for line in mountinfo.splitlines():
        left, dash, right = line.partition(" - ")
        before, after = left.split(), right.split()
        if dash and len(before) >= 6 and len(after) >= 2:  # noqa: PLR2004  proc(5): id..options, kind source
            folder = _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), before[4])
            mounts[folder] = Mount(before[2], after[0], after[1])
    return mounts


def _is_encrypted(root: Path, mount: Mount) -> bool | None:
    """Whether nothing under this mount can be read from the disk; None where nothing is stored there."""
    if mount.kind in _NOT_STORED:
        return None
    device = _block_device(root, mount)
    if device is None:
        raise ProbeError("security.no_block_device")
    return _hides(device, _MAX_DEPTH)


def _block_device(root: Path, mount: Mount) -> Path | None:
    """Return the device's folder below /sys; btrfs names it by its source only."""
    link = root / "sys/dev/block" / mount.device
    if link.exists():
        return link.resolve()
    name = Path(mount.source).name
    for folder in (root / "sys/class/block").glob("*"):
        if name in {folder.name, proc.text(folder / "dm/name")}:
            return folder.resolve()
    return None


def _hides(device: Path, depth: int) -> bool:
    if _HIDES.match(proc.text(device / "dm/uuid") or ""):
        return True
    holder = device if (device / "slaves").is_dir() else device.parent  # a partition lies in its disk
    slaves = proc.names(holder / "slaves")
    if not slaves or depth == 0:
        return False
    return all(_hides((holder / "slaves" / name).resolve(), depth - 1) for name in slaves)


CHECK = Check(
    "security.disk_encryption",
    target=Computer,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"SEC_ENCRYPTION_OFF": ()},
)
