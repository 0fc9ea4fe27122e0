"""Which settings file and which state folder are meant."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import SettingsError, state_dir, where


def made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_the_nearest_file_wins(tmp_path: Path) -> None:
    """From the system's file up to the argument, each takes over from the one before."""
    environ = {"HOME": str(tmp_path)}
    system = tmp_path / "etc" / "deskready.toml"
    assert where(environ, None, system) is None
    assert where(environ, None, made(system)) == system
    own = made(tmp_path / ".config" / "deskready" / "deskready.toml")
    assert where(environ, None, system) == own
    environ["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    assert where(environ, None, system) == system
    xdg = made(tmp_path / "xdg" / "deskready" / "deskready.toml")
    assert where(environ, None, system) == xdg
    environ["DESKREADY_CONFIG"] = str(made(tmp_path / "by-environment.toml"))
    assert where(environ, None, system) == tmp_path / "by-environment.toml"
    argument = made(tmp_path / "argument.toml")
    assert where(environ, argument, system) == argument


def test_a_file_asked_for_by_name_must_be_there(tmp_path: Path) -> None:
    system = made(tmp_path / "etc.toml")
    with pytest.raises(SettingsError, match=r"none\.toml: no such file$"):
        where({}, tmp_path / "none.toml", system)
    with pytest.raises(SettingsError, match=r"no such file \(from DESKREADY_CONFIG\)"):
        where({"DESKREADY_CONFIG": str(tmp_path / "none.toml")}, None, system)
    with pytest.raises(SettingsError, match="null"):
        where({}, "a\0b", system)


@pytest.mark.root
def test_a_file_in_a_folder_that_may_not_be_entered_is_an_error_and_not_absent(tmp_path: Path) -> None:
    """Another user runs it: root may enter everywhere."""
    closed = made(tmp_path / "closed" / "deskready" / "deskready.toml").parent.parent
    closed.chmod(0o700)
    script = (
        "import os, sys; from pathlib import Path; from config.settings import SettingsError, where\n"
        "os.setuid(65534)\n"
        "try: print(where({'XDG_CONFIG_HOME': sys.argv[1]}, None))\n"
        "except SettingsError as error: print(error)"
    )
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", script, str(closed)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert "Permission denied" in ran.stdout


def test_the_state_folder(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    assert state_dir(environ, None) == tmp_path / ".local" / "state" / "deskready"
    environ["XDG_STATE_HOME"] = "relative"
    assert state_dir(environ, None) == tmp_path / ".local" / "state" / "deskready"
    environ["XDG_STATE_HOME"] = str(tmp_path / "xdg")
    assert state_dir(environ, None) == tmp_path / "xdg" / "deskready"
    environ["STATE_DIRECTORY"] = "/var/lib/deskready:/var/lib/other"
    assert state_dir(environ, None) == Path("/var/lib/deskready")
    environ["DESKREADY_STATE"] = "/srv/a"
    assert state_dir(environ, None) == Path("/srv/a")
    assert state_dir(environ, "b") == Path("b")


def test_without_home_the_account_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    assert state_dir({}, None) == Path(os.path.expanduser("~")) / ".local" / "state" / "deskready"  # noqa: PTH111  the other way to ask
