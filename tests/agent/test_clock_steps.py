"""The wall clock of a real process is set by a day, forward and back; plain `schedule` is the control.

libfaketime moves the wall clock of the child alone and leaves its boot clock as it is.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="needs libfaketime (Debian: faketime)")

FORTH_AND_BACK = "1.0=+24h,2.0=-24h"
LASTS_S = 3.0
BEFORE_8_30 = "@2026-11-25 08:29:58"
FORWARD, BACK = "0.7=@2026-11-26 08:29:59", "0.7=@2026-11-24 08:29:59"
FORWARD_AFTER = "2.3=@2026-11-26 08:30:01"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[float]]:
    """Return the ages at which each kind of loop ran; all of them run side by side."""
    folder = tmp_path_factory.mktemp("clocks")
    plans = {
        "interval": ("interval", "+0", FORTH_AND_BACK),
        "forward": ("morning", BEFORE_8_30, FORWARD),
        "back": ("morning", BEFORE_8_30, BACK),
        "after": ("morning", BEFORE_8_30, FORWARD_AFTER),
    }
    children = {
        f"{loop} {name}": started(folder / f"{loop}-{name}", f"{loop}-{what}", clock, steps)
        for name, (what, clock, steps) in plans.items()
        for loop in ("ours", "plain")
    }
    return {name: ages(child) for name, child in children.items()}


def started(faked: Path, what: str, clock: str, steps: str) -> "subprocess.Popen[str]":
    faked.write_text("+0\n", encoding="ascii")
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TZ": "UTC",
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(faked),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    argv = [
        sys.executable,
        str(ROOT / "tests" / "stepped_loop.py"),
        what,
        str(faked),
        clock,
        steps,
        str(LASTS_S),
    ]
    return subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ages(child: "subprocess.Popen[str]") -> list[float]:
    out, error = child.communicate(timeout=60)
    assert child.returncode == 0, error
    return [float(line) for line in out.split()]


def test_intervals_are_neither_missed_nor_doubled(runs: dict[str, list[float]]) -> None:
    ran = runs["ours interval"]
    assert len(ran) <= LASTS_S / (0.25 * 0.95) + 1
    assert len(ran) >= LASTS_S / 0.25 * 0.6  # a busy machine makes the loop late, but it goes on
    assert ran[-1] > LASTS_S - 1.0


def test_plain_schedule_stops_when_the_clock_is_set_back(runs: dict[str, list[float]]) -> None:
    ran = runs["plain interval"]
    assert any(age_s < 2.0 for age_s in ran)
    assert not any(age_s > 2.1 for age_s in ran)  # it would go on tomorrow


@pytest.mark.parametrize(("step", "plain"), [("forward", 2), ("back", 0), ("after", 2)])
def test_the_morning_comes_once(step: str, plain: int, runs: dict[str, list[float]]) -> None:
    assert len(runs[f"ours {step}"]) == 1
    assert len(runs[f"plain {step}"]) == plain
