"""Every state of a printer, over the wire, through probe, carry and judge of the four checks."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
import printer_states
import pytest
import snmp_server

from checks.model import AnyCheck, Finding, ProbeError
from checks.printer import paper, reachable, reading, status, supplies
from config.devices import Printer, Snmp

CHECKS: dict[str, AnyCheck] = {
    "reachable": reachable.CHECK,
    "status": status.CHECK,
    "paper": paper.CHECK,
    "supplies": supplies.CHECK,
}
TONER = {"days_left": None, "kind": "toner"}
C, K, M, Y = ({"color": name, "colour": name} for name in ("cyan", "black", "magenta", "yellow"))
PART: dict[str, Any] = {"color": None, "colour": None, "days_left": None, "percent": None}
NOBODY = {"color": None, "colour": None}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with snmp_server.printers(extra=printer_states.recordings()) as port:
        yield port


def found(
    port: int, state: str, version: Literal["1", "2c"] = "2c"
) -> dict[str, list[tuple[str, dict[str, Any]]] | str]:
    """Judge a state by all four checks: check → findings, or the reason why nothing is known."""
    target = Printer(name="a", host="127.0.0.1", snmp=Snmp(version=version, community=state, port=port))
    answers: dict[str, list[tuple[str, dict[str, Any]]] | str] = {}
    for name, check in CHECKS.items():
        try:
            facts = check.carry(None, check.probe(target, check.params()))
        except ProbeError as error:
            answers[name] = error.code
            continue
        findings = list(check.judge(facts, check.params()))
        assert all(set(check.faults[one.code]) == set(one.values) for one in findings)
        assert msgspec.json.decode(msgspec.json.encode(facts), type=check.facts) == facts
        answers[name] = [(one.code, dict(one.values)) for one in findings]
    return {name: answer for name, answer in answers.items() if answer}


PAPER_1 = [("PRN_PAPER_OUT", {"tray": "Tray 1", "paper_size": "A4"})]
PAPER_NONE = [("PRN_PAPER_OUT", {"tray": None, "paper_size": None})]
EXPECTED: dict[str, dict[str, Any]] = {
    "ready": {},
    "jam": {"status": [("PRN_JAM", {"tray": "Tray 2"})]},
    "jam_bit_only": {"status": [("PRN_JAM", {"tray": None})]},
    "jam_alert_only": {"status": [("PRN_JAM", {"tray": None})]},
    "door_open": {"status": [("PRN_COVER_OPEN", {})]},
    "door_alert_only": {"status": [("PRN_COVER_OPEN", {})]},
    "rear_door_warning": {},
    "paper_out": {"paper": PAPER_1},
    "one_tray_empty": {},
    "one_tray_empty_stopped": {"paper": PAPER_1},
    "bypass_bit": {},
    "paper_low": {},
    "paper_unknown_and_said": {"paper": PAPER_NONE},
    "asleep_standby": {},
    "asleep_alert": {},
    "asleep_display": {},
    "warming_up": {},
    "toner_empty": {
        "status": [("PRN_TONER_EMPTY", {**C, "kind": "toner"})],
        "supplies": [("PRN_TONER_LOW", {**C, **TONER, "percent": 0.0})],
    },
    "toner_empty_generic": {
        "status": [("PRN_TONER_EMPTY", {**K, "kind": "toner"})],
        "supplies": [("PRN_TONER_LOW", {**K, **TONER, "percent": 0.0})],
    },
    "toner_empty_bit_down": {
        "status": [("PRN_TONER_EMPTY", {**Y, "kind": "toner"})],
        "supplies": [("PRN_TONER_LOW", {**Y, **TONER, "percent": 0.0})],
    },
    "toner_bit_running": {"supplies": [("PRN_TONER_LOW", {**NOBODY, **TONER, "percent": None})]},
    "toner_zero": {"supplies": [("PRN_TONER_LOW", {**K, **TONER, "percent": 0.0})]},
    "toner_low_bit": {"supplies": [("PRN_TONER_LOW", {**NOBODY, **TONER, "percent": None})]},
    "toner_low_alert": {"supplies": [("PRN_TONER_LOW", {**M, **TONER, "percent": None})]},
    "toner_some": {},
    "toner_unknown": {"supplies": "printer.level_unknown"},
    "toner_above_max": {"supplies": "printer.level_unknown"},
    "toner_ricoh_empty": {"supplies": [("PRN_TONER_LOW", {**K, **TONER, "percent": None})]},
    "toner_unlimited": {},
    "brother_share": {"supplies": [("PRN_TONER_LOW", {**K, **TONER, "percent": 5.0})]},
    "brother_old_records": {},
    "brother_display_low": {"supplies": [("PRN_TONER_LOW", {**K, **TONER, "percent": None})]},
    "brother_asleep_zh": {},
    "ricoh_share": {"supplies": [("PRN_TONER_LOW", {**C, **TONER, "percent": 8.0})]},
    "ricoh_share_of_another": {},
    "not_ricoh": {},
    "waste_nearly_full": {"supplies": [("PRN_TONER_LOW", {**PART, "kind": "waste"})]},
    "waste_nearly_full_generic": {"supplies": [("PRN_TONER_LOW", {**PART, "kind": "waste"})]},
    "drum_worn": {"supplies": [("PRN_TONER_LOW", {**PART, "kind": "drum"})]},
    "two_of_a_name": {"supplies": [("PRN_TONER_LOW", {**K, **TONER, "percent": 5.0})]},
    "waste_full": {"status": [("PRN_SERVICE", {"alert": "Waste toner box full"})]},
    "waste_by_level": {},
    "fuser_broken": {"status": [("PRN_SERVICE", {"alert": "SC 541"})]},
    "service_bit_running": {},
    "service_bit_down": {"status": [("PRN_SERVICE", {"alert": "Call for service"})]},
    "output_full": {"status": [("PRN_ATTENTION", {"alert": "Paper output is full"})]},
    "output_full_bit_running": {},
    "offline_button": {"status": [("PRN_ATTENTION", {"alert": "Offline"})]},
    "down_for_nothing": {"status": [("PRN_ATTENTION", {"alert": None})]},
    "chinese_utf8": {"status": [("PRN_ATTENTION", {"alert": "出纸盒已满"})]},
    "chinese_gbk": {"paper": [("PRN_PAPER_OUT", {"tray": "下纸盒", "paper_size": "A4"})]},
    "blank_alerts": {},
    "no_status": {"status": "printer.no_status"},
    "errors_only": {},
}


@pytest.mark.parametrize("state", EXPECTED)
def test_state(port: int, state: str) -> None:
    assert found(port, state) == EXPECTED[state]


@pytest.mark.parametrize("state", EXPECTED)
def test_state_over_v1(port: int, state: str) -> None:
    assert found(port, state, "1") == EXPECTED[state]


def test_every_state_is_expected() -> None:
    assert EXPECTED.keys() == printer_states.STATES.keys()


def test_wrong_community_is_no_state(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same port says nothing to a community that it does not know: nothing is known, nothing is good."""
    monkeypatch.setattr(reachable, "_PORTS", (port,))
    answers = found(port, "nosuch")
    assert {answers[name] for name in ("status", "paper", "supplies")} == {"snmp.timeout"}


def test_codes_are_those_of_the_recordings_not_of_the_reader(port: int) -> None:
    """Negative control: a printer in order judged by the facts of a jammed one is jammed."""
    target = Printer(name="a", host="127.0.0.1", snmp=Snmp(community="ready", port=port))
    facts = status.facts_of(reading.read(target))
    jammed = msgspec.structs.replace(facts, errors=("jammed",))
    assert [one.code for one in status.judge(facts, status.Params())] == []
    assert list(status.judge(jammed, status.Params())) == [Finding("PRN_JAM", {"tray": None})]
