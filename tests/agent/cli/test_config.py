"""`deskready config check` as a person runs it: exit status, and every line of what is wrong."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TICKET = (
    '[ticket]\nbackend = "redmine"\nurl = "https://it.example.cn"\n'
    'secret = "secret:key"\nproject = "it"\nkey_field = "1"\n'
)


def check(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "en_GB.UTF-8"}
    argv = [sys.executable, "-m", "agent.cli.main", *words]
    return subprocess.run(
        argv, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=30
    )


def written(folder: Path, text: str) -> str:
    (folder / "deskready.toml").write_text(text, encoding="utf-8")
    return str(folder / "deskready.toml")


def test_a_good_file(tmp_path: Path) -> None:
    ran = check("config", "check", written(tmp_path, '[station]\nname = "a"'), folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("deskready.toml: no errors\n")


def test_no_file(tmp_path: Path) -> None:
    ran = check("config", "check", folder=tmp_path)
    assert (ran.returncode, ran.stdout) == (0, "There is no settings file; every default holds.\n")


def test_each_error_is_a_line_on_stderr(tmp_path: Path) -> None:
    ran = check("config", "check", written(tmp_path, "[staton]\n[page]\nlisen = 1\n"), folder=tmp_path)
    assert (ran.returncode, ran.stdout) == (78, "")
    assert ran.stderr.splitlines() == [
        "deskready.toml: line 1: staton: unknown key; did you mean 'station'?",
        "deskready.toml: line 3: page.lisen: unknown key; did you mean 'listen'?",
    ]


def test_the_file_may_be_named_by_the_option_too(tmp_path: Path) -> None:
    path = written(tmp_path, "[staton]\n")
    assert check("config", "check", "--config", path, folder=tmp_path).returncode == 78
    assert check("--config", path, "config", "check", folder=tmp_path).returncode == 78
    assert check("config", "check", str(tmp_path / "none.toml"), folder=tmp_path).returncode == 78


def test_what_cannot_be_reached_is_an_error(tmp_path: Path) -> None:
    text = TICKET + 'ca_file = "ca.pem"\n[procedure]\nfile = "own.toml"\n'
    ran = check("config", "check", written(tmp_path, text), folder=tmp_path)
    assert ran.returncode == 78
    first, second, third = ran.stderr.splitlines()
    assert first.startswith("deskready.toml: ticket.secret: secret:key: not found; put it in ")
    assert second == f"deskready.toml: ticket.ca_file: {tmp_path}/ca.pem: No such file or directory"
    assert third == f"deskready.toml: procedure: {tmp_path}/own.toml: No such file or directory"


def test_a_secret_that_can_be_had_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_text("s3cr3t-canary")
    (tmp_path / "secrets" / "key").chmod(0o644)
    path = written(tmp_path, TICKET)
    refused = check("config", "check", path, folder=tmp_path)
    assert (refused.returncode, "chmod 600" in refused.stderr) == (78, True)
    (tmp_path / "secrets" / "key").chmod(0o600)
    ran = check("config", "check", path, folder=tmp_path)
    assert ran.returncode == 0
    assert "s3cr3t" not in refused.stdout + refused.stderr + ran.stdout + ran.stderr


def test_a_broken_overlay_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "procedure.d").mkdir()
    (tmp_path / "procedure.d" / "own.toml").write_text("[nonsense]\n")
    ran = check("config", "check", written(tmp_path, ""), folder=tmp_path)
    assert ran.returncode == 78
    assert ran.stderr.startswith("deskready.toml: procedure: own.toml: ")


def test_a_warning_is_no_error(tmp_path: Path) -> None:
    text = '[[system]]\nname = "core"\nurl = "http://core.example.cn"\n'
    ran = check("config", "check", written(tmp_path, text), folder=tmp_path)
    assert ran.returncode == 0
    assert ran.stderr == "deskready.toml: warning: system[0].url: is not encrypted; https is safer\n"
