"""Streams of results for tests of incidents: a small desk, a clock, and the keeper's fold driven by hand."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import count

import msgspec
import rows

from agent.clock import Instant
from agent.incidents.fold import Book, Memory, Outlook, fold
from agent.incidents.model import Incident, Transition
from agent.result import Fault, Result
from config.procedure import Procedure, load

PROCEDURE: Procedure = load()
JAM = "PRN_JAM"
STATUS = ("printer.status", "printer:front")
QUEUE = ("printer.queue", "printer:front")
LINK = ("network.link", "network")


def at(seconds: float, boot: str = rows.BOOT) -> Instant:
    return Instant(rows.START + timedelta(seconds=seconds), seconds, boot)


def seen(
    key: tuple[str, str],
    seconds: float,
    *codes: str,
    severity: str = "stop",
    boot: str = rows.BOOT,
    **more: object,
) -> Result:
    """A result of a row: bad with these faults, or good without."""
    faults = tuple(Fault(code, severity, ("2.2",), {"tray": "2"}) for code in codes)
    moment = at(seconds, boot)
    own = {
        "check": key[0],
        "device": key[1],
        "level": "blocking",
        "state": "fail" if codes else "ok",
        "findings": faults,
        "facts": {"model": "synthetic"},
        "measured_at": moment.utc,
        "boot_s": seconds,
        "boot_id": boot,
    }
    return Result(**{**own, **more})


def unseen(key: tuple[str, str], seconds: float) -> Result:
    return seen(key, seconds, state="unknown", reason="snmp.timeout")


class Stream:
    """A desk that exists only in its results. `happened` is everything that the fold said."""

    def __init__(
        self, procedure: Procedure = PROCEDURE, outlooks: Mapping[tuple[str, str], Outlook] | None = None
    ):
        self.memory = Memory()
        self.happened: list[Transition] = []
        numbers = count(1)
        self.book = Book(
            procedure,
            key_of=lambda identity: ":".join(("dr1", *identity)),
            new_id=lambda _now: f"I{next(numbers):025d}",
        )
        rule = rows.rule("printer.status", capability="printing", fail_attempts=2, retry_s=15.0)
        self.outlooks = dict(outlooks or {STATUS: Outlook(rule), LINK: Outlook(rows.rule())})

    def feed(
        self, *results: Result, now_s: float | None = None, boot: str = rows.BOOT
    ) -> tuple[Transition, ...]:
        """One turn with these results; `now_s` defaults to the newest of them."""
        moment = max((one.boot_s for one in results), default=0.0) if now_s is None else now_s
        self.memory, happened = fold(self.memory, results, self.outlooks, self.book, at(moment, boot))
        self.happened += happened
        return happened

    def run(
        self,
        key: tuple[str, str],
        bad: Iterable[bool],
        code: str,
        every_s: float = 60.0,
        start_s: float = 0.0,
    ) -> float:
        """A turn for each result; returns the time of the last."""
        now_s = start_s
        for number, is_bad in enumerate(bad):
            now_s = start_s + number * every_s
            self.feed(seen(key, now_s, *([code] if is_bad else [])))
        return now_s

    def look(self, key: tuple[str, str], **changes: object) -> None:
        """Change what the desk knows of a row."""
        self.outlooks[key] = msgspec.structs.replace(self.outlooks[key], **changes)

    def kinds(self, name: str | None = None) -> list[str]:
        return [one.kind for one in self.happened if name in {None, one.incident}]

    @property
    def incidents(self) -> tuple[Incident, ...]:
        return tuple(one for _, one in sorted(self.memory.incidents.items()))

    def restart(self) -> None:
        """What a new process knows: the incidents of the store, and nothing of any row."""
        self.memory = Memory(incidents=self.memory.incidents)
