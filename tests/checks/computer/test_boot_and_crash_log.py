import time
from pathlib import Path

import desk_root
import pytest

from checks.computer import boot, crash_log
from checks.model import Finding, ProbeError
from config.devices import Computer

HOUR_S, DAY_S = 3600, 86400


def booted(root: Path, hours_ago: float, *events: tuple[str, float]) -> None:
    """Write a desk that booted some hours ago; events are (name, hours before now)."""
    now_s = time.time()
    at_s = now_s - hours_ago * HOUR_S
    desk_root.write(
        root,
        {
            "proc/uptime": f"{hours_ago * HOUR_S:.2f} 1.00",
            "proc/stat": f"cpu  1 0 0 1 0 0\nbtime {int(at_s)}",
            "var/log/wtmp": desk_root.wtmp(*((name, now_s - hours * HOUR_S) for name, hours in events)),
        },
    )


def boots(root: Path) -> tuple[boot.Facts, list[Finding]]:
    facts = boot.probe(Computer(root=str(root)), boot.Params())
    return facts, list(boot.judge(facts, boot.Params()))


def crashes(root: Path) -> tuple[crash_log.Facts, list[Finding]]:
    facts = crash_log.probe(Computer(root=str(root)), crash_log.Params())
    return facts, list(crash_log.judge(facts, crash_log.Params()))


def test_a_clean_start_is_good(tmp_path: Path) -> None:
    booted(tmp_path, 2, ("boot", 30), ("shutdown", 20), ("boot", 2))
    facts, findings = boots(tmp_path)
    assert (facts.last_shutdown_clean, findings) == (True, [])
    assert facts.boot_time.tzinfo is not None
    assert crashes(tmp_path)[1] == []


def test_a_start_after_a_power_cut_is_told_for_a_day(tmp_path: Path) -> None:
    booted(tmp_path, 2, ("boot", 30), ("boot", 2))
    facts, findings = boots(tmp_path)
    assert [one.code for one in findings] == ["PC_BSOD"]
    assert findings[0].values == {"time": facts.boot_time.strftime("%Y-%m-%d %H:%M"), "count": 1}
    booted(tmp_path, 30, ("boot", 60), ("boot", 30))
    assert boots(tmp_path)[1] == []


def test_the_crash_record_keeps_it_for_a_week_as_a_warning(tmp_path: Path) -> None:
    booted(tmp_path, 30, ("boot", 60), ("boot", 30))
    facts, findings = crashes(tmp_path)
    assert (facts.unexpected_shutdowns_7d, facts.sources) == (1, ("wtmp",))
    assert [(one.code, one.is_warning) for one in findings] == [("PC_BSOD", True)]
    booted(tmp_path, 170, ("boot", 200), ("boot", 170))
    assert crashes(tmp_path)[1] == []


def test_three_stops_in_a_week_are_no_warning_any_more(tmp_path: Path) -> None:
    booted(tmp_path, 2, ("boot", 90), ("boot", 60), ("boot", 30), ("boot", 2))
    findings = crashes(tmp_path)[1]
    assert [(one.values["count"], one.is_warning) for one in findings] == [(3, False)]


def test_no_record_of_the_running_boot_is_unknown_not_zero(tmp_path: Path) -> None:
    booted(tmp_path, 2, ("boot", 2000), ("shutdown", 1000))  # kept until some update stopped it
    assert boots(tmp_path)[0].last_shutdown_clean is None
    with pytest.raises(ProbeError, match=r"crash_log\.unreadable"):
        crashes(tmp_path)


@pytest.mark.parametrize("folder", ["sys/fs/pstore", "var/lib/systemd/pstore/1795366839"])
def test_a_crash_dump_is_told_even_without_another_record(folder: str, tmp_path: Path) -> None:
    booted(tmp_path, 2)
    parts = [f"{folder}/dmesg-efi-{part}" for part in range(3)]
    desk_root.write(tmp_path, dict.fromkeys(parts, "Panic#1 Part1"))
    facts, findings = crashes(tmp_path)
    assert (facts.bugchecks_7d, facts.sources) == (1, ())  # three files, one crash
    assert [(one.code, one.is_warning) for one in findings] == [("PC_BSOD", False)]
    for part in parts:
        desk_root.age(tmp_path / part, 3 * DAY_S)
    assert [one.is_warning for one in crashes(tmp_path)[1]] == [True]
    for part in parts:
        desk_root.age(tmp_path / part, 8 * DAY_S)
    with pytest.raises(ProbeError):
        crashes(tmp_path)


@pytest.mark.parametrize("name", ["run/reboot-required", "var/run/reboot-required"])
def test_a_pending_restart_is_told_after_three_days(name: str, tmp_path: Path) -> None:
    booted(tmp_path, 200, ("boot", 200))
    desk_root.write(tmp_path, {name: "*** System restart required ***"})
    assert boots(tmp_path)[1] == []
    desk_root.age(tmp_path / name, 3.5 * DAY_S)
    assert boots(tmp_path)[1] == [Finding("PC_REBOOT_PENDING", {"days": 3})]
    desk_root.age(tmp_path / name, -DAY_S)  # the clock was set back
    assert boots(tmp_path)[0].reboot_pending_days == 0
