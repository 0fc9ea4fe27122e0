"""The numbers of incidents: what waits, how it ended, how long until IT knew and until the end."""

import pytest
from incident_desk import Desk
from incident_streams import JAM, STATUS, at


def numbers(desk: Desk) -> dict[tuple[str, ...], float]:
    return {(one.metric, *map(str, one.labels.values())): one.value for one in desk.keeper.samples()}


def test_every_series_is_there_from_the_start(desk: Desk) -> None:
    desk.turn()
    assert len(numbers(desk)) == 20
    assert set(numbers(desk).values()) == {0}


def test_a_life_in_numbers(desk: Desk) -> None:
    for _ in range(2):
        desk.see(STATUS, JAM)
    (jam,) = desk.keeper.open_ones()
    assert numbers(desk)["deskready_incidents", "open"] == 1
    assert numbers(desk)["deskready_incidents_open", "stop"] == 1
    found_s = desk.now_s
    for waited_s in (20, 40):  # only the first word counts
        desk.keeper.heard(jam.id, "notified", {"sink": "rt"}, at(found_s + waited_s))
    told = numbers(desk)
    assert told["deskready_incidents_ticketed_total", "stop"] == 1
    assert told["deskready_incident_ticket_wait_seconds_total", "stop"] == pytest.approx(20)
    while desk.keeper.open_ones():
        desk.see(STATUS)
    ended = numbers(desk)
    assert ended["deskready_incidents_ended_total", "stop", "closed"] == 1
    assert ended["deskready_incidents_ended_total", "stop", "cancelled"] == 0
    assert ended["deskready_incidents", "open"] == ended["deskready_incidents", "recovered"] == 0
    took_s = ended["deskready_incident_open_seconds_total", "stop"]
    assert took_s == pytest.approx(desk.now_s - found_s)
