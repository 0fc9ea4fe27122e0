"""A desk whose results are made by hand, with the real keeper, recorder and store behind it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import rows
from incident_streams import LINK, PROCEDURE, STATUS, at, seen

from agent.incidents.keeper import Keeper
from agent.incidents.model import Incident
from agent.incidents.outlook import Pause
from agent.incidents.wanted import Wanted
from agent.plan import Job
from agent.recorder import Recorder
from agent.result import Result
from agent.store.store import Store
from agent.tickets.outbox import Note
from agent.track import Rule, Track, fold
from agent.verdict import Row
from config.devices import Printer
from config.procedure import Procedure
from config.tables import Settings, Station, Ticket

SPARE = ("printer.status", "printer:finance")
RULES: Mapping[tuple[str, str], Rule] = {
    STATUS: rows.rule("printer.status", capability="printing", fail_attempts=2),
    SPARE: rows.rule("printer.status", capability="printing", fail_attempts=2),
    LINK: rows.rule(),
}
SETTINGS = Settings(
    station=Station(name="desk-07", site="sh-1", lang="en"),
    printer=(
        Printer(name="front", place="前台", host="192.0.2.20", substitutes=("finance",)),
        Printer(name="finance", place="财务室", host="192.0.2.21"),
    ),
    ticket=Ticket(backend="redmine", url="https://it.example.cn", hours="always", observe_only=False),
)


class Desk:
    """The rows above over a real store. Times are seconds since the start of the test's day."""

    def __init__(
        self, state_dir: Path, settings: Settings = SETTINGS, procedure: Procedure = PROCEDURE
    ) -> None:
        self.state_dir, self.settings, self.procedure = state_dir, settings, procedure
        self.tracks: dict[tuple[str, str], Track] = dict.fromkeys(RULES, Track())
        self.pause = Pause()
        self.now_s = 0.0
        self.boot = rows.BOOT
        self.open()

    def open(self) -> None:
        self.recorder = Recorder(self.state_dir, (self.procedure.edition, self.procedure.sha256))
        self.keeper = Keeper(self.recorder, self.settings, self.procedure)

    def restart(self) -> None:
        """A new process: the tracks begin empty."""
        self.recorder.close()
        self.tracks = dict.fromkeys(RULES, Track())
        self.open()

    def close(self) -> None:
        self.recorder.close()

    @property
    def rows(self) -> tuple[Row, ...]:
        own = {"printer:front", "network"}
        return tuple(Row(RULES[key], key[1], track, key[1] in own) for key, track in self.tracks.items())

    def turn(self, *results: Result, now_s: float | None = None) -> Wanted:
        for result in results:
            self.tracks[result.key] = fold(self.tracks[result.key], result, RULES[result.key])
            self.keeper.observe(_job(result), result)
        self.now_s = max([self.now_s, *(one.boot_s for one in results)]) if now_s is None else now_s
        return self.keeper.turn(self.rows, self.pause, at(self.now_s, self.boot))

    def see(self, key: tuple[str, str], *codes: str, after_s: float = 15.0, **more: object) -> Wanted:
        return self.turn(seen(key, self.now_s + after_s, *codes, boot=self.boot, **more))

    def act(self, name: str, action: str, /, **options: Any) -> Incident:
        return self.keeper.act(name, action, options, "broker", self.rows, at(self.now_s, self.boot))[0]

    def show(self, name: str) -> dict[str, Any]:
        return self.keeper.show(name, self.rows, at(self.now_s, self.boot))

    def listing(self, *, is_all: bool = True) -> list[dict[str, Any]]:
        return self.keeper.listing(self.rows, at(self.now_s, self.boot), is_all=is_all)["incidents"]

    @property
    def store(self) -> Store:
        store = self.recorder.reader()
        assert isinstance(store, Store)
        return store

    def kinds(self) -> list[str]:
        """Kinds of the journal's incident events, in order."""
        prefix = "incident."
        return [e.kind.removeprefix(prefix) for e in self.store.events() if e.kind.startswith(prefix)]

    def notes(self) -> list[Note]:
        """Every note that was ever put, in order."""
        return [msgspec.convert(event.body["note"], Note) for event in self.store.events("ticket.note")]


def due_s(note: Note) -> float:
    return (note.due_utc - rows.START).total_seconds()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _job(result: Result) -> Job:
    return Job(PROCEDURE.checks[result.check], result.device)
