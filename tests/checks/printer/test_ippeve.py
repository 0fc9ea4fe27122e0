"""Printers over IPP, a real one of software: states and supplies changed while it runs, documents printed."""

import json
from collections.abc import Iterator
from typing import Any

import ippeve
import pytest

pytestmark = pytest.mark.root

CHECK = """
import json, sys
from checks.model import NoParams, ProbeError
from checks.printer import paper, reachable, status, supplies
from config.devices import Printer
target, found = Printer(name="a", ipp=sys.argv[1]), {}
for one in (reachable, status, paper, supplies):
    check = one.CHECK
    try:
        facts = check.carry(None, check.probe(target, check.params()))
        judged = check.judge(facts, check.params())
        found[check.id] = [[finding.code, dict(finding.values)] for finding in judged]
    except ProbeError as error:
        found[check.id] = error.code
print(json.dumps(found))
"""
PRINT = """
import json, sys, msgspec
from checks.model import ProbeError
from checks.printer import printing
from config.devices import Printer
target = Printer(name="a", ipp=sys.argv[1])
documents = [printing.page("n0nce", place, 2) for place in range(1, int(sys.argv[2]) + 1)]
printed = printing.print_all(target, documents, float(sys.argv[3]))
print(json.dumps([msgspec.to_builtins(one) for one in printed]))
"""


@pytest.fixture(scope="module")
def eve() -> Iterator[ippeve.Eve]:
    with ippeve.printer() as eve:
        yield eve


def found(eve: ippeve.Eve) -> dict[str, Any]:
    answers = json.loads(eve.python(CHECK, ippeve.URI))
    return {check: answer for check, answer in answers.items() if answer}


def printed(eve: ippeve.Eve, documents: int = 1, timeout_s: float = 60.0) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(eve.python(PRINT, ippeve.URI, str(documents), str(timeout_s)))
    return told


@pytest.mark.parametrize(
    ("reason", "check", "code"),
    [
        ("media-jam-error", "printer.status", "PRN_JAM"),
        ("cover-open-error", "printer.status", "PRN_COVER_OPEN"),
        ("marker-waste-almost-full-warning", "printer.supplies", "PRN_TONER_LOW"),
        ("toner-empty-error", "printer.supplies", "PRN_TONER_LOW"),
    ],
)
def test_a_state_that_comes_with_a_job(eve: ippeve.Eve, reason: str, check: str, code: str) -> None:
    eve.next_job(f"STATE: +{reason}\n")
    assert [one["state"] for one in printed(eve)] == ["completed"]
    assert [one for one, _ in found(eve)[check]] == [code]
    eve.next_job(f"STATE: -{reason}\n")
    printed(eve)
    assert found(eve) == {}


def test_a_document_is_printed_to_its_end(eve: ippeve.Eve) -> None:
    eve.next_job()
    (told,) = printed(eve)
    assert told["state"] == "completed"
    kept = [path for path in (eve.folder / "spool").iterdir() if b"n0nce" in path.read_bytes()]
    assert kept


def test_a_document_that_fails_is_told_and_stops_the_row(eve: ippeve.Eve) -> None:
    eve.next_job(status=1)
    told = printed(eve, documents=5)
    assert [one["state"] for one in told] == ["aborted"]
    eve.next_job()
    assert [one["state"] for one in printed(eve, documents=5)] == ["completed"] * 5


def test_a_document_that_hangs_is_cancelled(eve: ippeve.Eve) -> None:
    eve.next_job(seconds=600)
    (told,) = printed(eve, documents=2, timeout_s=3.0)
    assert told["state"] == "stuck"
    eve.next_job()


def test_supplies_and_paper_that_change_while_it_runs(eve: ippeve.Eve) -> None:
    assert found(eve) == {}
    eve.supply(supply0=25, supply1=4)
    low = {"color": "black", "colour": "black", "kind": "toner", "percent": 4.0, "days_left": None}
    assert found(eve) == {"printer.supplies": [["PRN_TONER_LOW", low]]}
    eve.supply(supply0=0, supply1=75)
    assert found(eve) == {}  # the waste container's level says nothing
    eve.get("/media?size1=iso_a4_210x297mm&type1=stationery&level1=0")
    assert found(eve)["printer.paper"][0][0] == "PRN_PAPER_OUT"
    eve.get("/media?size1=iso_a4_210x297mm&type1=stationery&level1=250")
    assert found(eve) == {}
