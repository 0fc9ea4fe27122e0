"""Updates, from what Debian's tools leave behind."""

import gzip
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import desk_root
import pytest

from checks.model import ProbeError
from checks.security import updates
from config.devices import Computer

DAY_S = 86400
STAMP = "var/lib/apt/periodic/unattended-upgrades-stamp"


def line(days: float, verb: str = "upgrade") -> bytes:
    at = datetime.now(UTC).astimezone() - timedelta(days=days)
    return f"{at:%Y-%m-%d %H:%M:%S} {verb} libc6:amd64 1 2\n".encode()


def look(root: Path) -> tuple[int, list[tuple[object, bool]]]:
    params = updates.Params()
    facts = updates.probe(Computer(root=str(root)), params)
    return facts.last_update_days, [
        (one.values["days"], one.is_warning) for one in updates.judge(facts, params)
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0.5, (0, [])), (34.9, (34, [])), (35.1, (35, [(35, True)])), (90.1, (90, [(90, False)]))],
)
def test_the_age_of_the_last_upgrade(tmp_path: Path, days: float, expected: object) -> None:
    log = line(days + 1) + line(days) + line(0, "install") + line(0, "status")
    desk_root.write(tmp_path, {"var/log/dpkg.log": log})
    assert look(tmp_path) == expected


def test_logs_that_began_anew_are_read_too(tmp_path: Path) -> None:
    desk_root.write(
        tmp_path,
        {
            "var/log/dpkg.log": b"",
            "var/log/dpkg.log.1": line(3, "install"),
            "var/log/dpkg.log.2.gz": gzip.compress(line(50)),
        },
    )
    assert look(tmp_path) == (50, [(50, True)])


def test_a_run_that_had_nothing_to_do_counts(tmp_path: Path) -> None:
    desk_root.write(tmp_path, {"var/log/dpkg.log": line(100), STAMP: b""})
    assert look(tmp_path) == (0, [])
    long_ago_s = time.time() - 40 * DAY_S
    os.utime(tmp_path / STAMP, (long_ago_s, long_ago_s))
    assert look(tmp_path) == (40, [(40, True)])


def test_a_system_past_its_end_gets_no_updates(tmp_path: Path) -> None:
    desk_root.write(tmp_path, {"var/log/dpkg.log": line(1), "etc/os-release": "NAME=x"})
    assert look(tmp_path) == (1, [])
    for days, expected in ((10, [(10, False)]), (0, []), (-10, [])):
        end = datetime.now(UTC).date() - timedelta(days=days)
        desk_root.write(tmp_path, {"etc/os-release": f'NAME=x\nSUPPORT_END="{end}"'})
        assert look(tmp_path)[1] == expected


def test_a_pending_restart_is_told(tmp_path: Path) -> None:
    desk_root.write(tmp_path, {"var/log/dpkg.log": line(1)})
    assert not updates.probe(Computer(root=str(tmp_path)), updates.Params()).reboot_pending
    desk_root.write(tmp_path, {"run/reboot-required": "x"})
    assert updates.probe(Computer(root=str(tmp_path)), updates.Params()).reboot_pending


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"var/log/dpkg.log": b"\xff\x00 upgrade"},
        {"var/log/dpkg.log": b"2026-99-99 10:00:00 upgrade libc6 1 2\n"},
        {"var/log/dpkg.log.2.gz": b"no gzip"},
        {"var/log/dpkg.log.2.gz": gzip.compress(line(50))[:-12]},
    ],
)
def test_no_trace_of_an_update_is_no_verdict(tmp_path: Path, files: dict[str, bytes]) -> None:
    desk_root.write(tmp_path, files)
    with pytest.raises(ProbeError, match=r"security\.updates_unknown"):
        look(tmp_path)


@pytest.mark.parametrize(
    ("text", "end"), [("", None), ("SUPPORT_END=2027-13-40", None), ("SUPPORT_END=soon", None)]
)
def test_an_end_that_is_none(text: str, end: object) -> None:
    assert updates.support_end(text) is end
