"""Scanners: SANE's own test device, and a scanimage of ours that hangs, floods and lies."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from controls import until

from checks.model import NoParams, ProbeError
from checks.scanner import present as scanner
from config.devices import Scanner

needs_sane = pytest.mark.skipif(
    shutil.which("scanimage") is None or not Path("/etc/sane.d").is_dir(), reason="needs sane-utils"
)
Script = Callable[[str], None]
NAME = "epjitsu:libusb:001:004"


@pytest.fixture
def sane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """SANE with its test back end alone, two devices."""
    folder = tmp_path / "sane.d"
    shutil.copytree("/etc/sane.d", folder)
    (folder / "dll.conf").write_text("test\n")
    shutil.rmtree(folder / "dll.d", ignore_errors=True)
    monkeypatch.setenv("SANE_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture
def scanimage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Put a shell script in scanimage's place and the time limits within a test's patience."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(scanner, "_FIRST_TRY_S", 0.4)
    monkeypatch.setattr(scanner, "_LIMIT_S", 1.0)

    def write(body: str) -> None:
        path = tmp_path / "scanimage"
        path.write_text(f"#!/bin/sh\ncd {tmp_path}\n{body}\n")
        path.chmod(0o755)

    return write


def probe(name: str = NAME) -> scanner.Facts:
    return scanner.probe(Scanner(name="front", sane=name), NoParams())


def codes(facts: scanner.Facts) -> list[str]:
    return [one.code for one in scanner.judge(facts, NoParams())]


@needs_sane
@pytest.mark.usefixtures("sane")
def test_a_scanner_that_is_there() -> None:
    facts = probe("test:0")
    assert facts == scanner.Facts(found=True, driver="test", busy=False, has_new_address=False)
    assert codes(facts) == []


@needs_sane
@pytest.mark.usefixtures("sane")
@pytest.mark.parametrize("name", ["test:9", "nosuch:0", "-h"])
def test_a_scanner_that_is_not_there(name: str) -> None:
    assert codes(probe(name)) == ["SCN_MISSING"]


@needs_sane
def test_a_scanner_that_goes_away(sane: Path) -> None:
    assert codes(probe("test:1")) == []
    (sane / "test.conf").write_text("number_of_devices 1\n")
    assert codes(probe("test:1")) == ["SCN_MISSING"]
    assert codes(probe("test:0")) == []


@needs_sane
def test_scanners_that_the_os_knows(sane: Path) -> None:
    found = scanner.scanners_of_os()
    assert [(one.device_id, one.sane) for one in found] == [
        ("scanner:test-1", "test:0"),
        ("scanner:test-2", "test:1"),
    ]
    assert "frontend-tester" in found[0].place
    (sane / "dll.conf").write_text("")
    assert scanner.scanners_of_os() == ()


def test_a_hang_is_tried_once_more(scanimage: Script, tmp_path: Path) -> None:
    scanimage("test -e second || { touch second; sleep 60; }")
    assert probe().found
    assert (tmp_path / "second").exists()


def test_two_hangs_are_no_verdict_and_leave_nothing(scanimage: Script, tmp_path: Path) -> None:
    scanimage("sleep 60 & echo $! >> children; wait")
    started_s = time.monotonic()
    with pytest.raises(ProbeError, match=r"scanner\.hung"):
        probe()
    assert time.monotonic() - started_s < 3
    children = (tmp_path / "children").read_text().split()
    assert len(children) == 2
    until(lambda: not any(map(is_running, children)))  # killed already; the kernel takes a moment to end them


def is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Access to resource has been denied", "scanner.not_permitted"),
        ("Error during device I/O", "scanner.not_opened"),
    ],
)
def test_a_listed_scanner_that_does_not_open_is_no_verdict(scanimage: Script, text: str, reason: str) -> None:
    scanimage(
        f'[ "$1" = -f ] && {{ echo "{NAME}|Fuji|S1500|x"; exit 0; }}\n'
        f'echo "scanimage: open of device x failed: {text}" >&2; exit 1'
    )
    with pytest.raises(ProbeError, match=reason.replace(".", r"\.")):
        probe()


def test_a_busy_scanner_is_there(scanimage: Script) -> None:
    scanimage("echo 'scanimage: open of device x failed: Device busy' >&2; exit 1")
    facts = probe()
    assert facts.busy
    assert codes(facts) == []


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("epjitsu:libusb:001:009", []),
        ("fujitsu:libusb:001:009", ["SCN_MISSING"]),
        ("v4l:/dev/video0", ["SCN_MISSING"]),
    ],
)
def test_a_scanner_plugged_in_again_has_a_new_address(
    scanimage: Script, listed: str, expected: list[str]
) -> None:
    failure = "echo 'scanimage: open of device x failed: Invalid argument' >&2; exit 1"
    scanimage(f'[ "$1" = -f ] && {{ echo "{listed}|Fujitsu|S1300|scanner"; exit 0; }}; {failure}')
    facts = probe()
    assert codes(facts) == expected
    assert facts.has_new_address is not bool(expected)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("kill -SEGV $$", r"scanner\.not_opened"),
        ("echo 'unrecognized option' >&2; exit 1", r"scanner\.not_opened"),
        ("yes >&2", r"tool\.flood"),
        (
            '[ "$1" = -f ] && exit 3; echo "open of device x failed: Invalid argument" >&2; exit 1',
            r"scanner\.not_listed",
        ),
    ],
)
def test_a_tool_that_fails_is_no_verdict(scanimage: Script, body: str, reason: str) -> None:
    scanimage(body)
    with pytest.raises(ProbeError, match=reason):
        probe()


def test_names_from_the_listing_are_cleaned(scanimage: Script) -> None:
    scanimage(r"printf 'Näme:1|Ven\033[31mdor|Mödel|x\nbad\001name|a|b|c\nshort|line\n'")
    (one,) = scanner.scanners_of_os()
    assert (one.name, one.sane) == ("n-me-1", "Näme:1")
    assert one.place.isprintable()
    assert one.place.endswith("dor Mödel")


def test_no_tool_and_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ProbeError, match=r"tool\.missing"):
        probe()
    for target, reason in (
        (Scanner(name="front", wia="Front"), "scanner.wia_not_built"),
        (Scanner(name="front"), "scanner.not_named"),
    ):
        with pytest.raises(ProbeError, match=reason.replace(".", r"\.")):
            scanner.probe(target, NoParams())
