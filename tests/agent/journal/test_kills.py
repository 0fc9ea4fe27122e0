"""kill -9 while entries are kept: what was acknowledged is there, and the same key never keeps it twice."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from casebook import SHIPPED, Book, entry

from agent.journal.log import Log, Once
from agent.recorder import Recorder

KILLS = int(os.environ.get("DESKREADY_KILLS", "40"))
TESTS = Path(__file__).resolve().parents[2]


def keep_for_ever(folder: Path, first: int) -> None:
    """Keep entries under the keys first, first + 1, …, and print each key once it is acknowledged."""
    log = Log(Recorder(folder, (SHIPPED.edition, SHIPPED.sha256)), SHIPPED)
    number = first
    while True:
        keep(log, number)
        os.write(1, b"%d\n" % number)
        number += 1


def keep(log: Log, number: int) -> bool:
    """Keep the entry of a number; whether it was there already."""
    one = entry("service", case=f"A{number % 7}A-AAA", at=datetime.now(UTC), reason="follow-up")
    return log.keep([one], "broker", datetime.now(UTC), Once(str(number), str(number)))[0].is_repeat


def killed(folder: Path, first: int, after_s: float) -> Iterator[int]:
    """Run a keeper, end it with SIGKILL after a while, and yield the numbers that it acknowledged."""
    argv = [sys.executable, __file__, str(folder), str(first)]
    path = f"{TESTS.parent}{os.pathsep}{TESTS}"
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}) as child:
        assert child.stdout
        yield int(child.stdout.readline())
        time.sleep(after_s)
        child.kill()
        yield from (int(line) for line in child.stdout.read().split(b"\n")[:-1])


@pytest.mark.slow
@pytest.mark.timeout(60 + 5 * KILLS)
def test_nothing_acknowledged_is_lost_and_nothing_is_kept_twice(tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311  reproducible
    folder, acked = tmp_path / "state", 0
    for _ in range(KILLS):
        acked = max(killed(folder, acked + 1, chance.uniform(0, 0.05)))
        book = Book(folder)
        try:
            assert all(keep(book.log, number) for number in range(max(1, acked - 5), acked + 1))
            keep(book.log, acked + 1)  # was in flight: kept before the kill, or now
            acked += 1
            events = [event for event in book.log.after(0, 10**6) if event.kind == "case.step"]
            assert len(events) == acked
            assert book.recorder.store().verify().is_whole
        finally:
            book.close()
    assert acked > KILLS


def test_without_a_key_the_same_entry_is_kept_twice(tmp_path: Path) -> None:
    book = Book(tmp_path)
    for _ in range(2):
        book.log.keep([entry("service", at=datetime.now(UTC))], "broker", datetime.now(UTC))
    assert len(book.log.after(0, 10)) == 2
    book.close()


if __name__ == "__main__":
    keep_for_ever(Path(sys.argv[1]), int(sys.argv[2]))
