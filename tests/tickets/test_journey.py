"""A jam on a simulated printer, the running daemon and a real ticket server: the whole way, as IT sees it."""

from pathlib import Path

import pytest
import requests
from tickets.journey import journey
from tickets.servers import Site

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(500)]


@pytest.fixture(params=["redmine", "rt"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(request.param)
    return found


def test_a_jam_becomes_a_ticket_that_its_retest_resolves(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o755)
    with journey(site, tmp_path) as way:
        jam = way.jam()
        assert (jam["fault"], jam["is_stopped"]) == ("PRN_JAM", True)
        way.asked(
            "incident", "act", jam["id"], "still-broken"
        )  # else IT hears after the minutes of self-help
        ticket, took_s = way.ticket(jam["id"])
        number = ticket["remote_id"]
        assert "front (前台), sh-1/desk-07" in said(site, number)
        way.asked("incident", "act", jam["id"], "substitute", "finance")
        way.desk.wait_for(lambda: "已改用替代设备" in said(site, number), 60)
        way.clear()
        end = way.wait_resolved(jam["id"])
        with capsys.disabled():
            print(f"\n{site.backend}: ticket {took_s:.1f} s after IT was to be told")
        kinds = [one["kind"] for one in end["history"]]
        order = ["detected", "stopped", "notified", "substituted", "restarted", "retested", "closed"]
        assert [kind for kind in kinds if kind in order] == order
        assert end["tickets"][0]["state"] == "resolved"
        assert f"report-{end['report']}.html" in said(site, number)


def said(site: Site, number: str) -> str:
    """Return all that a ticket says, with the names of its files."""
    if site.backend == "redmine":
        headers = {"X-Redmine-API-Key": site.secret}
        path = f"issues/{number}.json?include=journals,attachments"
        return str(requests.get(f"{site.url}/{path}", headers=headers, timeout=60).json())
    headers = {"Authorization": f"token {site.secret}"}
    ticket = requests.get(f"{site.url}/REST/2.0/ticket/{number}", headers=headers, timeout=60).json()
    path = f"REST/2.0/ticket/{number}/attachments?per_page=100&fields=Content,Filename"
    files = requests.get(f"{site.url}/{path}", headers=headers, timeout=60).json()["items"]
    return f"{ticket['Subject']} {files}"
