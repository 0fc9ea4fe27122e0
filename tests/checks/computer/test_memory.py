from pathlib import Path

import desk_root
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.computer import memory
from checks.computer.memory import Params
from checks.model import ProbeError
from config.devices import Computer


def meminfo(root: Path, available: int, swap: str = "") -> memory.Facts:
    text = f"MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable: {available} kB\n{swap}HugePages_Total: 0"
    desk_root.write(desk_root.laptop(root), {"proc/meminfo": text})
    return memory.probe(Computer(root=str(root)), Params())


def test_less_than_the_limit_names_the_largest_program(tmp_path: Path) -> None:
    facts = meminfo(tmp_path, 99)
    assert [one.values for one in memory.judge(facts, Params())] == [{"app": "a b) (c"}]
    assert list(memory.judge(meminfo(tmp_path, 100), Params())) == []


def test_a_program_is_named_until_there_is_enough_again(tmp_path: Path) -> None:
    assert meminfo(tmp_path, 149).app == "a b) (c"  # below the limit at which a warning lets go
    assert meminfo(tmp_path, 150).app is None


def test_swap_is_told_where_there_is_some(tmp_path: Path) -> None:
    assert meminfo(tmp_path, 500).swap_used_pct is None
    assert meminfo(tmp_path, 500, "SwapTotal: 200 kB\nSwapFree: 50 kB\n").swap_used_pct == 75.0
    assert meminfo(tmp_path, 500, "SwapTotal: 0 kB\nSwapFree: 0 kB\n").swap_used_pct is None


def test_an_account_that_does_not_add_up_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"memory\.unreadable"):
        meminfo(tmp_path, 1001)


def test_a_hidden_program_is_not_guessed(tmp_path: Path) -> None:
    meminfo(tmp_path, 50)
    desk_root.remove(tmp_path, "proc/1")
    facts = memory.probe(Computer(root=str(tmp_path)), Params())
    assert [one.values for one in memory.judge(facts, Params())] == [{"app": None}]


def test_this_machine_agrees_with_psutil() -> None:
    facts = memory.probe(Computer(), Params())
    theirs = psutil.virtual_memory()
    assert facts.available_pct == pytest.approx(100 * theirs.available / theirs.total, abs=3)


@given(st.text(max_size=200))
def test_any_account_is_survived(text: str) -> None:
    assert all(value >= 0 for value in memory.parse(text).values())
