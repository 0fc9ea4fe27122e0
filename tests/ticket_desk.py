"""A desk with an outbox and a sender for tests, on a clock that only the test moves, or on the real one."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import stores

from agent import clock
from agent.clock import Instant
from agent.store.store import Store
from agent.tickets import outbox
from agent.tickets.model import Delivery, Outcome, Row, Target
from agent.tickets.outbox import Kind, Note
from agent.tickets.sender import Desk, Sender
from config import procedure
from config.tables import Notify, Settings, Station, Ticket

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BODY: dict[str, Any] = {
    "station": "desk-07",
    "site": "sh-1",
    "device": "printer:front",
    "device_place": "前台",
    "fault": "PRN_JAM",
    "severity": "stop",
    "since": "2026-03-02T00:58:00Z",
    "facts": {"status": "other", "pages": 1234, "alerts": ["jam"]},
    "values": {},
    "clauses": ["4.1.2", "4.2.1"],
    "tried": ["clear_jam"],
    "substitute": "finance",
    "desks": 1,
    "cases": 2,
    "category": "hardware",
    "evidence": ["alert: jam"],
    "confidence": 0.9,
    "report": None,
    "how_closed": "retest",
}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> Instant:
        return Instant(START + timedelta(seconds=self.now_s), self.now_s, clock.boot_id())


def note(incident: str, kind: Kind = "open", reason: str = "opened", **changes: Any) -> Note:
    own: dict[str, Any] = {
        "incident": incident,
        "key": outbox.key_of(f"SN-{incident}", "printer.status", "PRN_JAM"),
        "kind": kind,
        "reason": reason,
        "body": BODY,
        "due_utc": START - timedelta(days=1),
    }
    return Note(**{**own, **changes})


def settings(backend: Any = "redmine", url: str = "http://127.0.0.1:9/", **changes: Any) -> Settings:
    notify: tuple[Notify, ...] = changes.pop("notify", ())
    ticket = Ticket(**{"backend": backend, "url": url, "project": "it", "key_field": "1", **changes})
    return Settings(station=Station(name="desk-07", site="sh-1"), ticket=ticket, notify=notify)


class TicketDesk:
    """A store, a sender and what it told. `secret` stands in the desk's own secrets folder."""

    def __init__(
        self,
        folder: Path,
        wanted: Settings,
        secret: str = "",
        deliver: Callable[[Target, tuple[Row, ...]], Sequence[Outcome]] | None = None,
        look: Callable[[Target, tuple[str, ...]], Sequence[Outcome]] | None = None,
        now: Callable[[], Instant] = clock.now,
        settle_s: float | None = 0.0,
    ) -> None:
        self.folder = folder
        self.secret_file = folder / "secrets" / "ticket"
        self.secret_file.parent.mkdir(parents=True, exist_ok=True)
        self.set_secret(secret)
        if secret:
            ticket = msgspec.structs.replace(wanted.ticket, secret="secret:ticket")  # noqa: S106  a reference
            wanted = msgspec.structs.replace(wanted, ticket=ticket)
        self.store = Store.open(folder / "state", stores.PROCEDURE)
        self.told: list[tuple[str, Delivery]] = []
        self.desk = Desk(wanted, folder / "deskready.toml", procedure.load())
        self.sender = Sender(
            lambda: self.store,
            lambda: self.desk,
            folder / "state",
            lambda incident, delivery: self.told.append((incident, delivery)),
            deliver=deliver,
            look=look or (nobody_looks if deliver else None),
            settle_s=settle_s,
            now=now,
        )

    def set_secret(self, secret: str) -> None:
        self.secret_file.write_text(secret)
        self.secret_file.chmod(0o600)

    def put(self, *notes: Note) -> None:
        with self.store.transaction() as tx:
            for one in notes:
                outbox.put(tx, one)

    def states(self) -> list[tuple[str, str, str]]:
        """Return (incident, kind, state) of every delivery in order."""
        return self.store.query(  # type: ignore[return-value]
            "SELECT n.incident, n.kind, d.state FROM ticket_delivery d JOIN ticket_note n ON n.seq = d.note "
            "ORDER BY d.note, d.sink"
        )

    def remote(self, incident: str) -> outbox.Remote:
        (remote,) = outbox.tickets_of(self.store, incident)
        return remote

    def drain(self, turns: int = 100) -> None:
        """Turn until nothing waits."""
        for _ in range(turns):
            self.sender.turn()
            if not any(one.state in ("pending", "sending") for one in outbox.depth(self.store)):
                return
        raise AssertionError(f"still waiting: {outbox.depth(self.store)} {self.sender.problems()}")

    def close(self) -> None:
        self.sender.stop()
        self.store.close()


def nobody_looks(_target: Target, _tickets: tuple[str, ...]) -> Sequence[Outcome]:
    return ()


@contextlib.contextmanager
def desk(folder: Path, wanted: Settings, **options: Any) -> Iterator[TicketDesk]:
    made = TicketDesk(folder, wanted, **options)
    try:
        yield made
    finally:
        made.close()


def serve(server: Any) -> Callable[[], None]:
    """Run a socketserver in a thread; returns what ends it."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join(5)

    return end
