"""Maintenance windows: kept, ended by time or by hand, and seen by the light and by incidents."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import rows
import stores

from agent.clock import Instant
from agent.incidents.actions import BadAction, Refused
from agent.recorder import Recorder
from agent.station import Station
from agent.upkeep import window
from agent.windows import Window, Windows
from config import procedure
from config.tables import Settings

HOUR_S = 3600.0


def at(seconds: float, boot: str = rows.BOOT) -> Instant:
    return Instant(rows.START + timedelta(seconds=seconds), seconds, boot)


@pytest.mark.parametrize(
    ("now", "left_s"),
    [
        (at(HOUR_S), HOUR_S),
        (at(3 * HOUR_S), 0.0),
        (at(HOUR_S, "another boot"), HOUR_S),
        (Instant(rows.START + timedelta(days=9), HOUR_S, rows.BOOT), HOUR_S),  # somebody set the calendar
    ],
)
def test_a_window_ends_by_the_clock_that_counts(now: Instant, left_s: float) -> None:
    assert Window("printer:front", at(0.0), 2 * HOUR_S, "it-3").left_s(now) == left_s


def test_windows_outlive_the_process_and_end_by_hand(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, stores.PROCEDURE)
    first = Windows(recorder)
    first.begin("printer:front", HOUR_S, "new rollers", "it-3")
    first.begin("network", HOUR_S, None, "it-3")
    first.end("network", "it-3")
    now = recorder.reader().events()[-1]
    moment = Instant(now.at, now.boot_s, now.boot_id)
    assert Windows(recorder).devices(moment) == first.devices(moment) == {"printer:front"}
    later = Instant(now.at + timedelta(hours=2), now.boot_s + 2 * HOUR_S, now.boot_id)
    assert first.devices(later) == frozenset()
    recorder.close()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    made = Station(Settings(), procedure.load(), tmp_path / "state")
    yield made
    made.close()


def test_the_light_says_so_until_it_ends(station: Station) -> None:
    def codes() -> set[str]:
        return {reason["code"] for reason in station.status()["reasons"] if reason["device"] == "computer"}

    assert "maintenance" not in codes()
    answer = window(station, "computer", HOUR_S, "dust", "it-3")
    assert [(one["device"], one["by"], one["reason"]) for one in answer["windows"]] == [
        ("computer", "it-3", "dust")
    ]
    assert codes() == {"maintenance"}
    assert window(station, "computer", None, None, "it-3")["windows"] == []
    assert "maintenance" not in codes()


def test_what_is_refused(station: Station) -> None:
    with pytest.raises(BadAction, match="no device 'fax'"):
        window(station, "fax", HOUR_S, None, "it-3")
    with pytest.raises(BadAction, match="at most 24 h"):
        window(station, "computer", 25 * HOUR_S, None, "it-3")
    with pytest.raises(Refused, match="not under maintenance"):
        window(station, "computer", None, None, "it-3")
    with pytest.raises(Refused, match="client"):
        window(station, "computer", HOUR_S, "13800138000", "it-3")


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "deskready.toml").write_text("")

    def command(*words: str) -> "subprocess.CompletedProcess[str]":
        argv = [sys.executable, "-m", "agent.cli.main", "maintenance", *words, "--lang", "en"]
        places = ["--state", str(tmp_path / "state"), "--config", str(tmp_path / "deskready.toml")]
        return subprocess.run([*argv, *places], capture_output=True, text=True, timeout=60, check=False)

    begun = command("window", "computer", "--for", "2h", "--reason", "dust", "--by", "it-3")
    assert begun.returncode == 0, begun.stderr
    assert begun.stdout.splitlines()[0] == "computer under maintenance, 2 h left  it-3  dust"
    assert json.loads(command("list", "--json").stdout)["windows"][0]["device"] == "computer"
    assert command("window", "computer", "--for", "soon").returncode == 64
    assert command("window", "computer").returncode == 64
    assert command("window", "fax", "--end").returncode == 64
    assert command("window", "computer", "--end").returncode == 0
    assert command("window", "computer", "--end").returncode == 4
