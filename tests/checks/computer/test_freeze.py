import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import desk_root
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.computer import freeze
from checks.computer.freeze import Facts, Params, Pressure
from config.devices import Computer

REPOSITORY = Path(__file__).resolve().parents[3]
PROBE = """
import sys
from checks.computer import freeze
from config.devices import Computer
print("go", flush=True)
print(freeze.probe(Computer(root=sys.argv[1]), freeze.Params()).loop_delay_ms, flush=True)
"""
QUIET = Facts(1.0, None, None, "office", Pressure(None, None, None), 0, 0, 100.0)


def measured_ms(root: Path, stopped_s: float) -> float:
    """Probe in a child that stands still for a while in the middle of it."""
    argv = [sys.executable, "-c", PROBE, str(root)]
    with subprocess.Popen(argv, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "go\n"
        time.sleep(0.05)
        if stopped_s:
            os.kill(child.pid, signal.SIGSTOP)
            time.sleep(stopped_s)
            os.kill(child.pid, signal.SIGCONT)
        return float(child.stdout.readline())


def found(facts: Facts, params: Params | None = None) -> list[bool]:
    findings = list(freeze.judge(facts, params or Params()))
    assert all(one.code == "PC_FREEZE" and one.values == {"app": facts.app} for one in findings)
    return [one.is_warning for one in findings]


def test_a_computer_that_stands_still_is_measured(tmp_path: Path) -> None:
    assert measured_ms(tmp_path, stopped_s=1.0) > 900
    assert measured_ms(tmp_path, stopped_s=0) < 900  # the control


@pytest.mark.parametrize(
    ("delay_ms", "expected"), [(2999, []), (3000, [True]), (14999, [True]), (15000, [False])]
)
def test_limits_are_inclusive(delay_ms: float, expected: list[bool]) -> None:
    assert found(msgspec.structs.replace(QUIET, loop_delay_ms=delay_ms)) == expected


@pytest.mark.parametrize(("stalled_s", "expected"), [(2.9, []), (3.0, [True]), (15.0, [False])])
def test_waiting_for_memory_counts_as_delay(stalled_s: float, expected: list[bool]) -> None:
    later = msgspec.structs.replace(QUIET, at_s=130.0, stalled_us=round(stalled_s * 1e6))
    facts = freeze.carry(QUIET, later)
    assert facts.memory_stall_ms == pytest.approx(stalled_s * 1000)
    assert found(facts) == expected
    much_later = freeze.carry(QUIET, msgspec.structs.replace(later, at_s=1300.0))
    assert found(much_later) == []  # the same seconds, spread over twenty minutes


def test_a_program_that_the_kernel_calls_hung_is_a_warning() -> None:
    facts = freeze.carry(QUIET, msgspec.structs.replace(QUIET, hung_count=2, at_s=130.0))
    assert (facts.hung_windows, found(facts)) == (2, [True])
    assert found(freeze.carry(facts, msgspec.structs.replace(facts, at_s=160.0))) == []


def test_a_first_run_knows_no_past() -> None:
    facts = freeze.carry(None, msgspec.structs.replace(QUIET, hung_count=9, stalled_us=9_000_000))
    assert (facts.hung_windows, facts.memory_stall_ms, found(facts)) == (None, None, [])


def test_a_kernel_without_pressure_still_measures_delay(tmp_path: Path) -> None:
    facts = freeze.carry(QUIET, freeze.probe(Computer(root=str(tmp_path)), Params()))
    assert facts.pressure == Pressure(None, None, None)
    assert (facts.memory_stall_ms, facts.hung_windows) == (None, None)


def test_the_busiest_program_is_named_when_there_is_reason_to(tmp_path: Path) -> None:
    stall = "full avg10=9.50 avg60=1.00 avg300=0.00 total=700"
    desk_root.write(desk_root.laptop(tmp_path), {"proc/pressure/memory": stall})
    desk_root.write(tmp_path, {"proc/7/stat": "7 (stuck) D 0 1 1 0 -1 0 1 1 1 1 90 10 1 1 20 0 1 0 1 1 1"})
    facts = freeze.probe(Computer(root=str(tmp_path)), Params())
    assert (facts.app, facts.pressure.memory_full_pct, facts.stalled_us) == ("stuck", 9.5, 700)


def test_this_machine_agrees_with_its_own_files() -> None:
    pressure = Path("/proc/pressure/memory")
    if not pressure.exists():
        pytest.skip("this kernel tells no pressure (CONFIG_PSI)")
    before = int(pressure.read_text().split("total=")[2])
    facts = freeze.probe(Computer(), Params())
    after = int(pressure.read_text().split("total=")[2])
    assert before <= (facts.stalled_us or 0) <= after


@given(st.text(max_size=100), st.sampled_from(["some", "full"]))
def test_any_pressure_file_is_survived(text: str, kind: str) -> None:
    found = freeze.parse_pressure(f"{kind} {text}", kind)
    assert found is None or found[1] >= 0
