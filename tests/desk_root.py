"""Folders that look like /proc, /sys and /var of a desk, written by the test that reads them."""

import os
import shutil
import struct
import time
from collections.abc import Mapping
from pathlib import Path

EDID_1080P = bytes([0, 255, 255, 255, 255, 255, 255, 0]) + bytes(119) + bytes([256 - (6 * 255) % 256])
COUNTS = "cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\nbtime {btime}\n"
RUN_LVL, BOOT_TIME = 1, 2


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files by their path under `root`, with the line end that the kernel gives."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else f"{content}\n".encode())


def remove(root: Path, name: str) -> None:
    """Remove a file or a folder; it has to be there."""
    path = root / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def utmp(kind: int, user: str, at_s: float) -> bytes:
    """Return one record of wtmp (struct utmp of glibc on x86-64)."""
    return struct.pack(
        "<h2xi32s4s32s256shhiii4i20x",
        *(kind, 0, b"~", b"~~", user.encode(), b"6.1.0", 0, 0, 0, int(at_s), 0, 0, 0, 0, 0),
    )


def wtmp(*events: tuple[str, float]) -> bytes:
    """Return records for ("boot" or "shutdown", Unix time)."""
    kinds = {"boot": (BOOT_TIME, "reboot"), "shutdown": (RUN_LVL, "shutdown")}
    return b"".join(utmp(*kinds[name], at_s) for name, at_s in events)


def laptop(root: Path) -> Path:
    """Write a laptop with which nothing is wrong: every source of every check is there."""
    booted_s = time.time() - 3600
    write(
        root,
        {
            "proc/uptime": "3600.00 7000.00",
            "proc/stat": COUNTS.format(busy=1000, idle=9000, btime=int(booted_s)),
            "proc/meminfo": "MemTotal: 1000 kB\nMemAvailable: 600 kB\nSwapTotal: 100 kB\nSwapFree: 75 kB",
            "proc/pressure/memory": "some avg10=0.00 total=5\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0",
            "proc/1/stat": "1 (init) S 0 1 1 0 -1 4194560 1 1 1 1 10 10 1 1 20 0 1 0 1 1 1",
            "proc/1/statm": "100 50 40 1 0 1 0",
            "proc/7/stat": "7 (a b) (c) R 0 1 1 0 -1 4194560 1 1 1 1 90 10 1 1 20 0 1 0 1 1 1",
            "proc/7/statm": "100 90 10 1 0 1 0",
            "var/log/wtmp": wtmp(
                ("boot", booted_s - 90000), ("shutdown", booted_s - 40000), ("boot", booted_s + 5)
            ),
            "sys/class/drm/version": "drm 1.1.0",
            "sys/class/drm/card0-eDP-1/status": "connected",
            "sys/class/drm/card0-eDP-1/modes": "1920x1080\n1280x720",
            "sys/class/drm/card0-eDP-1/edid": EDID_1080P,
            "sys/class/drm/card0-HDMI-A-1/status": "disconnected",
            "sys/class/drm/card0-HDMI-A-1/edid": b"",
            "sys/class/power_supply/AC/type": "Mains",
            "sys/class/power_supply/AC/online": "1",
            "sys/class/power_supply/BAT0/type": "Battery",
            "sys/class/power_supply/BAT0/status": "Full",
            "sys/class/power_supply/BAT0/capacity": "100",
            "sys/class/hwmon/hwmon0/name": "coretemp",
            "sys/class/hwmon/hwmon0/temp1_input": "45000",
            "sys/class/hwmon/hwmon0/temp1_max": "80000",
            "sys/class/hwmon/hwmon0/temp1_crit": "100000",
            "sys/class/hwmon/hwmon1/name": "thinkpad",
            "sys/class/hwmon/hwmon1/fan1_input": "2650",
            "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "4",
            "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count": "1",
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "1600000",
            "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq": "3200000",
            "sys/block/sda/removable": "0",
        },
    )
    return root


def age(path: Path, seconds: float) -> None:
    """Set a file's time back."""
    at_s = time.time() - seconds
    os.utime(path, (at_s, at_s))
