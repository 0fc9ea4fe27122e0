"""`deskready discover`: settings to paste, from SANE's test device and a sensor on a pty."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import serial_desk

from agent.cli import discover
from agent.plan import Found
from config import settings
from config.devices import Printer, Scanner


def command(folder: Path, *words: str) -> str:
    """Run the command where SANE knows its test device alone and CUPS no printer."""
    sane = folder / "sane.d"
    if not sane.exists():
        shutil.copytree("/etc/sane.d", sane)
        (sane / "dll.conf").write_text("test\n")
        shutil.rmtree(sane / "dll.d", ignore_errors=True)
    argv = [sys.executable, "-m", "agent.cli.main", "discover", "--lang", "en", *words]
    env = {"PATH": "/usr/bin:/bin", "SANE_CONFIG_DIR": str(sane), "CUPS_SERVER": "/nowhere"}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=100, check=False, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("scanimage") is None, reason="needs sane-utils")
def test_what_is_found_can_be_pasted(tmp_path: Path) -> None:
    with serial_desk.pair(tmp_path) as (near, far), serial_desk.slave(far, {1: (481, 245, 0)}):
        text = command(tmp_path, "--port", near)
        tree = json.loads(command(tmp_path, "--port", near, "--json"))
    (tmp_path / "deskready.toml").write_text(text)
    found = settings.load(tmp_path / "deskready.toml")
    assert [one.sane for one in found.scanner] == ["test:0", "test:1"]
    (sensor,) = found.sensor
    assert (sensor.port, sensor.profile) == (near, "rs-ws-n01")
    # Both ways to read the same registers are shown; the person at the desk knows which is true.
    assert "#   rs-ws-n01: 24.5 °C, 48.1 %" in text
    assert "#   sht30-kincony: 48.1 °C, 24.5 %" in text
    assert '#profile = "sht30-kincony"' in text
    assert tree["schema"] == "deskready.discover/1"
    assert [one["profile"] for one in tree["sensor"]] == ["rs-ws-n01", "sht30-kincony"]
    assert tree["sensor"][0]["reading"] == {"celsius": 24.5, "humidity_percent": 48.1, "co2_ppm": None}


def test_a_silent_port_gives_no_sensor(tmp_path: Path) -> None:
    assert json.loads(command(tmp_path, "--port", str(tmp_path / "ttyUSB9"), "--json"))["sensor"] == []


def test_nothing_found_is_said() -> None:
    (line,) = discover.page(Found(), (), "en")
    assert line.startswith("# No printer")


def test_names_with_quotes_are_written_as_toml() -> None:
    found = Found((Printer(name="a", queue='Büro "1"\\2'),), (Scanner(name="b", place="前台", sane="x:1"),))
    text = "\n".join(discover.page(found, (), "zh"))
    assert tomllib.loads(text) == {
        "printer": [{"name": "a", "queue": 'Büro "1"\\2'}],
        "scanner": [{"name": "b", "place": "前台", "sane": "x:1"}],
    }
