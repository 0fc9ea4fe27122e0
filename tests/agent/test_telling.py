"""What a fault card may suggest where the light is explained."""

from typing import Any

from incident_desk import SETTINGS
from incident_streams import PROCEDURE

from agent import telling


def answer(*, is_finance_stopped: bool) -> dict[str, Any]:
    """A jam at the front; the printer in finance answers well."""
    base = {"check": "printer.status", "level": "blocking", "reason": None}
    jam = {"code": "PRN_JAM", "severity": "stop", "clauses": [], "values": {}}
    reasons = [{"colour": "red", "check": "printer.status", "device": "printer:front", "code": "PRN_JAM"}]
    if is_finance_stopped:
        stopped = {"check": None, "device": "printer:finance", "code": "stopped_until_retest"}
        reasons.append({"colour": "red", **stopped})
    return {
        "verdict": "red",
        "coverage": {"checked": 2, "total": 2},
        "results": [
            {**base, "device": "printer:front", "state": "fail", "findings": [jam]},
            {**base, "device": "printer:finance", "state": "ok", "findings": []},
        ],
        "reasons": reasons,
    }


def said_of_finance(*, is_finance_stopped: bool) -> list[str]:
    light = answer(is_finance_stopped=is_finance_stopped)
    return [line for line in telling.explained(light, SETTINGS, PROCEDURE, "en") if "finance" in line]


def test_a_device_that_waits_for_its_retest_is_not_suggested() -> None:
    said = said_of_finance(is_finance_stopped=True)
    assert said == ["  finance: stopped after a fault; to be used again after a passed retest"]


def test_a_device_that_works_is() -> None:
    assert said_of_finance(is_finance_stopped=False)
