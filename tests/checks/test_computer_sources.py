"""Every check of the computer on a whole desk, and with each of its sources taken away."""

from pathlib import Path

import desk_root
import msgspec
import pytest

from checks.computer import boot, crash_log, disk_space, display, memory, power
from checks.model import AnyCheck, ProbeError
from checks.thermal import fan, temperature, throttle
from config.devices import Computer

WHOLE = (
    *(boot.CHECK, crash_log.CHECK, display.CHECK, memory.CHECK, power.CHECK, disk_space.CHECK),
    *(temperature.CHECK, throttle.CHECK, fan.CHECK),
)
HWMON = "sys/class/hwmon"
SOURCES = (
    (boot.CHECK, "proc/uptime", "boot.unreadable"),
    (boot.CHECK, "proc/stat", "boot.unreadable"),
    (crash_log.CHECK, "var/log/wtmp", "crash_log.unreadable"),
    (crash_log.CHECK, "proc/stat", "boot.unreadable"),
    (display.CHECK, "sys/class/drm", "display.no_drm"),
    (memory.CHECK, "proc/meminfo", "memory.unreadable"),
    (power.CHECK, "sys/class/power_supply", "power.no_class"),
    (power.CHECK, "sys/class/power_supply/BAT0/type", "power.unreadable"),
    (power.CHECK, "sys/class/power_supply/BAT0/capacity", "power.unreadable"),
    (temperature.CHECK, HWMON, "thermal.no_sensor"),
    (temperature.CHECK, f"{HWMON}/hwmon0/name", "thermal.no_sensor"),
    (temperature.CHECK, f"{HWMON}/hwmon0/temp1_input", "thermal.no_sensor"),
    (throttle.CHECK, "sys/devices/system/cpu", "thermal.no_throttle_counter"),
    (fan.CHECK, HWMON, "thermal.no_fan"),
    (fan.CHECK, f"{HWMON}/hwmon1/fan1_input", "thermal.no_fan"),
)
READINGS = tuple(
    (check, source)
    for check, source, _ in SOURCES
    if source.endswith(("uptime", "stat", "wtmp", "meminfo", "capacity", "_input"))
)
ABSENT = {
    "display.no_drm",
    "power.no_class",
    "thermal.no_sensor",
    "thermal.no_throttle_counter",
    "thermal.no_fan",
}


def look(check: AnyCheck, root: Path) -> tuple[msgspec.Struct, list[str]]:
    """Probe, carry and judge once, as the first run does."""
    params = check.params()
    facts = check.carry(None, check.probe(Computer(root=str(root)), params))
    return facts, [finding.code for finding in check.judge(facts, params)]


@pytest.mark.parametrize("check", WHOLE, ids=lambda check: check.id)
def test_a_whole_desk_is_good(check: AnyCheck, tmp_path: Path) -> None:
    facts, codes = look(check, desk_root.laptop(tmp_path))
    assert codes == []
    assert msgspec.convert(msgspec.to_builtins(facts), type(facts)) == facts


@pytest.mark.parametrize(("check", "source", "code"), SOURCES, ids=lambda part: getattr(part, "id", part))
def test_a_missing_source_is_unknown(check: AnyCheck, source: str, code: str, tmp_path: Path) -> None:
    desk_root.remove(desk_root.laptop(tmp_path), source)
    with pytest.raises(ProbeError) as caught:
        look(check, tmp_path)
    assert caught.value.code == code
    assert caught.value.is_absent == (code in ABSENT)


@pytest.mark.parametrize(("check", "source"), READINGS, ids=lambda part: getattr(part, "id", part))
def test_an_empty_or_garbled_source_is_unknown(check: AnyCheck, source: str, tmp_path: Path) -> None:
    """The file is there and says nothing that can be read: never good, whatever the reason's name."""
    desk_root.laptop(tmp_path)
    for content in (b"", b"\xff\x00garbage", b"-", b"9" * 5000):
        (tmp_path / source).write_bytes(content)
        with pytest.raises(ProbeError):
            look(check, tmp_path)
