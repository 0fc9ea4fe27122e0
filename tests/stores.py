"""Stores for tests: a result to save, and a process that writes until it is ended.

Run as a program it writes as fast as it can and prints each seq after it was acknowledged:
    python stores.py STATE_DIR [FULL|NORMAL] [wal_autocheckpoint]
"""

import os
import random
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agent import clock  # noqa: E402  found by the line above when this is a program
from agent.result import Fault, Result  # noqa: E402
from agent.store.chain import EVENT  # noqa: E402
from agent.store.store import Store  # noqa: E402

PROCEDURE = ("2026-1", "ab" * 32)
BOOT = "boot-of-the-test"
WRITER_STARTS_S = 20.0


def result(check: str = "network.link", *codes: str, **changes: Any) -> Result:
    own: dict[str, Any] = {
        "check": check,
        "device": "network",
        "level": "blocking",
        "state": "fail" if codes else "ok",
        "findings": tuple(Fault(code, "stop", ("2.1",), {"percent": 8.0}) for code in codes),
        "facts": {"name": "前台", "rates": [0.1, 2.5, 1e300], "text": "x" * 400},
        "measured_at": datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        "took_s": 0.04,
        "boot_id": BOOT,
        "boot_s": 100.0,
    }
    return Result(**{**own, **changes})


def results(count: int, number: int = 0) -> list[Result]:
    at = clock.now()
    clocks = {"measured_at": at.utc, "boot_s": at.boot_s, "boot_id": at.boot_id}
    return [result(f"check.{i}", facts={"number": number, "text": "x" * 300}, **clocks) for i in range(count)]


def filled(state_dir: Path, event_count: int = 200, change_count: int = 300) -> Path:
    """Make a closed store with rows in every table; returns its file."""
    store = Store.open(state_dir, PROCEDURE)
    with store.transaction() as tx:
        for number in range(event_count):
            tx.append("test.event", "broker", {"n": number, "text": "客户" * (number % 90)})
        for number in range(change_count):
            codes = ("NET_LINK_DOWN",) if number % 2 else ()
            tx.save([result(f"check.{number % 20}", *codes, boot_s=4000.0 * number)])
        for number in range(5):
            tx.set_note(f"note.{number}", "v" * number * 50)
    store.close()
    return store.path


class Writer:
    """A process that writes to a store, and what it has acknowledged."""

    def __init__(self, state_dir: Path, *arguments: str) -> None:
        argv = [sys.executable, __file__, str(state_dir), *arguments]
        self.child = subprocess.Popen(argv, stdout=subprocess.PIPE, bufsize=0)
        self.acked: list[int] = []
        assert self.child.stdout
        ready, _, _ = select.select([self.child.stdout], [], [], WRITER_STARTS_S)
        assert ready, "the writer acknowledged nothing"

    def kill(self) -> list[int]:
        """End it with SIGKILL and return every acknowledged seq; a number cut off at the end was not."""
        self.child.send_signal(signal.SIGKILL)
        assert self.child.stdout
        text = self.child.stdout.read()
        self.child.stdout.close()
        self.child.wait()
        return [int(line) for line in text.split(b"\n")[:-1]]

    def stop(self) -> None:
        """Freeze it with SIGSTOP; returns when it stands still."""
        self.child.send_signal(signal.SIGSTOP)
        while Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.001)


def judge(state_dir: Path, acked: list[int]) -> tuple[int, list[str]]:
    """Open what a dead writer left: how many acknowledged events are lost, and what is broken."""
    store = Store.open(state_dir, PROCEDURE)
    try:
        broken = [notice.code for notice in store.notices]
        broken += [str(found) for found in store.verify().breaks]
        seqs = [event.seq for event in store.events("test.write")]
        saved = [int(one.facts["number"]) for one in store.latest()]
        if saved != seqs[-1:]:
            broken.append(f"event {seqs[-1:]} and result {saved} were one commit")
        return len(set(acked) - set(seqs)), broken
    finally:
        store.close()


def _write_until_ended(state_dir: Path, synchronous: str = "FULL", autocheckpoint: str = "20") -> None:
    store = Store.open(state_dir, PROCEDURE)
    assert store._writing
    store._writing.execute(f"PRAGMA synchronous = {synchronous}")
    store._writing.execute(f"PRAGMA wal_autocheckpoint = {int(autocheckpoint)}")
    chance = random.Random()  # noqa: S311  any will do
    while True:
        with store.transaction() as tx:
            number = tx.head(EVENT).seq + 1
            seq = tx.append("test.write", "test", {"text": "x" * chance.randrange(2000)})
            tx.save(results(1, number))
        os.write(1, b"%d\n" % seq)


if __name__ == "__main__":
    _write_until_ended(Path(sys.argv[1]), *sys.argv[2:])
