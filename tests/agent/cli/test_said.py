"""What a fault card may suggest on the command line."""

from typing import Any

from incident_desk import SETTINGS
from incident_streams import PROCEDURE

from agent.cli import said


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


def test_a_device_that_waits_for_its_retest_is_not_suggested(capsys) -> None:
    said.print_status(answer(is_finance_stopped=True), SETTINGS, PROCEDURE, "en")
    said_of_it = [line for line in capsys.readouterr().out.splitlines() if "finance" in line]
    assert said_of_it == ["  finance: stopped after a fault; to be used again after a passed retest"]


def test_a_device_that_works_is(capsys) -> None:
    said.print_status(answer(is_finance_stopped=False), SETTINGS, PROCEDURE, "en")
    assert "finance" in capsys.readouterr().out
