"""What the work needs, judged from its devices' rows: there, lost, or not known."""

import pytest
import rows
from rows import BOOT, START, failing, result, row, rule

from agent.capability import State, failed, of_device, states
from agent.clock import Instant
from agent.verdict import Circumstances, Row

NOW = Instant(START, 100.0, BOOT)
DEVICE = {"device": "printer:front"}


def printer(*results: rows.Result, device: str = "printer:front", check: str = "printer.status") -> Row:
    return row(rule(check, capability="printing"), *results, device=device)


def link(*results: rows.Result) -> Row:
    return row(rule("network.link"), *results)


GOOD, BAD = [result(90.0), result(95.0)], [failing(70.0), failing(80.0), failing(90.0)]
OLD = [result(1.0)]
LATER = Instant(START, 1000.0, BOOT)


@pytest.mark.parametrize(
    ("results", "state"),
    [
        (GOOD, "good"),
        (BAD, "failed"),
        ([*GOOD, failing(98.0)], "unknown"),  # not confirmed yet, and not good any more
        ([*BAD, result(98.0)], "unknown"),  # recovering
        ([], "unknown"),
        ([result(99.0, "unknown")], "unknown"),
    ],
)
def test_one_device(results: list[rows.Result], state: State) -> None:
    assert states([link(*results)], Circumstances(), NOW) == {"network": state}
    assert failed([link(*results)], Circumstances(), NOW) == ({"network"} if state == "failed" else set())


def test_old_evidence_is_no_evidence() -> None:
    assert states([link(*GOOD)], Circumstances(), LATER) == {"network": "unknown"}


@pytest.mark.parametrize(("other", "state"), [(GOOD, "good"), (BAD, "failed"), ([], "unknown")])
def test_another_printer_keeps_printing_alive(other: list[rows.Result], state: State) -> None:
    both = [printer(*BAD), printer(*other, device="printer:finance")]
    assert states(both, Circumstances(), NOW) == {"printing": state}


def test_of_one_device_the_worst_row_counts() -> None:
    both = [printer(*GOOD), printer(*BAD, check="printer.paper")]
    assert states(both, Circumstances(), NOW) == {"printing": "failed"}


@pytest.mark.parametrize("out", ["stopped_devices", "maintained_devices"])
def test_what_is_out_of_use_does_not_work_however_it_looks(out: str) -> None:
    assert states([printer(*GOOD)], Circumstances(**{out: frozenset({"printer:front"})}), NOW) == {
        "printing": "failed"
    }


def test_an_advisory_row_takes_no_capability_away() -> None:
    advisory = row(rule("network.stability", "advisory"), *BAD)
    assert states([link(*GOOD), advisory], Circumstances(), NOW) == {"network": "good"}


def test_what_a_device_serves() -> None:
    assert of_device([printer(*GOOD), link(*GOOD)], "printer:front") == {"printing"}
    assert of_device([printer(*GOOD)], "printer:gone") == frozenset()
