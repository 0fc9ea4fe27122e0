"""Incidents over a real store: what people and the ticket server add to them."""

import pytest
from incident_desk import STATUS, Desk
from incident_streams import JAM, at

from agent.incidents.actions import Refused


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
    reported = desk.keeper.report_problem("no_odd_noise", "computer", "THERM_NOISE", "broker", at(desk.now_s))
    again = desk.keeper.report_problem("no_odd_noise", "computer", "THERM_NOISE", "broker", at(desk.now_s))
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
    reported = desk.keeper.report_problem("no_odd_noise", "computer", "THERM_NOISE", "broker", at(desk.now_s))
    desk.now_s += 60
    desk.act(reported.id, "fixed", action="cleaned")
    desk.now_s += 60
    assert desk.act(reported.id, "retest", answer="problem").standing == "open"
