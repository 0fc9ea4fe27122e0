"""A network scanner in every state, also in those in which it lies."""

import tracemalloc
from collections.abc import Iterator

import escl_fake
import msgspec
import pytest

from checks.io import http, xml
from checks.model import NoParams, ProbeError
from checks.scanner import errors, escl, present
from config.devices import Scanner


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[escl_fake.Scanner]:
    errors._scanned_s.clear()
    monkeypatch.setattr(errors, "_JAM_AGAIN_S", 0.05)
    monkeypatch.setattr(escl, "_POLL_S", 0.01)
    with escl_fake.scanner() as server:
        yield server


def target(device: escl_fake.Scanner) -> Scanner:
    return Scanner(name="front", escl=device.url)


def error(device: escl_fake.Scanner) -> str:
    return errors.probe(target(device), errors.Params()).error


def test_a_good_scanner_is_found_and_scans_once_a_day(device: escl_fake.Scanner) -> None:
    assert present.probe(target(device), NoParams()) == present.Facts(True, "escl", False, False)
    assert device.asked == ["GET /eSCL/ScannerStatus"]
    facts = errors.probe(target(device), errors.Params())
    assert (facts.error, facts.scanned_age_s is not None) == ("", True)
    assert device.asked.count("POST /eSCL/ScanJobs") == 1
    assert error(device) == ""
    assert device.asked.count("POST /eSCL/ScanJobs") == 1


def test_the_scan_is_the_smallest_that_makes_sense(device: escl_fake.Scanner) -> None:
    assert escl.glass(device.url) == escl.Glass(300, 300, 75, "Grayscale8")
    device.capabilities = escl_fake.CAPABILITIES.replace(">75<", ">1<").encode()
    assert escl.glass(device.url) == escl.Glass(300, 300, 300, "Grayscale8")


def test_after_a_failed_scan_every_run_scans(device: escl_fake.Scanner) -> None:
    device.images = [(200, b""), (200, b""), (200, escl_fake.JPEG)]
    assert [error(device) for _ in range(4)] == ["no_image", "no_image", "", ""]
    assert device.asked.count("POST /eSCL/ScanJobs") == 3


@pytest.mark.parametrize("adf", escl.ADF_STATES)
def test_every_fault_of_the_feeder(device: escl_fake.Scanner, adf: str) -> None:
    device.adf = [adf]
    assert error(device) == escl.ADF_STATES[adf]
    assert present.probe(target(device), NoParams()).found


@pytest.mark.parametrize("adf", ["ScannerAdfProcessing", "ScannerAdfEmpty", "ScannerAdfLoaded", ""])
def test_states_of_the_feeder_that_are_no_fault(device: escl_fake.Scanner, adf: str) -> None:
    device.adf = [adf]
    assert error(device) == ""


def test_a_jam_that_is_seen_once_is_none(device: escl_fake.Scanner) -> None:
    device.adf = ["ScannerAdfJam", "ScannerAdfEmpty"]
    assert error(device) == ""
    device.adf = ["ScannerAdfJam", "ScannerAdfJam", "ScannerAdfEmpty"]
    assert error(device) == "jam"


@pytest.mark.parametrize(("state", "code"), [("Stopped", "stopped"), ("Down", "stopped"), ("Idle", "")])
def test_states_of_the_scanner(device: escl_fake.Scanner, state: str, code: str) -> None:
    device.state = state
    assert error(device) == code


@pytest.mark.parametrize("state", ["Processing", "Testing"])
def test_a_scanner_in_use_is_left_alone(device: escl_fake.Scanner, state: str) -> None:
    device.state = state
    assert error(device) == ""
    assert present.probe(target(device), NoParams()).busy
    assert "POST /eSCL/ScanJobs" not in device.asked
    device.state, device.status_code = "Idle", 503
    assert error(device) == ""
    assert present.probe(target(device), NoParams()) == present.Facts(True, "escl", True, False)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"images": [(200, b"")]}, "no_image"),  # "Idle", 200 and 0 bytes: what a real jam looked like
        ({"images": [(404, b"")]}, "no_image"),
        ({"images": [(200, escl_fake.JPEG[:-20])]}, "truncated"),
        ({"images": [(200, b"<html>login</html>")]}, "truncated"),
        ({"images": [(200, b"\xff\xd8\xff" + bytes(40) + b"\xff\xd9")]}, "truncated"),  # no frame in it
        ({"job": "Aborted"}, "aborted"),
        ({"job_code": 500}, "refused"),
        ({"location": ""}, "refused"),
        ({"job_code": 503}, ""),
        ({"images": [(503, b""), (503, b""), (200, escl_fake.JPEG)]}, ""),
        ({"location": "http://scanner.local/eSCL/ScanJobs/7"}, ""),  # it names itself by another name
        ({"adf": ["ScannerAdfEmpty", "ScannerAdfJam"], "images": [(200, b"")]}, "jam"),
        ({"capabilities": escl_fake.NO_PLATEN.encode()}, ""),
    ],
)
def test_what_a_scan_comes_to(device: escl_fake.Scanner, changes: dict[str, object], code: str) -> None:
    for name, value in changes.items():
        setattr(device, name, value)
    assert error(device) == code
    if device.capabilities != escl_fake.CAPABILITIES.encode():
        assert "POST /eSCL/ScanJobs" not in device.asked


BOMB = (
    b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">"""
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(20))
    + b"]><scan>&u;</scan>"
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (BOMB, "xml.unreadable"),
        (b"<a>" * 10_000, "xml.unreadable"),
        (b"<a>" * 30 + b"</a>" * 30, "xml.unreadable"),
        (b"not xml", "xml.unreadable"),
        (b"", "xml.unreadable"),
        (b"\xff\xfe\x00", "xml.unreadable"),
        (b"<html/>", "escl.unreadable"),
        (b"<ScannerStatus>" + b" " * 200_000_000 + b"</ScannerStatus>", "xml.unreadable"),
    ],
)
def test_an_answer_that_makes_no_sense_is_no_verdict(
    device: escl_fake.Scanner, content: bytes, code: str
) -> None:
    device.raw_status = content
    tracemalloc.start()
    with pytest.raises(ProbeError) as caught:
        error(device)
    assert caught.value.code == code
    assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    tracemalloc.stop()
    with pytest.raises(ProbeError):
        present.probe(target(device), NoParams())


def test_the_bomb_is_one_where_nothing_refuses_it() -> None:
    """A parser that takes document types would expand the same text."""
    assert b"&u;" in BOMB
    small = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with pytest.raises(ProbeError):
        xml.parse(small)
    assert xml.parse(small.replace(b"&b;", b"b").partition(b"]>")[2]).text == "b"


def test_a_scanner_that_is_gone() -> None:
    gone = Scanner(name="front", escl="http://127.0.0.1:1/eSCL")
    facts = present.probe(gone, NoParams())
    assert [one.code for one in present.judge(facts, NoParams())] == ["SCN_MISSING"]
    with pytest.raises(ProbeError, match=r"scanner\.not_reached"):
        errors.probe(gone, errors.Params())


def test_a_page_larger_than_a_corner_is_no_verdict(device: escl_fake.Scanner) -> None:
    device.images = [(200, b"\xff\xd8\xff" + bytes(http.MAX_BODY_BYTES))]
    with pytest.raises(ProbeError, match=r"escl\.unreadable"):
        error(device)


def test_errors_in_a_row_and_in_a_day() -> None:
    def facts(at_s: float, code: str = "") -> errors.Facts:
        return errors.Facts(code, code, int(bool(code)), int(bool(code)), None, at_s)

    def codes(one: errors.Facts) -> list[tuple[object, bool]]:
        return [(f.values["error"], f.is_warning) for f in errors.judge(one, errors.Params())]

    first = errors.carry(None, facts(0, "jam"))
    second = errors.carry(first, facts(300, "io"))
    third = errors.carry(second, facts(600))
    assert [codes(one) for one in (first, second, third)] == [[("jam", True)], [("io", False)], []]
    assert (third.errors_24h, third.last_error, third.errors_in_a_row) == (2, "io", 0)
    later = errors.carry(third, facts(87_000))
    assert (later.errors_24h, later.last_error) == (0, "")
    assert msgspec.convert(msgspec.to_builtins(later), errors.Facts) == later
