"""The screen lock, from the real gsettings with its settings in a file, and from KDE's file."""

import shutil
from pathlib import Path

import pytest

from checks.model import ProbeError
from checks.security import screen_lock
from config.devices import Computer

SCHEMA = Path("/usr/share/glib-2.0/schemas/org.gnome.desktop.screensaver.gschema.xml")
needs_gsettings = pytest.mark.skipif(
    shutil.which("gsettings") is None or not SCHEMA.exists(),
    reason="needs libglib2.0-bin and gsettings-desktop-schemas",
)
KEYFILE = """
[org/gnome/desktop/session]
idle-delay=uint32 {idle}
[org/gnome/desktop/screensaver]
lock-enabled={enabled}
lock-delay=uint32 {delay}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.setenv("GSETTINGS_BACKEND", "keyfile")
    return tmp_path


def look() -> tuple[bool, float | None, list[str]]:
    facts = screen_lock.probe(Computer(), screen_lock.Params())
    codes = [one.code for one in screen_lock.judge(facts, screen_lock.Params())]
    return facts.enabled, facts.timeout_s, codes


@needs_gsettings
@pytest.mark.parametrize(
    ("idle", "enabled", "delay", "expected"),
    [
        (300, "true", 0, (True, 300.0, [])),
        (300, "true", 300, (True, 600.0, [])),
        (300, "true", 301, (True, 601.0, ["SEC_LOCK_OFF"])),
        (0, "true", 0, (False, None, ["SEC_LOCK_OFF"])),
        (300, "false", 0, (False, None, ["SEC_LOCK_OFF"])),
    ],
)
def test_gnome(
    home: Path, monkeypatch: pytest.MonkeyPatch, idle: int, enabled: str, delay: int, expected: object
) -> None:
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    path = home / ".config/glib-2.0/settings/keyfile"
    path.parent.mkdir(parents=True)
    path.write_text(KEYFILE.format(idle=idle, enabled=enabled, delay=delay))
    assert look() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (True, 305.0, [])),
        ("[Daemon]\nAutolock=false\n", (False, None, ["SEC_LOCK_OFF"])),
        ("[Daemon]\nTimeout=10\nLockGrace=0\n", (True, 600.0, [])),
        ("[Daemon]\nTimeout=20\n", (True, 1205.0, ["SEC_LOCK_OFF"])),
        ("[Daemon]\nTimeout=0\n", (False, None, ["SEC_LOCK_OFF"])),
    ],
)
def test_kde(home: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: object) -> None:
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "KDE")
    (home / ".config").mkdir()
    (home / ".config/kscreenlockerrc").write_text(text)
    assert look() == expected


@pytest.mark.parametrize("text", ["[Daemon]\nTimeout=soon\n", "no section\n"])
@pytest.mark.usefixtures("home")
def test_kde_settings_that_say_nothing(home: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "KDE")
    (home / ".config").mkdir()
    (home / ".config/kscreenlockerrc").write_text(text)
    with pytest.raises(ProbeError, match=r"security\.lock_unreadable"):
        look()


@pytest.mark.parametrize(
    ("desktop", "code", "is_absent"),
    [("", "security.no_desktop", True), ("sway", "security.desktop_unknown", False)],
)
def test_no_desktop_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, desktop: str, code: str, is_absent: bool
) -> None:
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", desktop)
    with pytest.raises(ProbeError) as caught:
        look()
    assert (caught.value.code, caught.value.is_absent) == (code, is_absent)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("exit 1", "security.lock_unreadable"),
        ("echo true", "security.lock_unreadable"),
        ("echo uint32 -5", "security.lock_unreadable"),
    ],
)
def test_a_tool_that_fails_is_no_verdict(
    home: Path, monkeypatch: pytest.MonkeyPatch, body: str, code: str
) -> None:
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    tool = home / "gsettings"
    tool.write_text(f"#!/bin/sh\n{body}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(ProbeError) as caught:
        look()
    assert caught.value.code == code
