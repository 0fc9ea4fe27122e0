"""Boots from a real journal file, written by systemd-journal-remote and read by journalctl."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.io import journal

WRITER = Path("/lib/systemd/systemd-journal-remote")
STARTED = "f77379a8490b408bbe5f6940505a777b"
STOPPED = "d93fb3c9c24d451a97cea615ce59c00b"
SHUTDOWN = "98268866d1d54a499c4e98921d93bc40"
CRASHED, CLEAN, HALTED, RUNNING = ("1" * 32, "2" * 32, "3" * 32, "4" * 32)
HOUR_S = 3600


def written(root: Path, now_s: float) -> None:
    """Write a journal of four boots, of which the first ends without a word."""
    if not (WRITER.exists() and shutil.which("journalctl")):
        pytest.skip("needs journalctl and systemd-journal-remote")
    entries = [
        (CRASHED, STARTED, 40),
        (CLEAN, STARTED, 30),
        (CLEAN, STOPPED, 25),
        (HALTED, STARTED, 20),
        (HALTED, SHUTDOWN, 15),
        (RUNNING, STARTED, 1),
        (RUNNING, "0" * 32, 0),
    ]
    text = "".join(
        f"__REALTIME_TIMESTAMP={int((now_s - hours * HOUR_S) * 1e6)}\n"
        f"__MONOTONIC_TIMESTAMP={1000 + number}\n_BOOT_ID={boot}\nMESSAGE_ID={kind}\nMESSAGE=x\n\n"
        for number, (boot, kind, hours) in enumerate(entries)
    )
    folder = root / "var/log/journal"
    folder.mkdir(parents=True)
    argv = [str(WRITER), "--output", str(folder / "system.journal"), "-"]
    subprocess.run(argv, input=text.encode(), check=True, capture_output=True)


def test_a_real_journal_is_folded_into_boots(tmp_path: Path) -> None:
    now_s = time.time()
    written(tmp_path, now_s)
    boots = journal.boots(tmp_path)
    assert [boot.is_after_clean_stop for boot in boots] == [None, False, True, True]
    assert boots[-1].at_s == pytest.approx(now_s - HOUR_S, abs=1)


def test_no_journal_and_a_damaged_one_hold_no_boots(tmp_path: Path) -> None:
    assert journal.boots(tmp_path) == ()
    folder = tmp_path / "var/log/journal"
    folder.mkdir(parents=True)
    (folder / "system.journal").write_bytes(b"LPKSHHRH" + b"\xff" * 5000)
    assert journal.boots(tmp_path) == ()


@given(st.binary(max_size=500))
def test_any_output_is_survived(raw: bytes) -> None:
    assert journal.parse(raw) == ()


def test_lines_that_are_no_entries_are_left_out() -> None:
    good = json.dumps({"__REALTIME_TIMESTAMP": "5000000", "_BOOT_ID": "a", "MESSAGE_ID": STARTED})
    bad = json.dumps({"__REALTIME_TIMESTAMP": "soon", "_BOOT_ID": "b", "MESSAGE_ID": STARTED})
    lists = json.dumps({"__REALTIME_TIMESTAMP": ["1", "2"], "_BOOT_ID": "c", "MESSAGE_ID": STARTED})
    boots = journal.parse(f"{bad}\n{good}\n{lists}\n-- No entries --".encode())
    assert [(boot.at_s, boot.is_after_clean_stop) for boot in boots] == [(5.0, None)]
