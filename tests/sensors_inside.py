"""Run inside a private mount namespace: put fake classes into /sys/class and say what three readers see.

Arguments: the folder that holds the fake classes, and the caller's mount namespace, in which this refuses to
run. A file "vanish" in the folder names one to take away after a first look. Prints JSON.
"""

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil

from checks.computer import power
from checks.model import ProbeError
from checks.thermal import fan, temperature
from config.devices import Computer

CLASSES = Path("/sys/class")
METRICS = ("node_hwmon_temp_celsius", "node_hwmon_fan_rpm", "node_power_supply_capacity")


def main(folder: Path, outside: str) -> None:
    """Mount, look, print."""
    if str(Path("/proc/self/ns/mnt").readlink()) == outside:
        sys.exit("run this in a mount namespace of its own")
    mount(folder)
    first = temperature.carry(None, temperature.probe(Computer(), temperature.Params()))
    vanishing = folder / "vanish"
    if vanishing.exists():
        (CLASSES / vanishing.read_text()).unlink()
    found = {
        "ours": ours(first),
        "psutil": theirs(),
        "exporter": exported(),
        "network_classes": len(list((CLASSES / "net").iterdir())),
    }
    print(json.dumps(found))


def mount(folder: Path) -> None:
    """Put a tmpfs over /sys/class, with the fake classes and the machine's own others."""
    aside = Path(tempfile.mkdtemp())
    run("mount", "--bind", str(CLASSES), str(aside))
    run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(CLASSES))
    fakes = {entry.name for entry in folder.iterdir() if entry.is_dir()}
    for name in fakes | {entry.name for entry in aside.iterdir()}:
        (CLASSES / name).mkdir()
        run("mount", "--bind", str((folder if name in fakes else aside) / name), str(CLASSES / name))


def run(*argv: str) -> None:
    """Run one command that has to succeed."""
    subprocess.run(argv, check=True)


def ours(first: temperature.Facts) -> dict[str, Any]:
    """Say what the checks see, the temperature as a second run."""
    computer = Computer()
    fans = fan.carry(None, fan.probe(computer, fan.Params()))
    supply = power.carry(None, power.probe(computer, power.Params()))
    found = {"rpm": fans.rpm, "battery_pct": supply.battery_pct, "on_ac": supply.on_ac}
    try:
        facts = temperature.carry(first, temperature.probe(computer, temperature.Params()))
    except ProbeError as error:
        return {**found, "reason": error.code}
    return {
        **found,
        "critical_c": facts.critical_c,
        "temperatures": {one.sensor: one.celsius for one in facts.sensors if one.is_judged},
        "codes": [one.code for one in temperature.judge(facts, temperature.Params())],
    }


def theirs() -> dict[str, Any]:
    """Say what psutil sees; a battery without energy figures raises TypeError in psutil 7.2."""
    chips = psutil.sensors_temperatures()["coretemp"]
    try:
        battery = psutil.sensors_battery()
    except TypeError:
        battery = None
    return {
        "temperatures": [one.current for one in chips],
        "critical_c": chips[0].critical,
        "rpm": psutil.sensors_fans()["coretemp"][0].current,
        "battery_pct": battery and battery.percent,
        "on_ac": battery and battery.power_plugged,
    }


def exported() -> dict[str, list[float]]:
    """Say what node_exporter shows of the same files."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}"]
    argv += ["--collector.disable-defaults", "--collector.hwmon", "--collector.powersupplyclass"]
    exporter = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        page = scraped(f"http://127.0.0.1:{port}/metrics")
    finally:
        exporter.kill()
        exporter.wait()
    lines = [line for line in page.splitlines() if not line.startswith("#")]
    return {
        name: [float(line.split()[-1]) for line in lines if line.partition("{")[0] == name]
        for name in METRICS
    }


def scraped(url: str) -> str:
    """Return the page once it is served, within ten seconds."""
    deadline_s = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  loopback
                return str(answer.read(1_000_000), "utf-8")
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
