"""Disk health with the real smartctl where it can run, and with a synthetic one that prints recordings."""

import json
import os
import shutil
from pathlib import Path

import desk_root
import msgspec
import pytest

from checks.computer import disk_health
from checks.computer.disk_health import Facts
from checks.model import NoParams, ProbeError
from config.devices import Computer

GOOD = {"smartctl": {"exit_status": 0}, "smart_status": {"passed": True}, "rotation_rate": 7200}
SMARTCTL = """#!/bin/sh
for disk; do :; done
echo "$@" >> "{folder}/calls"
cat "{folder}/${{disk##*/}}.json"
exit 64
"""


def says(exit_status: int, words: str) -> dict[str, object]:
    return {"smartctl": {"exit_status": exit_status, "messages": [{"string": words}]}}


ASLEEP = says(2, "Device is in STANDBY mode, exit(2)")
DENIED = says(2, "Smartctl open device: /dev/sdb failed: Permission denied")
NONE = says(1, "/dev/sdb: Unknown USB bridge [0x1234:0x5678 (0x100)]")
FAILING = {**GOOD, "smart_status": {"passed": False}}


def pending(count: int) -> dict[str, object]:
    table = [{"id": 5, "value": 100, "raw": {"value": count}}]
    return {**GOOD, "ata_smart_attributes": {"table": table}}


def desk(root: Path, monkeypatch: pytest.MonkeyPatch, **answers: dict[str, object]) -> Computer:
    """Give the desk disks, and a smartctl that answers for each; it exits 64 like many a healthy disk's."""
    tool = root / "bin/smartctl"
    desk_root.write(root, {"bin/smartctl": SMARTCTL.format(folder=root).rstrip()})
    tool.chmod(0o755)
    for name, answer in answers.items():
        desk_root.write(root, {f"{name}.json": json.dumps(answer), f"sys/block/{name}/removable": "0"})
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    return Computer(root=str(root))


def look(target: Computer, previous: Facts | None = None) -> tuple[Facts, list[bool]]:
    facts = disk_health.carry(previous, disk_health.probe(target, NoParams()))
    return facts, [one.is_warning for one in disk_health.judge(facts, NoParams())]


def test_good_disks_are_good_and_are_not_woken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts, findings = look(desk(tmp_path, monkeypatch, sda=GOOD, nvme0n1=GOOD))
    assert (facts.smart_passed, [one.name for one in facts.disks], findings) == (True, ["nvme0n1", "sda"], [])
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == 2
    assert all("-n standby" in call for call in calls)


def test_a_failing_disk_is_told_though_another_may_not_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(desk(tmp_path, monkeypatch, sda=FAILING, sdb=DENIED))[1] == [False]


@pytest.mark.parametrize(
    ("answers", "code", "is_absent"),
    [
        ({"sda": GOOD, "sdb": DENIED}, "smart.not_permitted", False),
        ({"sda": ASLEEP}, "smart.standby", False),
        ({"sda": NONE}, "smart.unsupported", True),
        ({"sda": NONE, "sdb": ASLEEP}, "smart.standby", False),
        ({"sda": {}}, "smart.unreadable", False),
    ],
)
def test_what_could_not_be_asked_is_unknown(
    answers: dict[str, dict[str, object]],
    code: str,
    is_absent: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ProbeError) as caught:
        look(desk(tmp_path, monkeypatch, **answers))
    assert (caught.value.code, caught.value.is_absent) == (code, is_absent)


def test_a_sleeping_second_disk_does_not_hide_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts, findings = look(desk(tmp_path, monkeypatch, sda=GOOD, sdb=ASLEEP, sdc=NONE))
    assert (facts.asleep, facts.unsupported, findings) == (("sdb",), ("sdc",), [])


def test_errors_that_rise_are_a_fault_and_stay_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = desk(tmp_path, monkeypatch, sda=pending(3))
    first, findings = look(target)
    assert findings == [True]  # an old mark on the record
    assert look(target, first)[1] == [True]
    desk(tmp_path, monkeypatch, sda=pending(4))
    second, findings = look(target, first)
    assert findings == [False]
    assert look(target, second)[1] == [False]


def test_removable_and_usb_disks_are_not_the_desks_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = desk(tmp_path, monkeypatch, sda=GOOD)
    desk_root.write(tmp_path, {"sys/block/sdb/removable": "1", "sys/devices/usb1/sdc/removable": "0"})
    (tmp_path / "sys/block/sdc").symlink_to("../devices/usb1/sdc")
    assert disk_health.fixed_disks(Path(target.root)) == ("sda",)


@pytest.mark.parametrize(("name", "code"), [("vda", "smart.virtual"), ("loop0", "smart.no_disk")])
def test_a_computer_without_such_disks_has_no_such_thing(name: str, code: str, tmp_path: Path) -> None:
    desk_root.write(tmp_path, {f"sys/block/{name}/removable": "0"})
    with pytest.raises(ProbeError) as caught:
        look(Computer(root=str(tmp_path)))
    assert (caught.value.code, caught.value.is_absent) == (code, True)


def test_disks_that_cannot_be_listed_are_not_absent(tmp_path: Path) -> None:
    with pytest.raises(ProbeError) as caught:
        look(Computer(root=str(tmp_path)))
    assert (caught.value.code, caught.value.is_absent) == ("smart.disks_unreadable", False)


def test_a_missing_tool_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk_root.write(tmp_path, {"sys/block/sda/removable": "0"})
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProbeError) as caught:
        look(Computer(root=str(tmp_path)))
    assert (caught.value.code, caught.value.is_absent) == ("tool.missing", False)


def test_the_real_smartctl_is_understood(tmp_path: Path) -> None:
    """A disk that is not there: smartctl runs, says so in its JSON, and nothing is taken for good."""
    if not shutil.which("smartctl"):
        pytest.skip("needs smartctl (smartmontools)")
    desk_root.write(tmp_path, {"sys/block/sdzz/removable": "0"})
    with pytest.raises(ProbeError) as caught:
        look(Computer(root=str(tmp_path)))
    assert caught.value.code in {"smart.unreadable", "smart.not_permitted"}


def test_facts_survive_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts, _ = look(desk(tmp_path, monkeypatch, sda=pending(1)))
    assert msgspec.json.decode(msgspec.json.encode(facts), type=Facts) == facts
