"""What disks say of themselves: recordings of real disks, synthetic failures, and any bytes at all."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.io import smart
from checks.model import ProbeError

RECORDINGS = Path(__file__).resolve().parents[4] / "shared/data/smart"
# Counted with grep over the recordings: disks with reallocated, uncorrected or grown defective sectors.
MARKED = {
    "MB0500EBNCR_13.json",
    "SEAGATE_ST373453LC_26.json",
    "ST3500418AS_11.json",
    "sat-Phison_Driven_SSDs-KINGSTON_SKC400S371T-sda.json",
    "sat-Seagate_Constellation_ES.3-ST3000NM0033-9ZM178-sdc.json",
}


def recordings() -> dict[str, bytes]:
    """Return the recordings by name. Skips where they are not beside the project."""
    found = {path.name: path.read_bytes() for path in sorted(RECORDINGS.glob("*.json"))}
    if not found:
        pytest.skip(f"0 recordings of real disks: no {RECORDINGS.name} folder beside the project")
    return found


def synthetic(**parts: Any) -> bytes:
    """Return what smartctl would print of a healthy disk, with some parts changed."""
    whole = {"smartctl": {"exit_status": 0}, "smart_status": {"passed": True}, "rotation_rate": 7200}
    return json.dumps({**whole, **parts}).encode()


def attribute(number: int, raw: int, value: int = 100) -> dict[str, Any]:
    return {"table": [{"id": number, "value": value, "raw": {"value": raw}}]}


def test_real_disks_are_judged_as_their_counters_say() -> None:
    disks = {name: smart.parse(name, raw) for name, raw in recordings().items()}
    levels = Counter("fail" if d.is_failing else "warn" if d.is_suspect else "ok" for d in disks.values())
    assert {name for name, disk in disks.items() if disk.is_suspect} == MARKED & disks.keys()
    assert levels == {"ok": len(disks) - len(MARKED), "warn": len(MARKED)}


def test_exit_64_is_history_not_a_failure() -> None:
    codes = {name: json.loads(raw)["smartctl"]["exit_status"] for name, raw in recordings().items()}
    with_history = [name for name, code in codes.items() if code == 64]
    assert with_history
    for name in with_history:
        disk = smart.parse(name, recordings()[name])
        assert not disk.is_failing
        assert not disk.is_suspect


@pytest.mark.parametrize(
    "raw",
    [
        synthetic(smart_status={"passed": False}),
        synthetic(smartctl={"exit_status": 8}),
        synthetic(ata_smart_attributes=attribute(197, 1)),
        synthetic(nvme_smart_health_information_log={"critical_warning": 16, "available_spare": 100}),
        synthetic(nvme_smart_health_information_log={"available_spare": 5, "available_spare_threshold": 5}),
    ],
)
def test_a_failing_disk(raw: bytes) -> None:
    assert smart.parse("sda", raw).is_failing


@pytest.mark.parametrize(
    "raw",
    [
        synthetic(smartctl={"exit_status": 16}),
        synthetic(smartctl={"exit_status": 128}),
        synthetic(ata_smart_attributes=attribute(5, 304)),
        synthetic(ata_smart_attributes=attribute(187, 1)),
        synthetic(ata_smart_attributes=attribute(198, 1)),
        synthetic(nvme_smart_health_information_log={"percentage_used": 90, "available_spare": 100}),
        synthetic(nvme_smart_health_information_log={"media_errors": 1, "available_spare": 100}),
        synthetic(scsi_grown_defect_list=260),
        synthetic(rotation_rate=0, ata_smart_attributes=attribute(177, 900, value=9)),
    ],
)
def test_a_marked_disk(raw: bytes) -> None:
    disk = smart.parse("sda", raw)
    assert disk.is_suspect
    assert not disk.is_failing


@pytest.mark.parametrize("status", [0, 4, 32, 64, 64 | 32 | 4])
def test_other_bits_say_nothing_of_the_disk(status: int) -> None:
    disk = smart.parse("sda", synthetic(smartctl={"exit_status": status}))
    assert not disk.is_suspect
    assert not disk.is_failing


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ("Device is in STANDBY mode, exit(2)", 2, "smart.standby"),
        ("Smartctl open device: /dev/sda failed: Permission denied", 2, "smart.not_permitted"),
        ("/dev/vda: Unable to detect device type", 1, "smart.unsupported"),
        ("/dev/sdb: Unknown USB bridge [0x1234:0x5678 (0x100)]", 1, "smart.unsupported"),
        ("Read Device Identity failed", 2, "smart.unreadable"),
    ],
)
def test_no_verdict_has_a_reason(said: str, status: int, code: str) -> None:
    raw = json.dumps({"smartctl": {"exit_status": status, "messages": [{"string": said}]}}).encode()
    with pytest.raises(ProbeError) as caught:
        smart.parse("sda", raw)
    assert caught.value.code == code


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "smartctl",
                        "exit_status",
                        "smart_status",
                        "passed",
                        "ata_smart_attributes",
                        "table",
                        "id",
                        "raw",
                        "value",
                        "nvme_smart_health_information_log",
                        "available_spare",
                        "messages",
                        "string",
                        "temperature",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=30,
    ).map(lambda tree: json.dumps(tree).encode())
)
def test_any_document_is_a_disk_or_unknown(raw: bytes) -> None:
    try:
        disk = smart.parse("sda", raw)
    except ProbeError as error:
        assert error.code.startswith("smart.")  # noqa: PT017  either outcome is right
    else:
        assert isinstance(disk.passed, bool)
