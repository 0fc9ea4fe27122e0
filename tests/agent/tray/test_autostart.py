import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import tree

from agent.tray import autostart

CLI = [sys.executable, "-m", "agent.cli.main"]


def run(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*CLI, "tray", *words],
        env={"HOME": str(home), "PATH": ""},
        cwd=tree.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_file_is_written_and_removed(tmp_path: Path) -> None:
    file = tmp_path / ".config/autostart/deskready-tray.desktop"
    made = run(tmp_path, "--install-autostart", "--state", "/var/desk 7", "--lang", "zh")
    assert (made.returncode, made.stdout.strip()) == (0, str(file))
    lines = file.read_text().splitlines()
    (command,) = [line.removeprefix("Exec=") for line in lines if line.startswith("Exec=")]
    assert shlex.split(command) == [*CLI, "tray", "--state", "/var/desk 7", "--lang", "zh"]
    assert lines[0] == "[Desktop Entry]"
    for _ in range(2):
        assert run(tmp_path, "--remove-autostart").returncode == 0
        assert not file.exists()


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("")
    refused = run(tmp_path, "--install-autostart")
    assert refused.returncode == 69
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/usr/bin/deskready", "/usr/bin/deskready"),
        ("a b", '"a b"'),
        ("50%", '"50%%"'),
        ('say "x"', '"say \\\\"x\\\\""'),
        ("$HOME`x`", '"\\\\$HOME\\\\`x\\\\`"'),
        ("a\\b", '"a\\\\\\\\b"'),
        ("", '""'),
    ],
)
def test_words_are_quoted_as_the_specification_wants(word: str, written: str) -> None:
    """Desktop Entry Specification 1.5, "The Exec key", its own example: a backslash becomes four."""
    assert f"Exec={written}" in autostart.entry([word]).splitlines()
