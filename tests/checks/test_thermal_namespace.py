"""Sensors and battery in a private mount namespace, where psutil and node_exporter read them too.

A tmpfs takes the place of /sys/class for one child process and what it starts; the machine's own classes
are bound back beside the fake ones. Nothing of it is seen outside.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import desk_root
import pytest

INSIDE = Path(__file__).resolve().parent.parent / "sensors_inside.py"
ROOT = INSIDE.parent.parent
HWMON = "hwmon/hwmon0"
FAKE = {
    f"{HWMON}/name": "coretemp",
    f"{HWMON}/temp1_input": "41000",
    f"{HWMON}/temp1_max": "80000",
    f"{HWMON}/temp1_crit": "100000",
    f"{HWMON}/temp2_input": "42500",
    f"{HWMON}/temp2_crit": "100000",
    f"{HWMON}/fan1_input": "2650",
    "power_supply/AC/type": "Mains",
    "power_supply/AC/online": "0",
    "power_supply/BAT0/type": "Battery",
    "power_supply/BAT0/present": "1",
    "power_supply/BAT0/status": "Discharging",
    "power_supply/BAT0/capacity": "62",
    "power_supply/BAT0/energy_now": "30000000",
    "power_supply/BAT0/energy_full": "48000000",
    "power_supply/BAT0/power_now": "8000000",
}
pytestmark = pytest.mark.root


def seen(folder: Path) -> dict[str, Any]:
    """Return what deskready, psutil and node_exporter see with the fake classes in place."""
    for tool in ("unshare", "prometheus-node-exporter"):
        if not shutil.which(tool):
            pytest.skip(f"needs {tool}")
    argv = ["unshare", "-m", "--propagation", "private", sys.executable, str(INSIDE), str(folder)]
    argv.append(str(Path("/proc/self/ns/mnt").readlink()))
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_three_readers_agree_and_nothing_leaks(tmp_path: Path) -> None:
    before = sorted(entry.name for entry in Path("/sys/class").iterdir())
    desk_root.write(tmp_path, FAKE)
    found = seen(tmp_path)
    assert found["ours"]["temperatures"] == {"coretemp0_temp1": 41.0, "coretemp0_temp2": 42.5}
    assert found["psutil"]["temperatures"] == [41.0, 42.5]
    assert sorted(found["exporter"]["node_hwmon_temp_celsius"]) == [41.0, 42.5]
    assert found["ours"]["critical_c"] == found["psutil"]["critical_c"] == 100.0
    assert (
        found["ours"]["rpm"] == found["psutil"]["rpm"] == found["exporter"]["node_hwmon_fan_rpm"][0] == 2650
    )
    assert found["ours"]["battery_pct"] == found["psutil"]["battery_pct"] == 62.5
    assert found["exporter"]["node_power_supply_capacity"] == [62.0]  # the firmware's own rounding
    assert found["ours"]["on_ac"] is found["psutil"]["on_ac"] is False
    assert found["network_classes"] > 0
    assert sorted(entry.name for entry in Path("/sys/class").iterdir()) == before


def test_heat_is_seen_by_all_three_and_judged(tmp_path: Path) -> None:
    desk_root.write(tmp_path, FAKE | {f"{HWMON}/temp1_input": "98000"})
    found = seen(tmp_path)
    assert found["ours"]["temperatures"]["coretemp0_temp1"] == 98.0
    assert found["psutil"]["temperatures"][0] == 98.0
    assert 98.0 in found["exporter"]["node_hwmon_temp_celsius"]
    assert found["ours"]["codes"] == ["THERM_CRITICAL"]


def test_a_sensor_that_the_others_lose_in_silence_is_unknown_here(tmp_path: Path) -> None:
    """psutil and node_exporter simply show one sensor less; that must not read as good."""
    desk_root.write(tmp_path, FAKE)
    (tmp_path / "vanish").write_text(f"{HWMON}/temp1_input")
    found = seen(tmp_path)
    assert found["psutil"]["temperatures"] == [42.5]
    assert found["exporter"]["node_hwmon_temp_celsius"] == [42.5]
    assert found["ours"]["reason"] == "thermal.vanished"


def test_a_battery_that_breaks_psutil_is_read(tmp_path: Path) -> None:
    """Without energy figures psutil 7.2 raises TypeError; the capacity is still there."""
    lean = {name: value for name, value in FAKE.items() if "energy_" not in name and "power_now" not in name}
    desk_root.write(tmp_path, lean)
    found = seen(tmp_path)
    assert found["ours"]["battery_pct"] == 62.0
