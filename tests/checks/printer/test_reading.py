"""Readings: recordings of real printers, few requests, and what is remembered between readings."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile_snmp
import printer_states
import pytest
import snmp_server
from printer_targets import NAMES, again, needs_recordings, printer

from checks.model import ProbeError
from checks.printer import mib, reading, survey
from checks.printer.facts import Reading
from config.devices import Printer

EXPECTED = snmp_server.REAL.parent / "expected"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with snmp_server.printers(snmp_server.REAL, extra=printer_states.recordings()) as port:
        yield port


@pytest.fixture(autouse=True)
def _first_contact() -> None:
    reading.forget()


@needs_recordings
@pytest.mark.parametrize("name", NAMES)
def test_few_requests(port: int, name: str) -> None:
    target = printer(port, name)
    first = reading.read(target)
    assert first.request_count <= 5
    steady = again(target)
    is_blank = name == "xerox_apeosport"  # nothing in it changes, so each reading is a first contact
    assert steady.request_count <= (5 if is_blank else 2)
    assert (steady.supplies, steady.trays, steady.errors) == (first.supplies, first.trays, first.errors)


@needs_recordings
@pytest.mark.parametrize("name", NAMES)
def test_v1_reads_the_same(port: int, name: str) -> None:
    old, new = (reading.read(printer(port, name, version)) for version in ("1", "2c"))
    for field in set(old.__struct_fields__) - {"read_s", "read_at", "request_count"}:
        assert getattr(old, field) == getattr(new, field), field


@needs_recordings
@pytest.mark.parametrize("name", NAMES)
def test_shares_are_those_that_another_poller_finds(port: int, name: str) -> None:
    """Only rows with a maximum above 0 and a level of 0 or more: the other one makes up the rest."""
    read = reading.read(printer(port, name))
    ours = {one.id: one.level.percent for one in read.supplies if one.level.percent is not None}
    theirs = _expected(EXPECTED / f"{name}.json")
    assert ours.keys() <= theirs.keys()
    for index, percent in ours.items():
        assert percent == pytest.approx(theirs[index], abs=1.0)


def _expected(path: Path) -> dict[str, float]:
    """Return the other poller's shares of supplies, by the printer's own index."""
    level = ".1.3.6.1.2.1.43.11.1.1.9."
    rows = json.loads(path.read_text()).get("printer-supplies", {}).get("discovery", {})
    return {
        row["supply_oid"].removeprefix(level): row["supply_current"]
        for row in rows.get("printer_supplies", ())
        if row["supply_oid"].startswith(level)
    }


@needs_recordings
def test_the_traits_of_real_printers(port: int) -> None:
    def levels(name: str) -> dict[str, tuple[str, float | None]]:
        read = reading.read(printer(port, name))
        return {one.id: (one.level.state, one.level.percent) for one in read.supplies}

    assert levels("brother") == {"1.1": ("some", None), "1.2": ("percent", 95.8)}
    assert levels("sharp_mxm266nv")["1.3"] == ("count", None)  # 9 of "unknown"
    assert levels("sharp_mxm266nv")["1.5"] == ("unknown", None)
    assert set(levels("fujifilmprinter_c7580")) >= {"1.9", "1.30", "1.31"}
    assert levels("xerox_apeosport") == {}
    assert reading.read(printer(port, "samsungprinter_m4080fx")).errors == ("lowPaper",)
    assert reading.read(printer(port, "sharp_mxm266nv")).model == "SHARP MX-M266NV"  # of eight devices
    assert reading.read(printer(port, "fujifilmprinter_c7580")).errors is None


def test_one_request_while_all_is_well(port: int) -> None:
    target = printer(port, "ready")
    first = reading.read(target)
    assert (first.model, first.serial, first.page_count) == ("Synthetic C100", "SYN0001", 4321)
    assert first.request_count <= 5
    assert again(target).request_count == 1
    assert again(printer(port, "jam")).request_count <= 5
    assert again(printer(port, "jam")).request_count == 2


def test_a_round_of_checks_shares_one_reading(port: int) -> None:
    target = printer(port, "ready")
    found: list[Reading] = []
    threads = [threading.Thread(target=lambda: found.append(reading.read(target))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1
    assert len(found) == 8
    assert again(target) is not found[0]


def test_a_reading_is_shared_for_five_seconds_only(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    target = printer(port, "ready")
    first = reading.read(target)
    assert reading.read(target) is first
    monkeypatch.setattr(reading, "SHARED_S", 0.0)
    assert reading.read(target) is not first


def test_a_failure_is_shared_too() -> None:
    with hostile_snmp.responder() as port:
        target = printer(port, "silence")
        started_s = time.monotonic()
        for _ in range(4):
            with pytest.raises(ProbeError, match=r"^snmp\.timeout$"):
                reading.read(target)
        assert time.monotonic() - started_s < 2.5


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PRINTERS", 3)
    for number in range(9):
        reading._memory(printer(161, str(number)))
    assert [snmp.community for *_, snmp in reading._memories] == ["6", "7", "8"]


def test_what_cannot_be_read() -> None:
    with pytest.raises(ProbeError, match=r"^printer\.not_on_network$"):
        reading.read(Printer(name="usb", queue="usb"))


def read_in_turn(*states: dict[str, str]) -> list[Reading]:
    """Read one printer in several states, each after the other."""
    port = snmp_server.free_port()
    target = printer(port, "x")
    found = []
    for state in states:
        text = snmp_server.overlay(printer_states.BASE, state)
        with snmp_server.printers(extra={"x": text}, port=port):
            found.append(again(target))
    return found


def level_of(read: Reading, row: int) -> tuple[str, float | None]:
    level = next(one.level for one in read.supplies if one.row == row)
    return level.state, level.percent


def test_a_new_cartridge_of_another_size_is_found() -> None:
    old = dict(printer_states.supply(1, 100, 1000))
    new = dict(printer_states.supply(1, 2500, 3000, name="Toner K XL"))
    before, after = read_in_turn(old, new)
    assert level_of(before, 1) == ("percent", 10.0)
    assert level_of(after, 1) == ("percent", 83.3)
    assert after.supplies[0].name == "Toner K XL"


def test_a_new_cartridge_would_be_misread_without_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: against the old capacity the new level is no share at all."""
    monkeypatch.setattr(survey, "_has_new_cartridge", lambda *_: False)
    old = dict(printer_states.supply(1, 100, 1000))
    new = dict(printer_states.supply(1, 2500, 3000))
    assert level_of(read_in_turn(old, new)[1], 1) == ("invalid", None)


def test_a_restart_is_a_first_contact() -> None:
    changed = {printer_states.UP_TIME: "67|500", **printer_states.supply(1, 70, 140)}
    before, after = read_in_turn({}, changed)
    assert level_of(before, 1) == ("percent", 80.0)
    assert level_of(after, 1) == ("percent", 50.0)
    assert after.request_count > 2


def test_without_a_restart_capacities_are_remembered() -> None:
    """Negative control for the restart: uptime went on, so the capacity is taken for the old one."""
    changed = {printer_states.UP_TIME: "67|9234500", **printer_states.supply(1, 70, 140)}
    assert level_of(read_in_turn({}, changed)[1], 1) == ("percent", 70.0)


def test_a_supply_that_vanished_is_no_longer_told() -> None:
    column = "1.3.6.1.2.1.43.11.1.1"
    gone = {f"{column}.{number}.2.4": "" for number in range(2, 10)}
    before, after = read_in_turn({}, gone)
    assert len(before.supplies) - len(after.supplies) == 1


def test_the_last_known_level_stands_in_for_unknown_with_its_age() -> None:
    before, asleep = read_in_turn({}, dict(printer_states.supply(2, -2)))
    assert level_of(before, 2) == level_of(asleep, 2) == ("percent", 60.0)
    assert asleep.supplies[1].level_age_s > 0
    assert before.supplies[1].level_age_s == 0


def test_an_old_level_does_not_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LEVEL_KEPT_S", 0.0)
    assert level_of(read_in_turn({}, dict(printer_states.supply(2, -2)))[1], 2) == ("unknown", None)


def test_an_alert_is_read_when_the_counter_moves_and_until_it_is_gone() -> None:
    warning = printer_states.alert(1104, printer_states.SUPPLY, 3, severity=4)
    moved = {"1.3.6.1.2.1.43.5.1.1.19.2": "65|8"}
    quiet, told, still, over, calm = read_in_turn(
        {}, {**warning, **moved}, {**warning, **moved}, moved, moved
    )
    assert [len(one.alerts) for one in (quiet, told, still, over, calm)] == [0, 1, 1, 0, 0]
    assert [one.request_count for one in (told, still, over, calm)] == [2, 2, 2, 1]


def test_a_printer_row_below_the_first_four() -> None:
    cells: dict[tuple[int, ...], Any] = {
        **{(*mib.HR_DEVICE_TYPE, row): (1, 3, 6, 1, 2, 1, 25, 3, 1, 4) for row in range(1, 5)},
        (*mib.HR_PRINTER_ERRORS, 9): b"\0",
    }
    assert survey._printer_row(cells) == (9,)
    cells[*mib.HR_DEVICE_TYPE, 3] = mib.HR_DEVICE_PRINTER
    assert survey._printer_row(cells) == (3,)
    assert survey._printer_row({}) == ()


def test_alerts_without_anything_in_them_are_left_out(port: int) -> None:
    assert reading.read(printer(port, "blank_alerts")).alerts == ()
    assert len(reading.read(printer(port, "jam")).alerts) == 1


def test_chinese_from_the_wire(port: int) -> None:
    assert reading.read(printer(port, "chinese_gbk")).trays[0].name == "下纸盒"
    assert reading.read(printer(port, "asleep_display")).console == "休眠"
