import subprocess
import sys
from pathlib import Path

import desk_root
import psutil
from hypothesis import given
from hypothesis import strategies as st

from checks.io import processes

STAT = "{pid} ({name}) {state} 0 1 1 0 -1 4194560 1 1 1 1 {ticks} 0 1 1 20 0 1 0 1 1 1"


def test_programs_are_summed_by_name_without_shared_pages(tmp_path: Path) -> None:
    for pid, name, resident, shared in (
        (1, "init", 10, 5),
        (20, "browser", 60, 30),
        (21, "browser", 60, 30),
        (22, "database", 900, 850),
    ):
        stat = STAT.format(pid=pid, name=name, state="S", ticks=0)
        desk_root.write(
            tmp_path, {f"proc/{pid}/stat": stat, f"proc/{pid}/statm": f"1000 {resident} {shared} 0 0 0 0"}
        )
    assert processes.largest(tmp_path) == "browser"
    desk_root.remove(tmp_path, "proc/1")  # hidepid: blaming the largest visible one would be a guess
    assert processes.largest(tmp_path) is None


def test_a_name_may_hold_anything_and_is_cleaned() -> None:
    found = processes.parse(
        "7", STAT.format(pid=7, name="a) R (\x1b[31m\n文档", state="D", ticks=12).encode()
    )
    assert found is not None
    assert (found.name, found.state, found.ticks) == ("a) R ( [31m 文档", "D", 12)


def test_the_busiest_and_the_stuck() -> None:
    def one(pid: str, name: str, state: str, ticks: int) -> processes.Process:
        return processes.Process(name, state, ticks, pid)

    before = (one("1", "init", "S", 5), one("2", "office", "S", 100), one("3", "disk", "D", 0))
    after = (
        one("1", "init", "S", 5),
        one("2", "office", "R", 140),
        one("3", "disk", "S", 9),
        one("4", "new", "R", 7000),
    )
    assert processes.busiest(before, after) == "office"
    assert processes.busiest(after, after) is None
    assert processes.stuck(before, after) is None
    assert processes.stuck(before, before) == "disk"


def test_this_machine_agrees_with_psutil() -> None:
    code = "import os; junk = bytearray(os.urandom(200)) * 1_500_000; print('ready', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as hog:
        try:
            assert hog.stdout
            hog.stdout.readline()
            names = {one.pid: one.name for one in processes.listed(Path("/"))}
            expected = psutil.Process(hog.pid).name()
            assert names[str(hog.pid)] == expected
            assert processes.largest(Path("/")) == expected
        finally:
            hog.kill()


@given(st.binary(max_size=300))
def test_any_stat_is_survived(raw: bytes) -> None:
    found = processes.parse("1", raw)
    assert found is None or len(found.name) <= 64
