"""Disk space on a real file system of its own, filled to each limit."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.computer import disk_space
from checks.computer.disk_space import Drive, Facts, Params
from checks.model import ProbeError
from config.devices import Computer

GIB = 1024**3
MIB = 1024**2


@pytest.fixture
def small_drive(tmp_path: Path) -> Iterator[Path]:
    """Mount 64 MiB of memory as a drive of its own."""
    folder = tmp_path / "drive"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def found(facts: Facts) -> list[tuple[object, object, bool]]:
    findings = disk_space.judge(facts, Params())
    return [(one.values["drive"], one.values["free_bytes"], one.is_warning) for one in findings]


def drive(free_bytes: int, total_bytes: int, name: str = "/") -> Drive:
    return Drive(name, free_bytes, total_bytes, 100 * free_bytes / total_bytes, is_read_only=False)


def facts_of(*drives: Drive) -> Facts:
    return Facts(drives[0].free_bytes, drives[0].free_pct, drives)


@pytest.mark.root
def test_a_drive_is_judged_as_it_fills(small_drive: Path) -> None:
    target = Computer(drives=(str(small_drive),))
    for percent, expected in ((50, []), (8, [True]), (2, [False])):
        with (small_drive / "fill").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 64 * MIB * (100 - percent) // 100)
        facts = disk_space.probe(target, Params())
        assert facts.free_pct == pytest.approx(percent, abs=0.2)
        assert facts.free_pct == pytest.approx(100 - psutil.disk_usage(str(small_drive)).percent, abs=0.1)
        assert [is_warning for _, _, is_warning in found(facts)] == expected


def test_this_machine_agrees_with_psutil() -> None:
    facts = disk_space.probe(Computer(), Params())
    theirs = psutil.disk_usage("/")
    assert facts.free_bytes == pytest.approx(theirs.free, rel=0.01)
    assert facts.free_pct == pytest.approx(100 - theirs.percent, abs=0.1)


def test_gibibytes_count_on_large_drives_only() -> None:
    assert found(facts_of(drive(int(1.8 * GIB), 9 * GIB, "/data"))) == [("/data", int(1.8 * GIB), False)]
    assert found(facts_of(drive(int(1.8 * GIB), 7 * GIB))) == []


def test_each_drive_below_a_limit_is_named_the_fullest_first() -> None:
    full, tight, roomy = drive(1 * GIB, 100 * GIB, "/a"), drive(9 * GIB, 100 * GIB, "/b"), drive(5, 10, "/c")
    assert found(facts_of(full, tight, roomy)) == [("/a", GIB, False), ("/b", 9 * GIB, True)]


def test_a_drive_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(ProbeError) as caught:
        disk_space.probe(Computer(root=str(tmp_path), drives=("/", "/missing")), Params())
    assert (caught.value.code, caught.value.values) == ("disk.missing", {"drive": "/missing"})
    with pytest.raises(ProbeError, match=r"disk\.no_size"):
        disk_space.probe(Computer(drives=("/proc",)), Params())


@given(st.integers(0, 2**50), st.integers(1, 2**50))
def test_less_room_is_never_better(free_bytes: int, total_bytes: int) -> None:
    free_bytes = min(free_bytes, total_bytes)
    ranks = [
        {(): 0, (True,): 1, (False,): 2}[tuple(is_warning for _, _, is_warning in found(facts_of(one)))]
        for one in (drive(free_bytes, total_bytes), drive(free_bytes // 2, total_bytes))
    ]
    assert ranks[1] >= ranks[0]
