"""Upkeep as it is asked for and marked over a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from incident_desk import SETTINGS
from incident_streams import PROCEDURE, STATUS, seen

from agent import upkeep
from agent.incidents.actions import BadAction, Refused
from agent.orders import answer
from agent.station import Station


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = Station(SETTINGS, PROCEDURE, tmp_path / "state")
    yield station
    station.close()


def line(station: Station, task: str, device: str) -> dict[str, object]:
    tasks = upkeep.listing(station)["tasks"]
    return next(one for one in tasks if (one["task"], one["device"]) == (task, device))


def test_done_and_skipped_are_kept_with_their_page_count(station: Station) -> None:
    page = seen(STATUS, 0, facts={"page_count": 51_000})
    station.recorder.keep(lambda tx: tx.save([page]))
    upkeep.mark(station, "clean_printer", "printer:front", None, 12.0, "it-3")
    upkeep.mark(station, "ups_battery", None, "no UPS here", None, "it-3")
    assert line(station, "clean_printer", "printer:front")["uses"] == 0
    assert line(station, "ups_battery", "computer")["last"]["reason"] == "no UPS here"  # type: ignore[index]
    done, skipped = station.recorder.reader().events()[-2:]  # type: ignore[attr-defined]
    assert (done.kind, done.actor, done.body["uses"], done.body["minutes"]) == (
        "maintenance.done",
        "it-3",
        51_000,
        12,
    )
    assert skipped.kind == "maintenance.skipped"


def test_a_task_of_two_printers_must_say_which(station: Station) -> None:
    with pytest.raises(Refused, match="printer:finance, printer:front"):
        upkeep.mark(station, "clean_printer", None, None, None, "it-3")


@pytest.mark.parametrize(
    ("task", "reason", "by", "error"),
    [
        ("nothing", None, "it-3", BadAction),
        ("ups_battery", "call 13812345678", "it-3", Refused),
        ("ups_battery", "call 138 1234 5678", "it-3", Refused),
        ("ups_battery", "", "it-3", BadAction),
        ("ups_battery", None, "Mr Wang", BadAction),
    ],
)
def test_bad_marks_are_refused(
    station: Station, task: str, reason: str | None, by: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        upkeep.mark(station, task, None, reason, None, by)
    kinds = {event.kind for event in station.recorder.reader().events()}  # type: ignore[attr-defined]
    assert not any(kind.startswith("maintenance.") for kind in kinds)


def test_the_socket_marks_and_lists(station: Station) -> None:
    request = {"op": "maintenance.mark", "task": "drill:first_line_faults", "by": "broker"}
    shown = answer(station, request, lambda _line: None)
    assert shown == answer(station, {"op": "maintenance.list"}, lambda _line: None)
    drill = next(one for one in shown["tasks"] if one["task"].startswith("drill:"))
    assert drill["last"]["kind"] == "done"
