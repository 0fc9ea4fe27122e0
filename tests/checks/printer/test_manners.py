"""Devices that answer only when they are asked their way: found out once, and remembered."""

from collections.abc import Iterator

import picky_snmp
import printer_states
import pytest
import snmp_server
from picky_snmp import BULK, GET, NEXT, Question
from printer_targets import NAMES, again, needs_recordings, printer

from checks.model import ProbeError
from checks.printer import reading
from checks.printer.facts import Reading

MOST_BYTES = 1472  # of one reply: an Ethernet frame without IP and UDP headers


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with snmp_server.printers(snmp_server.REAL, extra=printer_states.recordings()) as port:
        yield port


@pytest.fixture(autouse=True)
def _first_contact() -> None:
    reading.forget()


def _facts(read: Reading) -> tuple[object, ...]:
    return (read.model, read.serial, read.device_status, read.errors, read.supplies, read.trays, read.alerts)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(lambda asked: asked.version == 0, id="version 1 only"),
        pytest.param(lambda asked: asked.kind != BULK, id="no bulk"),
        pytest.param(lambda asked: asked.rows <= 2, id="two rows"),
    ],
)
def test_what_a_silent_device_wants_is_found_out_once(port: int, answers: object) -> None:
    plain = _facts(reading.read(printer(port, "jam")))
    with picky_snmp.relay(port, answers) as device:  # type: ignore[arg-type]
        target = printer(device.port, "jam")
        assert _facts(reading.read(target)) == plain
        unanswered = device.unanswered
        assert 1 <= unanswered <= 3
        assert _facts(again(target)) == plain
        reading._memory(target).snmp.discovered_s = float("-inf")
        assert _facts(again(target)) == plain
        assert device.unanswered == unanswered


def test_what_is_not_remembered_is_found_out_again(port: int) -> None:
    """Negative control: without its manners the device is asked in vain once more."""
    with picky_snmp.relay(port, lambda asked: asked.version == 0) as device:
        target = printer(device.port, "ready")
        reading.read(target)
        unanswered = device.unanswered
        reading._memory(target).snmp.manners = None
        reading._memory(target).snmp.discovered_s = float("-inf")
        again(target)
        assert device.unanswered > unanswered


def test_a_device_that_refuses_bulk_is_asked_row_by_row(port: int) -> None:
    plain = _facts(reading.read(printer(port, "ready")))
    refuses = picky_snmp.relay(port, lambda asked: asked.kind != BULK, refusal=picky_snmp.GEN_ERR)
    with refuses as device:
        assert _facts(reading.read(printer(device.port, "ready"))) == plain
        assert device.unanswered == 1
        assert {asked.kind for asked in device.questions[1:]} == {NEXT}


@pytest.mark.parametrize("most_bytes", [484, 700, 800])
def test_a_device_with_little_room_is_asked_for_less(port: int, most_bytes: int) -> None:
    """484 bytes are what every agent must be able to send (RFC 3417)."""
    plain = _facts(reading.read(printer(port, "jam")))
    with picky_snmp.relay(port, most_bytes=most_bytes) as device:
        target = printer(device.port, "jam")
        assert _facts(reading.read(target)) == plain
        assert max(device.replies) <= most_bytes
        refused = device.unanswered
        reading._memory(target).snmp.discovered_s = float("-inf")
        again(target)
        assert device.unanswered - refused < refused  # it is asked for less from the start


def test_a_device_that_loses_long_questions(port: int) -> None:
    plain = _facts(reading.read(printer(port, "ready")))
    with picky_snmp.relay(port, lambda asked: asked.kind != GET or asked.names <= 10) as device:
        target = printer(device.port, "ready")
        reading.read(target)
        assert _facts(again(target)) == plain
        unanswered = device.unanswered
        assert unanswered > 0
        assert _facts(again(target)) == plain
        assert device.unanswered == unanswered


def test_a_device_that_was_replaced_is_asked_anew(port: int) -> None:
    """First one that knows version 1 only, then silence, then one that knows no version 1."""
    wanted = [0]

    def answers(asked: Question) -> bool:
        return asked.version in wanted

    with picky_snmp.relay(port, answers) as device:
        target = printer(device.port, "ready")
        reading.read(target)
        wanted[:] = [1]
        with pytest.raises(ProbeError, match=r"^snmp\.timeout$"):
            again(target)
        assert again(target).device_status == "running"


@needs_recordings
@pytest.mark.parametrize("name", [*NAMES, "ready", "jam"])
def test_no_reply_is_longer_than_a_frame(port: int, name: str) -> None:
    with picky_snmp.relay(port) as device:
        target = printer(device.port, name)
        reading.read(target)
        again(target)
        assert max(device.replies) <= MOST_BYTES
