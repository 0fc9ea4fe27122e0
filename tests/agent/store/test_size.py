"""The store's size: the cap, what may be dropped for it, and that time adds nothing."""

import gc
import sqlite3
from pathlib import Path

import psutil
import pytest
import stores

from agent.store import opening, space
from agent.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "state", stores.PROCEDURE)


def free_pages(store: Store) -> int:
    assert store._writing
    return int(store._writing.execute("PRAGMA freelist_count").fetchone()[0])


def test_trim_drops_history_and_never_the_journal(tmp_path: Path) -> None:
    stores.filled(tmp_path, event_count=100, change_count=6000)
    store = Store.open(tmp_path, stores.PROCEDURE)
    events, latest = store.events(), store.latest()
    report = store.trim(2_000_000)
    assert report.before_bytes > 4_000_000
    assert report.after_bytes == space.used_bytes(store.path) <= 2_000_000
    assert (report.is_over, store.events()[: len(events)], store.latest()) == (False, events, latest)
    trimmed = store.events("store.trimmed")
    assert report.dropped_count == sum(e.body["dropped_count"] for e in trimmed) > 1000
    assert store.verify().is_whole
    store.save([stores.result("another")])
    store.close()
    again = Store.open(tmp_path, stores.PROCEDURE)
    assert (again.notices, again.trim().dropped_count) == ((), 0)
    assert again.trim(1000).is_over  # only the journal is left
    assert again.verify().is_whole
    assert [e.seq for e in again.events()][:101] == list(range(1, 102))
    again.close()


def test_a_vacuum_of_one_step_would_free_one_page(tmp_path: Path) -> None:
    stores.filled(tmp_path, event_count=1, change_count=500)
    store = Store.open(tmp_path, stores.PROCEDURE)
    with store.transaction() as tx:
        space.drop_history(tx, 1.0)
    free = free_pages(store)
    assert free > 50
    assert store._writing
    store._writing.execute("PRAGMA incremental_vacuum").fetchall()
    assert free_pages(store) == free - 1
    space.compact(store._writing)
    assert free_pages(store) == 0
    store.close()


def test_history_cut_without_a_declaration_is_found(tmp_path: Path) -> None:
    path = stores.filled(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER result_change_no_delete")
    connection.execute("DELETE FROM result_change WHERE seq < 50")
    connection.commit()
    connection.close()
    store = Store.open(tmp_path, stores.PROCEDURE)
    assert store.notices[0].values["why"] == "chain"
    store.close()


def test_the_write_ahead_log_counts_and_stays_small(store: Store) -> None:
    before = space.used_bytes(store.path)
    for number in range(2000):
        store.save(stores.results(5, number))
    assert space.used_bytes(store.path) > before
    assert opening.wal_of(store.path).stat().st_size < 2 * opening.WAL_PAGES * opening.PAGE_BYTES


@pytest.mark.slow
def test_five_thousand_saves_leak_nothing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    process = psutil.Process()

    def footprint(saves: int) -> tuple[int, int, float]:
        cpu = sum(process.cpu_times()[:2])
        for number in range(saves):
            store.save(stores.results(10, number))
            store.latest()
        gc.collect()
        return process.num_fds(), process.memory_info().rss, sum(process.cpu_times()[:2]) - cpu

    fds, rss, _ = footprint(1000)
    later_fds, later_rss, cpu_s = footprint(5000)
    with capsys.disabled():
        print(
            f"\n5000 cycles of save(10) and latest(): file descriptors {later_fds - fds:+d}, "
            f"memory {(later_rss - rss) / 5000:+.1f} bytes a cycle, {cpu_s / 5:.3f} ms CPU a cycle"
        )
    assert later_fds == fds
    assert (later_rss - rss) / 5000 < 200
    assert space.used_bytes(store.path) < 3_000_000
