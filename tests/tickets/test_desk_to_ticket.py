"""From a printer's results to a ticket and back: a real desk, its real sender and a real ticket server."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import requests
from tickets.servers import Site

from agent import clock
from agent.mailroom import sender_of
from agent.result import Fault, Result
from agent.station import Station
from agent.tickets import outbox
from agent.tickets.sender import Sender
from config import procedure
from config.devices import Printer
from config.tables import Settings, Ticket
from config.tables import Station as StationTable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WITHIN_S = 60.0  # from the confirmed fault to the accepted ticket
KEY = ("printer.status", "printer:front")
ABOVE = {"network.link", "network.gateway", "printer.reachable"}


class Office:
    """A station and its sender before a real server, with nothing behind its checks but this test."""

    def __init__(self, site: Site, folder: Path) -> None:
        secret = folder / "secrets" / "ticket"
        secret.parent.mkdir()
        secret.write_text(site.secret)
        secret.chmod(0o600)
        ticket = Ticket(
            backend="redmine" if site.backend == "redmine" else "rt",
            url=site.url,
            secret="secret:ticket",  # noqa: S106  a reference
            project=site.project,
            key_field=site.key_field,
            hours="always",
            observe_only=False,
        )
        printer = Printer(name="front", place="前台", host="127.0.0.1")
        settings = Settings(station=StationTable(name=folder.name[-8:]), printer=(printer,), ticket=ticket)
        self.station = Station(settings, procedure.load(), folder / "state")
        self.sender: Sender = sender_of(self.station, folder / "deskready.toml", folder / "state")

    def see(self, *codes: str) -> None:
        """Let one run of everything above the printer come in, well, and then one of the printer's own."""
        for key in [key for key in self.station.desk.jobs if key[0] in ABOVE]:
            self._run(key)
        self._run(KEY, *codes)
        self.station.turn_incidents()

    def _run(self, key: tuple[str, str], *codes: str) -> None:
        at, job = clock.now(), self.station.desk.jobs[key]
        result = Result(
            check=key[0],
            device=key[1],
            level=job.row.level,
            state="fail" if codes else "ok",
            findings=tuple(Fault(code, "stop", ("4.1.3",), {"kind": "toner"}) for code in codes),
            measured_at=at.utc,
            boot_id=at.boot_id,
            boot_s=at.boot_s,
        )
        self.station._on_result(job, result)

    def close(self) -> None:
        self.sender.stop()
        self.station.close()


@pytest.fixture(params=["redmine", "rt"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def office(site: Site, tmp_path: Path) -> Iterator[Office]:
    made = Office(site, tmp_path)
    yield made
    made.close()


def wait_for(holds, within_s: float) -> float:  # type: ignore[no-untyped-def]
    began_s = time.monotonic()
    while not holds():
        assert time.monotonic() - began_s < within_s
        time.sleep(0.1)
    return time.monotonic() - began_s


def test_a_confirmed_fault_is_a_ticket_within_a_minute(
    site: Site, office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        office.see("PRN_TONER_EMPTY")
    (incident,) = office.station.incidents.open_ones()
    office.sender.start()
    store = office.station.recorder.store()
    took_s = wait_for(lambda: outbox.tickets_of(store, incident.id), WITHIN_S)
    (remote,) = outbox.tickets_of(store, incident.id)
    wait_for(lambda: "notified" in [one.kind for one in office.station.incidents.open_ones()[0].history], 5.0)
    subject = _subject(site, remote.remote_id)
    with capsys.disabled():
        print(f"\n{site.backend}: ticket {took_s:.1f} s after the fault was confirmed: {subject}")
    assert "墨粉或墨水用完了" in subject


def _subject(site: Site, number: str) -> str:
    headers = {"X-Redmine-API-Key": site.secret, "Authorization": f"token {site.secret}"}
    path = f"issues/{number}.json" if site.backend == "redmine" else f"REST/2.0/ticket/{number}"
    tree = requests.get(f"{site.url}/{path}", headers=headers, timeout=30).json()
    return str(tree["issue"]["subject"] if site.backend == "redmine" else tree["Subject"])


def test_a_store_made_anew_tells_nothing_twice(office: Office) -> None:
    """The outbox is lost with the file's tables; the journal was carried over."""
    for _ in range(3):
        office.see("PRN_TONER_EMPTY")
    (incident,) = office.station.incidents.open_ones()
    office.sender.turn()
    store = office.station.recorder.store()
    before = outbox.tickets_of(store, incident.id)
    assert before
    with store.transaction() as tx:
        for table in ("ticket_delivery", "ticket_remote", "ticket_note"):
            tx.execute(f"DELETE FROM {table}")  # noqa: S608  names of our own
    again = Sender(office.station.recorder.store, office.sender._desk, office.station.recorder.folder)
    again.turn()
    assert outbox.tickets_of(store, incident.id) == before
    assert outbox.depth(store) == ()
    assert [one.body["remote_id"] for one in store.events("ticket.delivered")] == [before[0].remote_id]


def test_the_desk_is_whole_without_a_ticket_system(tmp_path: Path) -> None:
    station = Station(Settings(), procedure.load(), tmp_path / "state")
    sender = sender_of(station, None, tmp_path / "state")
    sender.start()
    assert sender._thread is None
    assert list(sender.samples()) == []
    assert msgspec.structs.asdict(station.settings.ticket)["backend"] == "none"
    station.close()
