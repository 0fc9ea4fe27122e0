"""A ticket's life on a real Redmine and a real Request Tracker, by the real child."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import ticket_desk
from ticket_desk import TicketDesk, note
from tickets.servers import Site

from agent.tickets.lookout import EVERY_S, Pace
from agent.tickets.outbox import Note

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
REPORT = {"number": "2026-0007", "html": "<html><body>报告 2026-0007</body></html>"}


class Office:
    """What a person does in the ticket system, with the same key to it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        is_rt = site.backend == "rt"
        self.headers = (
            {"Authorization": f"token {site.secret}"} if is_rt else {"X-Redmine-API-Key": site.secret}
        )

    def ask(self, method: str, path: str, **more: Any) -> Any:
        answer = requests.request(method, f"{self.site.url}/{path}", headers=self.headers, timeout=60, **more)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.text.strip() else None

    def text(self, number: str) -> str:
        """Return everything that a ticket says, with the names of its files."""
        if self.site.backend == "redmine":
            return str(self.ask("GET", f"issues/{number}.json?include=journals,attachments"))
        listed = self.ask("GET", f"REST/2.0/ticket/{number}/attachments?per_page=100&fields=Content,Filename")
        return str(listed)

    def is_open(self, number: str) -> bool:
        if self.site.backend == "rt":
            return self.ask("GET", f"REST/2.0/ticket/{number}")["Status"] in {"new", "open", "stalled"}
        return not self.ask("GET", f"issues/{number}.json")["issue"]["status"]["is_closed"]

    def refuse(self, number: str) -> None:
        if self.site.backend == "rt":
            self.ask("PUT", f"REST/2.0/ticket/{number}", json={"Status": "rejected"})
        else:
            self.ask("PUT", f"issues/{number}.json", json={"issue": {"status_id": 6}})

    def delete(self, number: str) -> None:
        if self.site.backend == "rt":
            self.ask("PUT", f"REST/2.0/ticket/{number}", json={"Status": "deleted"})
        else:
            self.ask("DELETE", f"issues/{number}.json")

    def create(self, key: str) -> str:
        if self.site.backend == "rt":
            ticket = {"Queue": "IT", "Subject": "other", "CustomFields": {"deskready_key": key}}
            return str(self.ask("POST", "REST/2.0/ticket", json=ticket)["id"])
        issue = {"project_id": "it", "subject": "other", "custom_fields": [{"id": 1, "value": key}]}
        return str(self.ask("POST", "issues.json", json={"issue": issue})["issue"]["id"])


@pytest.fixture(params=["redmine", "rt"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def office(site: Site) -> Office:
    return Office(site)


@pytest.fixture
def desk(site: Site, tmp_path: Path) -> Iterator[TicketDesk]:
    wanted = ticket_desk.settings(site.backend, site.url, project=site.project, key_field=site.key_field)
    with ticket_desk.desk(tmp_path, wanted, secret=site.secret) as made:
        yield made


def incident(tmp_path: Path, number: int = 0) -> str:
    """An incident that no other test has, on servers that all tests share."""
    return f"{tmp_path.parent.name}-{tmp_path.name}-{number}'\"\\前"


def test_a_whole_life(desk: TicketDesk, office: Office, tmp_path: Path) -> None:
    one = incident(tmp_path)
    desk.put(note(one))
    desk.drain()
    remote = desk.remote(one)
    assert office.is_open(remote.remote_id)
    assert "finance" in office.text(remote.remote_id)
    desk.put(note(one, "comment", "first_aid_failed"))
    desk.put(note(one, "resolve", "retest_passed", body={**ticket_desk.BODY, "report": REPORT}))
    desk.drain()
    assert not office.is_open(remote.remote_id)
    said = office.text(remote.remote_id)
    assert "2026-0007" in said
    assert "report-2026-0007.html" in said
    desk.put(note(one, "reopen", "recurred"))
    desk.drain()
    assert desk.remote(one) == remote
    assert office.is_open(remote.remote_id)
    assert [delivery.event for _, delivery in desk.told] == ["notified", "updated", "resolved", "notified"]


def test_a_refusal_is_respected(desk: TicketDesk, office: Office, tmp_path: Path) -> None:
    one = incident(tmp_path)
    desk.put(note(one))
    desk.drain()
    number = desk.remote(one).remote_id
    office.refuse(number)
    desk.put(note(one, "comment", "severity_changed"), note(one, "reopen", "recurred"))
    desk.drain()
    assert not office.is_open(number)
    assert "ticket_closed_by_person" in [delivery.event for _, delivery in desk.told]
    assert desk.remote(one).state == "closed_by_person"


def test_a_deleted_ticket_is_not_made_again_by_a_comment(
    desk: TicketDesk, office: Office, tmp_path: Path
) -> None:
    one = incident(tmp_path)
    desk.put(note(one))
    desk.drain()
    office.delete(desk.remote(one).remote_id)
    desk.put(note(one, "comment", "severity_changed"), note(one, "resolve", "retest_passed"))
    desk.drain()
    assert desk.remote(one).state == "gone"
    assert [delivery.event for _, delivery in desk.told][1:] == ["ticket_gone", "ticket_gone"]
    desk.put(note(one, "reopen", "recurred"))
    desk.drain()
    assert office.is_open(desk.remote(one).remote_id)


def test_the_ticket_of_another_desk_is_adopted_and_doubles_are_closed(
    desk: TicketDesk, office: Office, tmp_path: Path
) -> None:
    shared = note(incident(tmp_path))
    numbers = [office.create(shared.key) for _ in range(3)]
    strangers = office.create("dr1:another")
    desk.put(shared)
    desk.drain()
    assert desk.remote(shared.incident).remote_id == numbers[0]
    assert [office.is_open(number) for number in numbers] == [True, False, False]
    assert office.is_open(strangers)


def test_a_revoked_key_pauses_and_its_return_heals(desk: TicketDesk, site: Site, tmp_path: Path) -> None:
    one = incident(tmp_path)
    desk.set_secret("revoked")
    desk.put(note(one))
    desk.sender.turn()
    assert desk.sender.problems()[site.backend].startswith("unauthorised")
    assert desk.states() == [(one, "open", "pending")]
    desk.set_secret(site.secret)
    desk.sender.forgive()
    desk.drain()
    assert desk.remote(one).state == "open"


def test_a_field_that_keeps_no_key_is_seen(site: Site, office: Office, tmp_path: Path) -> None:
    office.create("dr1:a stranger's, which a filter that is ignored would find")
    wanted = ticket_desk.settings(site.backend, site.url, project=site.project, key_field="4711")
    with ticket_desk.desk(tmp_path, wanted, secret=site.secret) as desk:
        desk.put(note(incident(tmp_path)))
        desk.sender.turn()
        if site.backend == "rt":  # it cannot search by a field that it does not have
            assert desk.sender.problems() == {"rt": "http.500"}
        else:
            assert [delivery.detail for _, delivery in desk.told] == ["key.not_kept"]


def test_a_merged_ticket_is_followed(rt: Site, tmp_path: Path) -> None:
    office = Office(rt)
    wanted = ticket_desk.settings("rt", rt.url, project="IT", key_field=rt.key_field)
    with ticket_desk.desk(tmp_path, wanted, secret=rt.secret) as desk:
        one = incident(tmp_path)
        desk.put(note(one))
        desk.drain()
        into = office.create("dr1:kept by a person")
        office.ask("PUT", f"REST/2.0/ticket/{desk.remote(one).remote_id}", json={"MergeInto": into})
        desk.put(note(one, "resolve", "retest_passed"))
        desk.drain()
        assert desk.remote(one).remote_id == into
        assert not office.is_open(into)


def test_what_a_person_does_is_noticed_without_a_message_of_ours(
    desk: TicketDesk, office: Office, tmp_path: Path
) -> None:
    names = [incident(tmp_path, number) for number in range(3)]
    desk.put(*(note(one) for one in names))
    desk.drain()
    numbers = [desk.remote(one).remote_id for one in names]
    office.refuse(numbers[0])
    office.delete(numbers[1])
    desk.told.clear()
    look_now(desk)
    news = {name: delivery.event for name, delivery in desk.told}
    assert news == {names[0]: "ticket_closed_by_person", names[1]: "ticket_gone"}
    assert [desk.remote(one).state for one in names] == ["closed_by_person", "gone", "open"]


def test_a_merge_is_noticed_without_a_message_of_ours(rt: Site, tmp_path: Path) -> None:
    office = Office(rt)
    wanted = ticket_desk.settings("rt", rt.url, project="IT", key_field=rt.key_field)
    with ticket_desk.desk(tmp_path, wanted, secret=rt.secret) as desk:
        one = incident(tmp_path)
        desk.put(note(one))
        desk.drain()
        into = office.create("dr1:kept by a person")
        office.ask("PUT", f"REST/2.0/ticket/{desk.remote(one).remote_id}", json={"MergeInto": into})
        look_now(desk)
        assert desk.told[-1][1].event == "ticket_merged_by_person"
        assert (desk.remote(one).remote_id, desk.remote(one).state) == (into, "open")


def look_now(desk: TicketDesk) -> None:
    """Let the time for a look have come."""
    desk.sender._lookout._sinks[desk.desk.settings.ticket.backend] = Pace(0.0, EVERY_S)
    desk.sender.turn()


def test_two_desks_at_one_moment_end_with_one_open_ticket(site: Site, office: Office, tmp_path: Path) -> None:
    wanted = ticket_desk.settings(site.backend, site.url, project=site.project, key_field=site.key_field)
    met = 0
    for number in range(6):
        shared = note(incident(tmp_path, number))
        desks = [TicketDesk(tmp_path / f"{number}-{name}", wanted, secret=site.secret) for name in "ab"]
        _together(desks, shared)
        first = {desk.remote(shared.incident).remote_id for desk in desks}
        met += len(first) > 1 or any(
            told.detail == "ticket.adopted" for desk in desks for _, told in desk.told
        )
        _together(desks, note(shared.incident, "comment", "severity_changed"))
        (last,) = {desk.remote(shared.incident).remote_id for desk in desks}
        assert [one for one in first if office.is_open(one)] == [last]
        for desk in desks:
            desk.close()
    assert met, "they never met"


def _together(desks: list[TicketDesk], shared: Note) -> None:
    """Let all desks tell the same at one moment."""
    threads = [threading.Thread(target=desk.drain) for desk in desks]
    for desk in desks:
        desk.put(shared)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
