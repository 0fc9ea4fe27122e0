"""Disks that are full, read-only or failing: refused openly, nothing lost, well again by itself."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import stores

from agent.store.store import Store, StoreError

CUTS = int(os.environ.get("DESKREADY_CUTS", "40"))


def on_disks(scenario: str, folder: Path, *arguments: str, timeout_s: float = 60) -> dict[str, Any]:
    """Run a scenario in a mount namespace of its own, which takes its mounts with it."""
    program = Path(stores.__file__).with_name("stores_on_disks.py")
    argv = ["unshare", "--mount", sys.executable, str(program), scenario, str(folder), *arguments]
    done = subprocess.run(argv, capture_output=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, done.stderr.decode()
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.root
def test_a_full_disk_is_recorded_and_heals_when_it_grows(tmp_path: Path) -> None:
    seen = on_disks("disk_full", tmp_path)
    assert seen["acked"] > 0
    assert seen["refusals"] == ["store.full"]
    assert seen["recorded"] == ["store.full"]
    assert (seen["problem"], seen["readable"]) == ("store.full", 1)
    assert (seen["more"], seen["later_refusals"]) == (50, [])
    assert seen["healed"] == [{"code": "store.full", "refused_count": 3000 - seen["acked"]}]
    assert (seen["problem_after"], seen["lost"], seen["is_whole"]) == (None, 0, True)
    assert seen["ballast"]


@pytest.mark.root
def test_without_ballast_a_full_disk_could_not_be_recorded(tmp_path: Path) -> None:
    seen = on_disks("disk_full", tmp_path, "none")
    assert seen["recorded"] == []
    assert (seen["problem_after"], seen["lost"], seen["is_whole"]) == (None, 0, True)


@pytest.mark.root
def test_a_store_opens_on_a_read_only_disk_and_heals(tmp_path: Path) -> None:
    seen = on_disks("read_only_at_start", tmp_path)
    assert (seen["refused"], seen["problem"]) == ("store.read_only", "store.read_only")
    assert seen["events"] == 201
    assert (seen["problem_after"], seen["healed"]) == (None, ["store.read_only"])
    assert seen["is_whole"]


@pytest.mark.root
def test_a_store_whose_files_turn_read_only_refuses_and_heals(tmp_path: Path) -> None:
    seen = on_disks("read_only_while_open", tmp_path)
    assert seen["acked"] == [20, 0, 20]
    assert (set(seen["refusals"]), seen["later_refusals"]) == ({"store.read_only"}, [])
    assert (seen["problem"], seen["problem_after"]) == ("store.read_only", None)
    assert (seen["readable"], seen["lost"], seen["is_whole"]) == (1, 0, True)


@pytest.mark.root
def test_a_failing_disk_ends_neither_the_process_nor_an_acknowledged_row(tmp_path: Path) -> None:
    seen = on_disks("disk_fails", tmp_path)
    assert (seen["acked"], seen["refusals"]) == (20, ["store.read_only"])
    assert (seen["lost"], seen["broken"]) == (0, [])


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.timeout(120 + 3 * CUTS)
def test_no_acknowledged_row_is_lost_by_a_power_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = on_disks("power_cuts", tmp_path, str(CUTS), "FULL", "20", timeout_s=100 + 3 * CUTS)
    with capsys.disabled():
        print(f"\npower cuts, FULL: {seen}")
    assert (seen["lost"], seen["broken"]) == (0, [])
    assert seen["after_ack"] == CUTS


@pytest.mark.root
@pytest.mark.slow
def test_the_power_cut_shows_what_a_log_without_sync_loses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = on_disks("power_cuts", tmp_path, "10", "NORMAL", "1000", timeout_s=100)
    with capsys.disabled():
        print(f"\npower cuts, NORMAL: {seen}")
    assert seen["lost"] > 0


def write_until_refused(store: Store, acked: list[int]) -> None:
    while True:
        acked.append(store.append("test.write", "test", {"text": "x" * 3000}))


def test_a_file_size_limit_refuses_and_heals(tmp_path: Path) -> None:
    store = Store.open(tmp_path, stores.PROCEDURE)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    acked: list[int] = []
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, old[1]))  # Python ignores SIGXFSZ
    try:
        with pytest.raises(StoreError, match=r"store\.io"):
            write_until_refused(store, acked)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert len(acked) > 10
    acked.append(store.append("test.write", "test", {}))
    assert store.problem is None
    assert [event.seq for event in store.events("test.write")] == acked
    assert store.verify().is_whole
    store.close()


def test_a_refused_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store.open(tmp_path, stores.PROCEDURE)
    before = store.verify()
    with pytest.raises(TypeError), store.transaction() as tx:  # noqa: PT012  all of it is one
        tx.save(stores.results(2))
        tx.set_note("a", "b")
        tx.append("test.write", "test", {})
        tx.append("test.write", "test", {"x": object()})
    assert store.verify() == before
    assert store.append("test.write", "test", {}) == 2
    store.close()


def test_an_unusable_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"store\.(read_only|io)"):
        Store.open(Path("/proc/no-such-place/state"), stores.PROCEDURE)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"store\.io"):
        Store.open(tmp_path / "file", stores.PROCEDURE)


def test_a_file_that_vanishes_under_the_store_is_told_and_its_log_kept(tmp_path: Path) -> None:
    store = Store.open(tmp_path, stores.PROCEDURE)
    store.append("test.write", "test", {})
    store.path.unlink()
    store.append("test.after", "test", {})
    assert len(store.events("test.after")) == 1
    assert [notice.code for notice in store.notices] == ["store.vanished", "store.salvaged"]
    (log,) = tmp_path.glob("*damaged-*Z-wal")
    assert b"test.write" in log.read_bytes()
    assert store.verify().is_whole
    store.close()
