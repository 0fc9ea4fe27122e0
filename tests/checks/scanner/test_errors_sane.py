"""SANE's test device in all its faults, through the real scanimage, which hangs now and then by itself."""

import shutil
from pathlib import Path

import pytest

from checks.model import ProbeError
from checks.scanner import errors, present
from config.devices import Scanner

pytestmark = pytest.mark.skipif(
    shutil.which("scanimage") is None or not Path("/etc/sane.d").is_dir(), reason="needs sane-utils"
)
FAULTS = {
    "Default": "",
    "SANE_STATUS_UNSUPPORTED": "refused",
    "SANE_STATUS_CANCELLED": "aborted",
    "SANE_STATUS_INVAL": "refused",
    "SANE_STATUS_EOF": "truncated",
    "SANE_STATUS_JAMMED": "jam",
    "SANE_STATUS_COVER_OPEN": "cover_open",
    "SANE_STATUS_IO_ERROR": "io",
    "SANE_STATUS_NO_MEM": "io",
    "SANE_STATUS_DEVICE_BUSY": "",
    "SANE_STATUS_NO_DOCS": "",
}


@pytest.fixture(autouse=True)
def _sane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "sane.d"
    shutil.copytree("/etc/sane.d", folder)
    (folder / "dll.conf").write_text("test\n")
    shutil.rmtree(folder / "dll.d", ignore_errors=True)
    monkeypatch.setenv("SANE_CONFIG_DIR", str(folder))
    errors._scanned_s.clear()


def look(monkeypatch: pytest.MonkeyPatch, *options: str, name: str = "test:0") -> errors.Facts:
    monkeypatch.setattr(errors, "_SMALL", [*options, *errors._SMALL])
    return errors.probe(Scanner(name="front", sane=name), errors.Params())


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    facts = look(monkeypatch, "--read-return-value", fault)
    assert facts.error == FAULTS[fault]
    assert (facts.scanned_age_s is not None) == (fault == "Default")


def test_a_denied_device_and_one_that_is_gone_are_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProbeError, match=r"scanner\.not_permitted"):
        look(monkeypatch, "--read-return-value", "SANE_STATUS_ACCESS_DENIED")
    with pytest.raises(ProbeError, match=r"scanner\.not_reached"):
        look(monkeypatch, name="test:9")


def test_a_slow_scan_is_waited_for_and_one_that_hangs_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = ["--read-delay=yes", "--read-delay-duration", "200000"]
    assert look(monkeypatch, *slow).error == ""
    errors._scanned_s.clear()
    monkeypatch.setattr(errors, "_SANE_LIMIT_S", 1.0)
    monkeypatch.setattr(errors, "_SMALL", ["--resolution", "300", "-x", "200", "-y", "200"])
    with pytest.raises(ProbeError, match=r"scanner\.hung"):
        look(monkeypatch, *slow)


def test_between_two_scans_it_is_opened_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look(monkeypatch).error == ""
    monkeypatch.setattr(present, "scanimage", lambda *_, **__: pytest.fail("scanned again"))
    monkeypatch.setattr(present, "opened", lambda _name: (True, False))
    assert look(monkeypatch).error == ""
    monkeypatch.setattr(present, "opened", lambda _name: (False, False))
    with pytest.raises(ProbeError, match=r"scanner\.not_reached"):
        look(monkeypatch)


@pytest.mark.slow
def test_sixty_jams_give_no_wrong_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """scanimage itself hangs in some of these; the second try, or "not known", is all that may come of it."""
    seen = []
    for _ in range(60):
        try:
            seen.append(look(monkeypatch, "--read-return-value", "SANE_STATUS_JAMMED").error)
        except ProbeError as error:
            seen.append(error.code)
    assert set(seen) <= {"jam", "scanner.hung"}
    assert seen.count("jam") >= 50


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (b"P5\n2 2\n255\n1234", ""),
        (b"P5\n# SANE data follows\n2 2\n255\n1234", ""),
        (b"P5\n2 2\n255\n123", "truncated"),
        (b"P6\n1 1\n255\n123", ""),
        (b"P5\n1 1\n65535\n12", ""),
        (b"P4\n9 1\n12", ""),
        (b"P5\n0 2\n255\n", "no_image"),
        (b"", "no_image"),
        (b"GIF", "no_image"),
    ],
)
def test_pictures(image: bytes, code: str) -> None:
    assert errors.picture_error(image) == code
