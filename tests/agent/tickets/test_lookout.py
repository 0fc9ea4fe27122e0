"""A person's decision in the ticket system is noticed by itself, with few requests, and left as it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ticket_desk
from ticket_desk import Clock, TicketDesk, note
from ticket_office import Office

from agent.tickets import lookout

HOUR_S, DAY_S = 3600.0, 86_400.0
LOOKS_PER_HOUR = 20


class Town:
    """A desk with its office, on a clock that only `live` moves."""

    def __init__(self, folder: Path) -> None:
        self.office, self.clock = Office(), Clock()
        self.desk = TicketDesk(
            folder, ticket_desk.settings(), "", self.office.deliver, self.office.look, self.clock
        )

    def live(self, seconds: float) -> None:
        until_s = self.clock.now_s + seconds
        while self.clock.now_s < until_s:
            self.clock.now_s += max(self.desk.sender.turn(), 0.001)

    def file(self, *incidents: str) -> None:
        self.desk.put(*(note(name) for name in incidents))
        self.desk.drain()
        self.desk.told.clear()

    @property
    def news(self) -> list[str]:
        return [told.event for _, told in self.desk.told]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.desk.close()


def test_a_ticket_that_a_person_closes_and_opens_again_is_noticed(town: Town) -> None:
    town.file("A")
    town.office.filed[0].is_open = False
    town.live(HOUR_S)
    assert town.news == ["ticket_closed_by_person"]
    assert town.desk.remote("A").state == "closed_by_person"
    town.office.filed[0].is_open = True
    town.live(HOUR_S)
    assert town.news[1:] == ["ticket_reopened_by_person"]
    assert town.desk.remote("A").state == "open"


@pytest.mark.parametrize(
    ("seen", "state", "event"),
    [("refused", "closed_by_person", "ticket_closed_by_person"), ("gone", "gone", "ticket_gone")],
)
def test_a_refusal_and_a_deletion_are_noticed(town: Town, seen: str, state: str, event: str) -> None:
    town.file("A")
    town.office.seen_as["0"] = seen
    town.live(HOUR_S)
    assert (town.news, town.desk.remote("A").state) == ([event], state)


def test_a_merged_ticket_is_followed(town: Town) -> None:
    town.file("A", "B")
    town.office.merged["0"] = "1"
    town.live(HOUR_S)
    assert town.news == ["ticket_merged_by_person"]
    assert town.desk.remote("A").remote_id == "1"


def test_a_persons_closing_is_not_undone(town: Town) -> None:
    town.file("A")
    town.office.filed[0].is_open = False
    town.live(HOUR_S)
    town.desk.put(note("A", "comment", "severity_changed"), note("A", "resolve", "report"))
    town.live(HOUR_S)
    town.desk.put(note("A", "reopen", "recurred"))
    town.live(HOUR_S)
    assert [one.is_open for one in town.office.filed] == [False]


def test_one_that_we_closed_is_looked_at_for_a_day(town: Town) -> None:
    town.file("A", "B")
    town.desk.put(note("A", "resolve", "report"), note("B", "resolve", "report"))
    town.desk.drain()
    town.desk.told.clear()
    town.office.filed[0].is_open = True
    town.live(20 * HOUR_S)
    assert town.news == ["ticket_reopened_by_person"]
    town.live(DAY_S)
    town.office.filed[1].is_open = True
    town.live(DAY_S)
    assert town.news == ["ticket_reopened_by_person"]


def test_what_is_on_its_way_is_not_taken_for_a_persons_doing(town: Town) -> None:
    """Our own closing whose answer was lost, as a look in between would find it."""
    town.file("A")
    town.office.faults = ["lost_reply"]
    town.desk.put(note("A", "resolve", "report"))
    town.desk.sender.turn()
    assert not town.office.filed[0].is_open
    assert list(lookout.watched(town.desk.store, "redmine", town.clock())) == []
    town.live(HOUR_S)
    assert town.news == ["resolved"]


def test_few_requests_however_many_tickets_are_open(town: Town) -> None:
    town.file(*(f"I{number}" for number in range(60)))
    before = town.office.request_count
    for _ in range(24):
        began = town.office.request_count
        town.live(HOUR_S)
        assert town.office.request_count - began <= LOOKS_PER_HOUR + lookout.TICKETS_MAX
    assert town.office.request_count - before <= 24 * LOOKS_PER_HOUR
    for number, one in enumerate(town.office.filed):
        one.is_open = bool(number % 2)
    town.live(DAY_S)
    assert town.news.count("ticket_closed_by_person") == 30, "each of them is looked at in its turn"


def test_fewer_while_nothing_changes_and_while_nobody_answers(town: Town) -> None:
    town.file("A")
    before = town.office.request_count
    town.live(DAY_S)
    assert town.office.request_count - before <= 12
    town.office.is_up = False
    before = town.office.request_count
    town.live(DAY_S)
    assert town.office.request_count - before <= 26
    town.office.is_up = True
    town.live(4 * HOUR_S + 2000)
    assert town.desk.sender.problems() == {}


def test_a_server_that_refuses_the_key_is_shown_before_the_next_fault(town: Town) -> None:
    town.file("A")
    town.office.is_up = False
    town.live(HOUR_S)
    assert town.desk.sender.problems() == {"redmine": "connect.refused"}


def test_a_digest_is_nobodys_ticket(town: Town) -> None:
    more: Any = {"key": "dr1:desk:digest"}
    town.desk.put(note("A", "digest", "digest", **more))
    town.desk.drain()
    assert list(lookout.watched(town.desk.store, "redmine", town.clock())) == []
