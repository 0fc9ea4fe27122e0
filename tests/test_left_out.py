"""What is not run is said, and in CI it is a failure."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tree

pytestmark = pytest.mark.slow  # each test runs pytest

SKIPS = """
import pytest

@pytest.mark.root
def test_as_root():
    pass

def test_without_a_server():
    pytest.skip("no server here")

def test_runs():
    pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Return a small suite with the project's own conftest."""
    shutil.copy(tree.ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_some.py").write_text(SKIPS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = root\n")
    return tmp_path


def run(suite: Path, *arguments: str, is_ci: bool, as_other_user: bool = False) -> tuple[int, str]:
    other = ["unshare", "--user"] if as_other_user and os.geteuid() == 0 else []
    argv = [*other, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    env = {**os.environ, "CI": "true" if is_ci else ""}
    done = subprocess.run(argv, cwd=suite, env=env, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def test_a_skip_is_listed_at_the_end(suite: Path) -> None:
    status, output = run(suite, is_ci=False)
    assert status == 0
    assert "LEFT OUT" in output
    assert "no server here" in output.rpartition("LEFT OUT")[2]


def test_a_skip_fails_in_ci(suite: Path) -> None:
    status, output = run(suite, is_ci=True)
    assert status == 1
    assert "CI may leave nothing out" in output


def test_a_run_without_skips_passes_in_ci(suite: Path) -> None:
    status, output = run(suite, "-k", "test_runs", is_ci=True)
    assert status == 0
    assert "LEFT OUT" not in output


def test_suites_for_root_are_left_out_for_other_users(suite: Path) -> None:
    status, output = run(suite, "-k", "as_root", is_ci=False, as_other_user=True)
    assert status == 0
    assert "1  needs root" in output
    status, _ = run(suite, "-k", "as_root", is_ci=True, as_other_user=True)
    assert status == 1


@pytest.mark.parametrize("ci", ["", "true"])
def test_a_missing_tool_is_said_and_fails_in_ci(ci: str, tmp_path: Path) -> None:
    """With nothing on the PATH but a shell's own needs, and no way to install."""
    for command in ("bash", "id"):
        (tmp_path / command).symlink_to(shutil.which(command) or "")
    text = (tree.ROOT / "tests" / "tools.sh").read_text()
    assert 'PATH="$PATH:' in text
    script = tmp_path / "tools.sh"
    script.write_text("\n".join(line for line in text.splitlines() if not line.startswith("PATH=")))
    env = {"PATH": str(tmp_path), "CI": ci}
    done = subprocess.run(["bash", script], env=env, capture_output=True, text=True, timeout=20, check=False)
    assert "LEFT OUT: scanners (no scanimage; Debian package sane-utils)" in done.stderr
    assert done.returncode == (1 if ci else 0)
