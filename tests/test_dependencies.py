"""What is installed is what was locked, and nothing that is known to be harmful."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import locks
import pytest
import tree
from packaging.version import Version

LOCKS = ("run", "dev", "snmpsim", "bench")
# The lowest version that may be installed, and why. Audit tools need an online service, so this is ours.
FLOORS = {
    "cryptography": "44.0.1",  # older wheels hold an OpenSSL with a man-in-the-middle fault
    "jinja2": "3.1.6",  # sandbox escape
    "pyasn1": "0.6.4",  # five denial-of-service faults in decoding
    "pysnmp": "7.1.30",  # the first that asks for that pyasn1
    "requests": "2.32.4",  # .netrc secrets sent to the wrong host
    "setuptools": "78.1.1",  # writes outside its folder
    "urllib3": "2.6.3",  # unbounded decompression
}
# They install over `pysnmp` and pin nothing.
NEVER = {"pysnmp-lextudio", "pysmi-lextudio", "pyasn1-modules-lextudio", "snmpsim-lextudio", "snmpsim-data"}


def harmful(locked: Mapping[str, locks.Locked]) -> Iterator[str]:
    """Yield packages that must not be there, or not so old."""
    for package in locked.values():
        if package.name in NEVER:
            yield f"{package.name} must never be installed"
        if Version(package.version) < Version(FLOORS.get(package.name, "0")):
            yield f"{package.name} {package.version} is older than {FLOORS[package.name]}"


@pytest.mark.parametrize("name", LOCKS)
def test_no_harmful_package_is_locked(name: str) -> None:
    assert list(harmful(locks.read(name))) == []


def test_the_list_of_harmful_packages_bites() -> None:
    assert len(list(harmful(locks.parse("pyasn1==0.6.1\npysnmp-lextudio==6.2.1\nschedule==1.2.2")))) == 2


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name: str) -> None:
    locked = locks.read(name)
    assert len(locked) > 5
    assert [package.name for package in locked.values() if not package.hashes] == []


def test_an_open_version_is_not_a_lock() -> None:
    with pytest.raises(ValueError, match="not pinned"):
        locks.parse("schedule>=1.2")


@pytest.mark.parametrize("group", [("run", "build"), ("dev", "run", "build"), ("snmpsim",), ("bench",)])
def test_the_lock_has_what_the_project_asks_for(group: tuple[str, ...]) -> None:
    locked = locks.read(group[0])
    for wanted in locks.declared(*group):
        assert wanted.name in locked, f"{wanted.name}: run make lock"
        assert wanted.specifier.contains(locked[wanted.name].version), f"{wanted}: run make lock"


def test_the_tests_run_with_the_versions_that_users_get() -> None:
    run, dev = locks.read("run"), locks.read("dev")
    assert {name: dev.get(name) for name in run} == run


@pytest.mark.slow
def test_a_tampered_hash_does_not_install(tmp_path: Path) -> None:
    wanted = locks.read("run")["schedule"]
    assert _install(tmp_path / "true", wanted.hashes).returncode == 0
    tampered = [_flipped(one) for one in wanted.hashes]
    refused = _install(tmp_path / "tampered", tampered)
    assert refused.returncode != 0
    assert "DO NOT MATCH" in refused.stderr
    assert _installed(tmp_path / "true") == ["schedule"]
    assert _installed(tmp_path / "tampered") == []


def _install(folder: Path, hashes: tuple[str, ...] | list[str]) -> "subprocess.CompletedProcess[str]":
    """Let the project's own make target install one package that has these hashes."""
    (folder / "requirements").mkdir(parents=True)
    (folder / "packaging").mkdir()
    shutil.copy(tree.ROOT / "Makefile", folder)
    shutil.copy(tree.ROOT / "packaging" / "make-venv.sh", folder / "packaging")
    text = " ".join(
        [f"schedule=={locks.read('run')['schedule'].version}", *(f"--hash=sha256:{one}" for one in hashes)]
    )
    (folder / "requirements" / "run.txt").write_text(text)
    argv = ["make", f"PYTHON={sys.executable}", ".venv/.run"]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=100, check=False)


def _flipped(hash_text: str) -> str:
    return re.sub(r"^.", lambda first: "0" if first[0] != "0" else "1", hash_text)


def _installed(folder: Path) -> list[str]:
    return [path.name for path in folder.glob(".venv/lib/python*/site-packages/schedule")]
