"""Screen lock: does the screen lock by itself soon after the broker has left?

Clause 5.1.4. Source: the settings of the desktop: GNOME and its kin through gsettings(1) (idle-delay,
lock-enabled, lock-delay), KDE's kscreenlockerrc. They belong to the person at the desk: a service of the
system has no desktop and does not know.
"""

import configparser
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from checks.io import proc, tool
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

_TIMEOUT_S = 3.0
_IDLE = ("org.gnome.desktop.session", "idle-delay")
_LOCK = ("org.gnome.desktop.screensaver", "lock-enabled")
_DELAY = ("org.gnome.desktop.screensaver", "lock-delay")
_LIKE_GNOME = {"gnome", "unity", "budgie", "ubuntu", "pantheon"}
_KDE_FILES = ("kscreenlockerrc", "/etc/xdg/kscreenlockerrc")
_KDE_DEFAULT_MIN = "5"
_ENVIRONMENT = (
    "HOME",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "GSETTINGS_BACKEND",
)


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The longest time in seconds after which the screen must lock."""

    max_timeout_s: float = 600.0


class Facts(msgspec.Struct, frozen=True):
    """`timeout_s` from the last key or touch to the lock; None where it does not lock."""

    enabled: bool
    timeout_s: float | None


def probe(_target: Computer, _params: Params) -> Facts:
    """Read the settings of the desktop in which this program runs.

    Raises ProbeError "security.no_desktop" (absent), "security.desktop_unknown", "security.lock_unreadable",
    "tool.missing", "tool.hung".
    """
    proc.require_linux()
    desktops = set(os.environ.get("XDG_CURRENT_DESKTOP", "").lower().split(":")) - {""}
    if not desktops:
        raise ProbeError("security.no_desktop", is_absent=True)
    if desktops & _LIKE_GNOME:
        return _gnome()
    if "kde" in desktops:
        return _kde(os.environ)
    raise ProbeError("security.desktop_unknown")


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield SEC_LOCK_OFF where it does not lock, or too late."""
    if not facts.enabled or facts.timeout_s is None or facts.timeout_s > params.max_timeout_s:
        yield Finding("SEC_LOCK_OFF")


def _gnome() -> Facts:
    idle_s, delay_s = _seconds(_gsetting(*_IDLE)), _seconds(_gsetting(*_DELAY))
    is_on = _gsetting(*_LOCK) == "true" and idle_s > 0  # 0 is "never"
    return Facts(is_on, idle_s + delay_s if is_on else None)


def _gsetting(schema: str, key: str) -> str:
    env = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    output = tool.run(["gsettings", "get", schema, key], timeout_s=_TIMEOUT_S, env=env)
    if output.status != 0:
        raise ProbeError("security.lock_unreadable")
    return output.stdout.decode("utf-8", "replace").strip()


def _seconds(said: str) -> float:
    """Read "uint32 300". Raises ProbeError "security.lock_unreadable"."""
    kind, _, digits = said.partition(" ")
    if kind != "uint32" or not digits.isdecimal():
        raise ProbeError("security.lock_unreadable")
    return float(digits)


def _kde(environ: Mapping[str, str]) -> Facts:
    home = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config")
    daemon: dict[str, str] = {}
    for name in reversed(_KDE_FILES):  # the person's file goes before the system's
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(proc.text(home / name, 64 * 1024) or "")
        except configparser.Error:
            raise ProbeError("security.lock_unreadable") from None
        daemon |= dict(parser["Daemon"]) if "Daemon" in parser else {}
    minutes, grace_s = daemon.get("timeout", _KDE_DEFAULT_MIN), daemon.get("lockgrace", "5")
    if not (minutes.isdecimal() and grace_s.isdecimal()):
        raise ProbeError("security.lock_unreadable")
    is_on = daemon.get("autolock", "true") == "true" and int(minutes) > 0
    return Facts(is_on, 60.0 * int(minutes) + int(grace_s) if is_on else None)


CHECK = Check(
    "security.screen_lock",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"SEC_LOCK_OFF": ()},
)
