"""Incidents over a real store: what people and the ticket server add to them."""

import pytest
from incident_desk import SPARE, STATUS, Desk, due_s
from incident_streams import JAM, PROCEDURE, at

from agent.incidents.actions import BadAction, Refused
from agent.incidents.problem import Problem, devices_for, problem, questions
from agent.tickets.text import text

NOISE = Problem("no_odd_noise", "computer", "THERM_NOISE")
DEVICES = ("computer", "network", "printer:front", "printer:finance", "scanner:front", "system:core")


def jammed(desk: Desk, code: str = JAM, key: tuple[str, str] = STATUS) -> str:
    """Confirm a fault and return its incident's id."""
    for _ in range(3):
        desk.see(key, code)
    return next(one.id for one in desk.keeper.open_ones() if one.fault == code)


def cleared(desk: Desk, key: tuple[str, str] = STATUS) -> None:
    for _ in range(3):
        desk.see(key, after_s=5.0)


def test_what_came_of_telling_it_is_a_step(desk: Desk) -> None:
    name = jammed(desk)
    desk.keeper.heard(name, "notified", {"sink": "redmine", "remote_id": "17"}, at(desk.now_s))
    assert desk.show(name)["state"] == "notified"
    assert desk.kinds()[-1] == "notified"
    desk.keeper.heard("unknown", "notified", {}, at(desk.now_s))
    assert desk.kinds().count("notified") == 1


def test_a_persons_report_is_an_incident_that_a_person_ends(desk: Desk) -> None:
    desk.see(STATUS)
    reported = desk.keeper.report_problem(NOISE, "broker", at(desk.now_s))
    again = desk.keeper.report_problem(NOISE, "broker", at(desk.now_s))
    assert again.id == reported.id
    desk.restart()
    desk.turn()
    desk.now_s += 60
    with pytest.raises(Refused, match="recovered"):
        desk.act(reported.id, "retest", answer="ok")
    desk.now_s += 60
    desk.act(reported.id, "fixed", action="cleaned")
    desk.turn()
    assert desk.show(reported.id)["waits_for"] == ["no_odd_noise"]
    desk.now_s += 60
    desk.act(reported.id, "retest", answer="ok")
    desk.turn()
    assert desk.show(reported.id)["standing"] == "closed"


def test_an_answer_of_problem_opens_it_again(desk: Desk) -> None:
    reported = desk.keeper.report_problem(NOISE, "broker", at(desk.now_s))
    desk.now_s += 60
    desk.act(reported.id, "fixed", action="cleaned")
    desk.now_s += 60
    assert desk.act(reported.id, "retest", answer="problem").standing == "open"


def test_a_substitute_is_chosen_shown_and_given_back(desk: Desk) -> None:
    name = jammed(desk)
    with pytest.raises(Refused, match="none of the configured ones"):
        desk.act(name, "substitute", name="finance")
    desk.see(SPARE, after_s=1.0)
    with pytest.raises(Refused, match="working now: finance"):
        desk.act(name, "substitute", name="front")
    with pytest.raises(Refused, match="none is in use"):
        desk.act(name, "switch-back")
    chosen = desk.act(name, "substitute", name="finance")
    assert (chosen.substitute, chosen.state) == ("printer:finance", "substituted")
    back = desk.act(name, "switch-back")
    assert (back.substitute, back.state) == (None, "diagnosed")
    assert [one.reason for one in desk.notes()] == ["opened", "substitute_chosen", "switched_back"]
    desk.restart()
    desk.turn()
    assert desk.show(name)["substitute"] is None


def test_a_stopped_substitute_is_none(desk: Desk) -> None:
    name = jammed(desk)
    jammed(desk, key=SPARE)
    cleared(desk, SPARE)
    desk.see(SPARE, JAM, after_s=5.0)
    with pytest.raises(Refused, match="none of the configured ones"):
        desk.act(name, "substitute", name="finance")


def test_it_hears_at_once_where_the_guidance_did_not_help(desk: Desk) -> None:
    name = jammed(desk)
    (waiting,) = desk.notes()
    assert due_s(waiting) > desk.now_s + 200
    desk.now_s += 20
    desk.act(name, "still-broken")
    (open_now,) = [one for one in desk.notes()[1:] if one.kind == "open"]
    assert due_s(open_now) == pytest.approx(desk.now_s, abs=2)
    assert open_now.body["tried"] == ["first_aid_failed"]
    left = desk.store.query("SELECT kind, reason FROM ticket_note WHERE is_routed = 0")
    assert left == [("open", "opened")], "one ticket, not two"
    desk.act(name, "still-broken")
    assert [one.kind for one in desk.notes()].count("open") == 2


def test_a_person_who_is_stuck_reaches_it_even_where_no_ticket_is_the_rule(desk: Desk) -> None:
    name = jammed(desk, "PRN_COVER_OPEN")
    assert desk.notes() == []
    desk.act(name, "still-broken")
    assert [one.kind for one in desk.notes()] == ["open"]


def test_every_question_with_a_fault_can_be_reported_of_the_devices_it_is_about() -> None:
    assert {fault for _, fault in questions(PROCEDURE)} == {
        "ENV_CONDITIONS",
        "ENV_HAZARD",
        "SYS_LOGIN",
        "PC_DISPLAY",
        "PRN_QUALITY",
        "SCN_BLURRY",
        "THERM_NOISE",
    }
    assert devices_for("PRN_QUALITY", PROCEDURE, DEVICES) == ("printer:front", "printer:finance")
    assert devices_for("THERM_NOISE", PROCEDURE, DEVICES)[0] == "computer"
    assert devices_for("ENV_HAZARD", PROCEDURE, DEVICES) == ("environment",)
    assert devices_for("SYS_LOGIN", PROCEDURE, DEVICES) == ("system:core",)


def test_what_a_person_sends_in_is_typed_and_bounded() -> None:
    form = {"device": "printer:front", "stripes": "on", "nonsense": "on", "note": " dark  bars "}
    made = problem(PROCEDURE, DEVICES, "print_quality_ok", form)
    assert made == Problem("print_quality_ok", "printer:front", "PRN_QUALITY", ("stripes",), "dark bars")
    assert problem(PROCEDURE, DEVICES, "no_hazard", {}).device == "environment"
    with pytest.raises(Refused, match="device"):
        problem(PROCEDURE, DEVICES, "print_quality_ok", {"stripes": "on"})
    with pytest.raises(Refused, match="device"):
        problem(PROCEDURE, DEVICES, "print_quality_ok", {"stripes": "on", "device": "printer:attic"})
    with pytest.raises(Refused, match="question"):
        problem(PROCEDURE, DEVICES, "signed_off", {})
    with pytest.raises(BadAction, match="tick one"):
        problem(PROCEDURE, DEVICES, "print_quality_ok", {"device": "printer:front"})
    with pytest.raises(Refused, match="client"):
        problem(PROCEDURE, DEVICES, "no_hazard", {"note": "call 13912345678"})
    with pytest.raises(BadAction, match="200"):
        problem(PROCEDURE, DEVICES, "no_hazard", {"note": "x" * 201})


def test_a_report_keeps_what_was_ticked_and_it_reads_it_in_words(desk: Desk) -> None:
    bad = Problem("print_quality_ok", "printer:front", "PRN_QUALITY", ("stripes", "faded"), "left edge")
    found = desk.keeper.report_problem(bad, "broker", at(desk.now_s))
    (note,) = desk.notes()
    said = text((note,), PROCEDURE, "zh")
    assert "条纹、发淡" in said
    assert "left edge" in said
    desk.restart()
    desk.turn()
    assert desk.show(found.id)["values"] == {"choices": "stripes,faded", "note": "left edge"}
