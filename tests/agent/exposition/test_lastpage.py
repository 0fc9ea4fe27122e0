import os
import threading
from pathlib import Path

import exposition
import pytest
from snapshots import AT, page, result, whole_desk

from agent.exposition import lastpage
from agent.exposition.families import BY_NAME
from agent.exposition.metrics import render, stale


def twin() -> bytes:
    return render(stale(whole_desk(), AT))[0]


def test_the_page_of_the_previous_run_comes_back_grey(tmp_path: Path) -> None:
    lastpage.save(tmp_path, twin())
    assert lastpage.load(tmp_path) == twin()
    assert exposition.value(lastpage.load(tmp_path), "deskready_verdict", verdict="grey") == 1.0


def test_before_the_first_run_nothing_is_known(tmp_path: Path) -> None:
    first = lastpage.load(tmp_path)
    assert [
        exposition.value(first, "deskready_verdict", verdict=c) for c in ("green", "amber", "grey", "red")
    ] == [0, 0, 1, 0]
    assert exposition.value(first, "deskready_verdict_valid_until_timestamp_seconds") == 0.0
    for name in ("deskready_verdict", "deskready_verdict_valid_until_timestamp_seconds"):
        assert f"# HELP {name} {BY_NAME[name].help}\n" in first.decode()


def test_a_page_that_does_not_say_grey_is_not_served(tmp_path: Path) -> None:
    """The negative control: saved as it was, the live page would come back amber."""
    live = page(result())
    lastpage.save(tmp_path, live)
    assert b'verdict="amber"} 1.0' in (tmp_path / lastpage.NAME).read_bytes()
    assert lastpage.load(tmp_path) == lastpage.NOTHING_KNOWN


def test_no_part_of_a_page_is_served(tmp_path: Path) -> None:
    lastpage.save(tmp_path, twin())
    whole = (tmp_path / lastpage.NAME).read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / lastpage.NAME).write_bytes(whole[:length])
        assert lastpage.load(tmp_path) == lastpage.NOTHING_KNOWN


@pytest.mark.parametrize("content", [b"", b"\x00" * 4096, b"x" * (lastpage.MAX_BYTES + 1), twin() * 200])
def test_what_is_no_page_is_not_served(tmp_path: Path, content: bytes) -> None:
    (tmp_path / lastpage.NAME).write_bytes(content)
    assert lastpage.load(tmp_path) == lastpage.NOTHING_KNOWN


def test_a_folder_in_its_place_is_not_served(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / lastpage.NAME).mkdir()
    assert lastpage.load(tmp_path) == lastpage.NOTHING_KNOWN
    assert "not read" in caplog.text
    with pytest.raises(OSError, match="directory"):
        lastpage.save(tmp_path, twin())


def test_only_the_owner_can_read_it_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        lastpage.save(tmp_path, twin())
    finally:
        os.umask(before)
    assert (tmp_path / lastpage.NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [lastpage.NAME]


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f"{lastpage.NAME}.new").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic"):
        lastpage.save(tmp_path, twin())
    assert victim.read_text() == "mine"


def test_a_reader_never_sees_a_page_half_replaced(tmp_path: Path) -> None:
    lastpage.save(tmp_path, twin())
    is_done = threading.Event()

    def rewrite() -> None:
        while not is_done.is_set():
            lastpage.save(tmp_path, twin())

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        assert {lastpage.load(tmp_path) for _ in range(300)} == {twin()}
    finally:
        is_done.set()
        writer.join()
