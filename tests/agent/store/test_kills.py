"""kill -9 in the midst of writing: nothing acknowledged is lost, nothing is broken."""

import os
import random
import sqlite3
import time
from pathlib import Path

import pytest
import stores

from agent.store import lock
from agent.store.store import Store, StoreError, StoreLocked

KILLS = int(os.environ.get("DESKREADY_KILLS", "100"))


@pytest.mark.slow
@pytest.mark.timeout(60 + 2 * KILLS)
def test_no_acknowledged_row_is_lost_by_a_kill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state_dir, chance = tmp_path / "state", random.Random(7)  # noqa: S311  reproducible
    acked_count = after_ack = lost_count = 0
    broken: list[str] = []
    for number in range(KILLS):
        if number % 20 == 0:  # a file that stays small keeps the check after each kill short
            state_dir = tmp_path / f"state-{number}"
        writer = stores.Writer(state_dir)
        time.sleep(chance.uniform(0.0, 0.05))
        acked = writer.kill()
        lost, found = stores.judge(state_dir, acked)
        acked_count, after_ack = acked_count + len(acked), after_ack + bool(acked)
        lost_count, broken = lost_count + lost, broken + found
    with capsys.disabled():
        print(
            f"\nkills {KILLS}, after an acknowledgement {after_ack}, "
            f"acknowledged {acked_count}, lost {lost_count}, broken {len(broken)}"
        )
    assert (lost_count, broken) == (0, [])
    assert after_ack == KILLS


def test_a_lost_row_would_be_seen(tmp_path: Path) -> None:
    writer = stores.Writer(tmp_path)
    acked = writer.kill()
    assert stores.judge(tmp_path, acked) == (0, [])
    assert stores.judge(tmp_path, [*acked, 10**6]) == (1, [])
    connection = sqlite3.connect(tmp_path / "deskready.db")
    connection.execute("DROP TRIGGER event_no_delete")
    connection.execute("DELETE FROM event WHERE seq = 2")
    connection.commit()
    connection.close()
    assert stores.judge(tmp_path, acked)[1][0] == "store.salvaged"


def test_a_second_writer_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    writer = stores.Writer(tmp_path)
    try:
        with pytest.raises(StoreLocked) as refused:
            Store.open(tmp_path, stores.PROCEDURE)
        assert (refused.value.code, refused.value.pid) == ("store.locked", writer.child.pid)
    finally:
        writer.kill()
    Store.open(tmp_path, stores.PROCEDURE).close()  # free at once, no stale pid file in the way


def test_without_the_lock_a_second_writer_would_get_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Store.open(tmp_path, stores.PROCEDURE)
    monkeypatch.setattr(lock, "_take", lambda _fd: None)
    second = Store.open(tmp_path, stores.PROCEDURE)
    second.append("test.second", "test", {})
    first.close()
    second.close()


def test_a_lock_is_held_by_one_store_of_this_process_too(tmp_path: Path) -> None:
    first = Store.open(tmp_path, stores.PROCEDURE)
    with pytest.raises(StoreLocked):
        Store.open(tmp_path, stores.PROCEDURE)
    first.close()
    Store.open(tmp_path, stores.PROCEDURE).close()


@pytest.mark.parametrize(
    ("version", "is_fixed"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 54, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_an_old_sqlite_needs_the_lock(version: tuple[int, ...], *, is_fixed: bool) -> None:
    assert lock.is_wal_reset_fixed(version) is is_fixed
    if is_fixed:
        lock.refuse_unlocked(version)
    else:
        with pytest.raises(StoreError, match="unlockable"):
            lock.refuse_unlocked(version)
