"""deskready as a user gets it: built from this checkout and installed in an environment of its own.

An editable install, or the one of the developers, would be measured with what tests bring along.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("agent", "checks", "config")
FILES = ("pyproject.toml", "README.md", "LICENSE")
_PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install")
_BUILD_S = 300.0


def install(folder: Path) -> Path:
    """Install deskready and what it needs under `folder`; return the environment. Raises RuntimeError."""
    source, environment = folder / "source", folder / "environment"
    _copy(source)
    subprocess.run([sys.executable, "-m", "venv", environment], check=True, timeout=_BUILD_S)
    pip = [str(environment / "bin/python"), *_PIP]
    for words in (
        ["--require-hashes", "-r", str(ROOT / "requirements/run.txt")],
        ["--no-deps", "--no-build-isolation", str(source)],
    ):
        done = subprocess.run([*pip, *words], capture_output=True, check=False, timeout=_BUILD_S, cwd=folder)
        if done.returncode:
            raise RuntimeError(f"pip: {done.stderr.decode()[-2000:]}")
    return environment


def version() -> str:
    """Return the commit that is measured, "+" behind it where the program differs from it."""
    changed = _git("status", "--porcelain", "--", *PACKAGES)
    return _git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def _copy(source: Path) -> None:
    """Copy what the build needs, so that it leaves nothing behind in the checkout."""
    source.mkdir()
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, source)


def _git(*words: str) -> str:
    argv = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), *words]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    return done.stdout.strip()
