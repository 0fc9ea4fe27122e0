"""The morning card as it is answered, over a real store and real incidents; no device is looked at."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from incident_desk import SETTINGS
from incident_streams import PROCEDURE

from agent import morning
from agent.incidents.actions import BadAction, Refused
from agent.station import Station
from agent.store.errors import StoreError
from agent.store.rows import Event


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = Station(SETTINGS, PROCEDURE, tmp_path / "state")
    station.turn_incidents()
    yield station
    station.close()


def events(station: Station, kind: str = "attestation") -> tuple[Event, ...]:
    return station.recorder.reader().events(kind)


def codes(station: Station) -> dict[str, str]:
    """Reasons of the light that come from the card, by question."""
    found = [reason.code.partition(".") for reason in station.verdict().reasons if "." in reason.code]
    return {question: rule for rule, _, question in found if rule in {"to_confirm", "reported"}}


def test_one_click_answers_what_is_open_and_keeps_how_long_the_card_was_seen(station: Station) -> None:
    asked = [row.id for row in station.card().asked]
    morning.answer(station, "wang", "ppe_worn", "not_applicable")
    before = station.desk.version
    morning.start(station, "wang", 4200)
    assert station.desk.version > before  # who waits for a change of the light learns of it
    assert station.card().pending == ()
    batch = [one for one in events(station) if one.body["mode"] == "batch"]
    assert [one.body["attestation"] for one in batch] == [name for name in asked if name != "ppe_worn"]
    assert {(one.actor, one.body["answer"], one.body["shown_ms"]) for one in batch} == {("wang", "ok", 4200)}
    (started,) = events(station, "work.started")
    assert started.body["shown_ms"] == 4200


@pytest.mark.parametrize(("told", "kept"), [(None, None), (-1, None), (10**12, None), (0, 0)])
def test_a_time_that_cannot_be_is_unknown(station: Station, told: int | None, kept: int | None) -> None:
    morning.start(station, "wang", told)
    assert {one.body["shown_ms"] for one in events(station)} == {kept}


def test_a_hazard_is_red_at_once_an_incident_and_gone_only_by_its_retest(station: Station) -> None:
    morning.problem(station, "wang", "no_hazard", note="hot socket below the window")
    reasons = {reason.code: reason.colour for reason in station.verdict().reasons}
    assert reasons["reported.no_hazard"] == "red"
    (incident,) = station.incidents.open_ones()
    assert (incident.fault, incident.severity) == ("ENV_HAZARD", "stop")
    (kept,) = events(station)
    assert (kept.body["incident"], kept.body["note"]) == (incident.id, "hot socket below the window")
    morning.start(station, "wang")
    assert codes(station)["no_hazard"] == "reported"  # the one click leaves it alone
    morning.problem(station, "wang", "no_hazard")
    assert len(station.incidents.open_ones()) == 1  # said twice, it is still one
    morning.answer(station, "li", "no_hazard", "ok")
    assert station.incidents.open_ones() == ()
    assert "no_hazard" not in codes(station)
    actors = [one.actor for one in events(station, "incident.answered")]
    assert actors == ["li"]


def test_a_hazard_of_yesterday_is_still_there_after_a_restart(tmp_path: Path) -> None:
    first = Station(SETTINGS, PROCEDURE, tmp_path)
    morning.problem(first, "wang", "no_hazard")
    first.close()
    again = Station(SETTINGS, PROCEDURE, tmp_path)
    assert codes(again)["no_hazard"] == "reported"  # before its incidents were read
    again.turn_incidents()
    assert again.card().reports.open.keys() == {"no_hazard"}
    again.close()


def test_a_notice_for_the_office_is_amber_and_no_incident(station: Station) -> None:
    morning.problem(station, "wang", "workplace_ok", ["dark", "stuffy"])
    assert station.incidents.open_ones() == ()
    reasons = {reason.code: reason.colour for reason in station.verdict().reasons}
    assert reasons["reported.workplace_ok"] == "amber"
    assert events(station)[-1].body["choices"] == ["dark", "stuffy"]
    morning.answer(station, "wang", "workplace_ok", "ok")
    assert "workplace_ok" not in codes(station)


def test_a_fault_that_only_a_test_ends_is_not_ended_by_an_answer(station: Station) -> None:
    morning.problem(station, "wang", "logged_in")
    (incident,) = station.incidents.open_ones()
    assert incident.fault == "SYS_LOGIN"
    with pytest.raises(Refused, match="retested"):
        morning.answer(station, "wang", "logged_in", "ok")
    assert station.incidents.open_ones() == (incident,)  # nothing was done by halves
    assert codes(station)["logged_in"] == "reported"


@pytest.mark.parametrize(
    ("question", "choices", "note", "error"),
    [
        ("nothing", (), None, BadAction),
        ("plan_made", (), None, BadAction),  # it can be put off, but is never a problem
        ("workplace_ok", ("on_fire",), None, BadAction),
        ("workplace_ok", (), "call 13812345678", Refused),
        ("workplace_ok", (), "x" * 201, BadAction),
        ("workplace_ok", (), "two\x00", BadAction),
    ],
)
def test_what_cannot_be_told_is_refused_and_nothing_is_kept(
    station: Station, question: str, choices: tuple[str, ...], note: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        morning.problem(station, "wang", question, choices, note)
    assert events(station) == ()
    morning.problem(station, "wang", "workplace_ok", (), "x" * 200)  # the same, as it may be


def test_nothing_counts_as_answered_while_the_store_cannot_write(station: Station) -> None:
    pending, store = station.card().pending, station.recorder.store()
    store._writing.execute("PRAGMA busy_timeout = 0")
    with contextlib.closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError):
            morning.start(station, "wang")
        with pytest.raises(StoreError):
            morning.problem(station, "wang", "no_hazard")
        assert station.card().pending == pending
        other.execute("ROLLBACK")
    morning.start(station, "wang")
    assert station.card().pending == ()
