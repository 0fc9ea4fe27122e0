"""The chain of devices below each folder, in a synthetic /proc and /sys: no LUKS can be opened in a test."""

from pathlib import Path

import desk_root
import pytest

from checks.model import NoParams, ProbeError
from checks.security import disk_encryption
from config.devices import Computer

LUKS = "CRYPT-LUKS2-0123456789abcdef0123456789abcdef-luks-root"


def disk(
    root: Path, name: str, number: str, uuid: str = "", below: tuple[str, ...] = (), part: str = ""
) -> None:
    """Write one block device: `below` are the devices it lies on, `part` the disk it is a part of."""
    folder = root / "sys/devices" / part / name
    (folder / "slaves").mkdir(parents=True) if not part else folder.mkdir(parents=True)
    if uuid:
        desk_root.write(
            root, {f"sys/devices/{name}/dm/uuid": uuid, f"sys/devices/{name}/dm/name": f"map-{name}"}
        )
    for slave in below:
        target = next((root / "sys/devices").rglob(slave))
        (folder / "slaves" / slave).symlink_to(target)
    for link in (f"sys/dev/block/{number}", f"sys/class/block/{name}"):
        (root / link).parent.mkdir(parents=True, exist_ok=True)
        (root / link).symlink_to(folder)


def mounts(root: Path, *lines: str) -> None:
    text = "\n".join(f"{20 + i} 1 {line}" for i, line in enumerate(lines))
    desk_root.write(root, {"proc/self/mountinfo": text})


def look(root: Path) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    facts = disk_encryption.probe(Computer(root=str(root)), NoParams())
    return (
        facts.encrypted_volumes,
        facts.volumes,
        [one.code for one in disk_encryption.judge(facts, NoParams())],
    )


ROOT = "253:1 / / rw,relatime shared:1 - ext4 /dev/mapper/root rw"


def test_lvm_on_luks_on_a_partition(tmp_path: Path) -> None:
    disk(tmp_path, "sda", "8:0")
    disk(tmp_path, "sda3", "8:3", part="sda")
    disk(tmp_path, "dm-0", "253:0", LUKS, below=("sda3",))
    disk(tmp_path, "dm-1", "253:1", "LVM-abc", below=("dm-0",))
    mounts(tmp_path, ROOT)
    assert look(tmp_path) == (("/",), ("/",), [])


def test_lvm_on_a_plain_partition(tmp_path: Path) -> None:
    disk(tmp_path, "sda", "8:0")
    disk(tmp_path, "sda3", "8:3", part="sda")
    disk(tmp_path, "dm-1", "253:1", "LVM-abc", below=("sda3",))
    mounts(tmp_path, ROOT)
    assert look(tmp_path) == ((), ("/",), ["SEC_ENCRYPTION_OFF"])


def test_another_volume_that_is_encrypted_proves_nothing(tmp_path: Path) -> None:
    disk(tmp_path, "sda", "8:0")
    disk(tmp_path, "sda3", "8:3", part="sda")
    disk(tmp_path, "dm-0", "253:0", LUKS, below=("sda",))
    mounts(tmp_path, ROOT.replace("253:1", "8:3"), "253:0 / /home rw - ext4 /dev/mapper/home rw")
    assert look(tmp_path) == (("/home",), ("/", "/home"), ["SEC_ENCRYPTION_OFF"])


def test_a_mirror_with_one_plain_half_is_not_encrypted(tmp_path: Path) -> None:
    disk(tmp_path, "sda", "8:0")
    disk(tmp_path, "sdb", "8:16")
    disk(tmp_path, "dm-0", "253:0", LUKS, below=("sda",))
    disk(tmp_path, "md0", "9:0", below=("dm-0", "sdb"))
    mounts(tmp_path, ROOT.replace("253:1", "9:0"))
    assert look(tmp_path)[2] == ["SEC_ENCRYPTION_OFF"]


@pytest.mark.parametrize("kind", ["VERITY", "INTEGRITY"])
def test_what_only_checks_does_not_hide(tmp_path: Path, kind: str) -> None:
    disk(tmp_path, "sda", "8:0")
    disk(tmp_path, "dm-1", "253:1", f"CRYPT-{kind}-0123-root", below=("sda",))
    mounts(tmp_path, ROOT)
    assert look(tmp_path)[2] == ["SEC_ENCRYPTION_OFF"]


def test_btrfs_is_found_by_its_source(tmp_path: Path) -> None:
    disk(tmp_path, "sda", "8:0")
    disk(tmp_path, "dm-0", "253:0", LUKS, below=("sda",))
    mounts(tmp_path, "0:35 /@ / rw - btrfs /dev/mapper/map-dm-0 rw", "0:36 / /tmp rw - tmpfs tmpfs rw")
    assert look(tmp_path) == (("/",), ("/",), [])


def test_the_last_mount_at_a_folder_counts(tmp_path: Path) -> None:
    disk(tmp_path, "sda", "8:0")
    disk(tmp_path, "dm-1", "253:1", LUKS, below=("sda",))
    mounts(tmp_path, "0:2 / / rw - rootfs rootfs rw", ROOT)
    assert look(tmp_path)[2] == []


def test_a_circle_of_devices_ends(tmp_path: Path) -> None:
    disk(tmp_path, "dm-1", "253:1", "LVM-abc")
    (tmp_path / "sys/devices/dm-1/slaves/dm-1").symlink_to(tmp_path / "sys/devices/dm-1")
    mounts(tmp_path, ROOT)
    assert look(tmp_path)[2] == ["SEC_ENCRYPTION_OFF"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "security.mounts_unreadable"),
        ("garbage", "security.mounts_unreadable"),
        ("20 1 0:60 / / rw - overlay overlay rw", "security.no_block_device"),
        ("20 1 0:61 / / rw - zfs rpool/ROOT rw", "security.no_block_device"),
    ],
)
def test_no_device_is_no_verdict(tmp_path: Path, text: str, code: str) -> None:
    desk_root.write(tmp_path, {"proc/self/mountinfo": text})
    with pytest.raises(ProbeError) as caught:
        look(tmp_path)
    assert caught.value.code == code
