"""Boot records, against the tools of util-linux that write and read the same file."""

import shutil
import subprocess
import time
from pathlib import Path

import desk_root
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.io import wtmp

LINES = (
    ("2", "reboot  ", "2026-11-18T08:00:00"),
    ("1", "runlevel", "2026-11-18T08:00:09"),
    ("7", "broker  ", "2026-11-18T08:05:00"),
    ("2", "reboot  ", "2026-11-19T08:00:00"),  # no shutdown before it
    ("1", "shutdown", "2026-11-19T18:00:00"),
    ("2", "reboot  ", "2026-11-20T08:00:00"),
)


def recorded(folder: Path) -> bytes:
    """Let utmpdump write the records of LINES."""
    if not shutil.which("utmpdump"):
        pytest.skip("needs utmpdump (util-linux-extra)")
    text = "".join(
        f"[{kind}] [00000] [~~  ] [{user}] [~           ] [6.1.0               ] [0.0.0.0        ]"
        f" [{at},000000+00:00]\n"
        for kind, user, at in LINES
    )
    raw = subprocess.run(["utmpdump", "-r"], input=text.encode(), capture_output=True, check=True).stdout
    desk_root.write(folder, {"var/log/wtmp": raw})
    return raw


def test_records_of_utmpdump_are_read(tmp_path: Path) -> None:
    recorded(tmp_path)
    boots = wtmp.boots(wtmp.read(tmp_path))
    assert [boot.is_after_clean_stop for boot in boots] == [None, False, True]
    assert time.strftime("%F %T", time.gmtime(boots[1].at_s)) == "2026-11-19 08:00:00"


def test_last_sees_the_same_boots(tmp_path: Path) -> None:
    recorded(tmp_path)
    argv = ["last", "-x", "-f", str(tmp_path / "var/log/wtmp"), "reboot"]
    shown = subprocess.run(argv, capture_output=True, check=True, text=True, env={"TZ": "UTC"}).stdout
    theirs = [line.split("6.1.0")[1].strip()[:16] for line in shown.splitlines() if "6.1.0" in line]
    boots = reversed(wtmp.boots(wtmp.read(tmp_path)))  # last shows the newest first
    assert theirs == [time.strftime("%a %b %e %H:%M", time.gmtime(boot.at_s)) for boot in boots]


def test_last_months_file_comes_first(tmp_path: Path) -> None:
    files = {"var/log/wtmp.1": desk_root.wtmp(("boot", 100)), "var/log/wtmp": desk_root.wtmp(("boot", 200))}
    desk_root.write(tmp_path, files)
    boots = wtmp.boots(wtmp.read(tmp_path))
    assert [(boot.at_s, boot.is_after_clean_stop) for boot in boots] == [(100.0, None), (200.0, False)]


def test_a_file_that_is_not_kept_any_more_says_nothing() -> None:
    boots = wtmp.boots(desk_root.wtmp(("boot", 1_000_000), ("boot", 2_000_000)))
    assert wtmp.current(boots, booted_s=2_000_060) == boots
    assert wtmp.current(boots, booted_s=9_000_000) == ()
    assert wtmp.current((), booted_s=9_000_000) == ()


def test_a_huge_file_is_read_from_its_end(tmp_path: Path) -> None:
    records = desk_root.wtmp(*(("shutdown", at_s) for at_s in range(9000)), ("boot", 9999))
    desk_root.write(tmp_path, {"var/log/wtmp": records + b"torn"})
    raw = wtmp.read(tmp_path)
    assert len(raw) == 8192 * 384
    assert [boot.at_s for boot in wtmp.boots(raw)] == [9999.0]


@given(st.binary(max_size=2000))
def test_any_bytes_are_survived(raw: bytes) -> None:
    assert all(0 <= boot.at_s < 2**32 for boot in wtmp.boots(raw))
