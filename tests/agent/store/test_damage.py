"""Damaged files: every altered row is found, the file is kept, what is intact lives on."""

import hashlib
import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest
import stores

from agent.store import chain, opening, salvage
from agent.store.store import Store, StoreError

FLIPS = 200


def flip(path: Path, seed: int) -> None:
    """Turn over one bit, or four, anywhere in the file."""
    chance = random.Random(seed)  # noqa: S311  reproducible
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 4))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def rows_of(path: Path) -> dict[str, list[chain.Row]] | None:
    """Every hashed row as SQLite reads it; None where it cannot."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        chain.lenient_text(connection)
        found = {t.name: connection.execute(f"{t.select} ORDER BY {t.key}").fetchall() for t in chain.TABLES}
        connection.close()
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return None
    return found


def quick_check(path: Path) -> bool:
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        answer = connection.execute("PRAGMA quick_check(1)").fetchone()
        connection.close()
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return False
    return bool(answer == ("ok",))


@pytest.mark.slow
def test_every_altered_row_is_found_where_sqlite_finds_few(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = stores.filled(tmp_path / "sound")
    right = rows_of(sound)
    altered = missed = missed_by_sqlite = broken_after = carried = 0
    for seed in range(FLIPS):
        state_dir = tmp_path / f"flip-{seed}"
        state_dir.mkdir()
        path = state_dir / opening.DB_NAME
        shutil.copyfile(sound, path)
        flip(path, seed)
        is_altered, found = rows_of(path) != right, salvage.examine(path)
        altered += is_altered
        missed += is_altered and found is None
        missed_by_sqlite += is_altered and quick_check(path)
        store = Store.open(state_dir, stores.PROCEDURE)
        store.append("test.after", "test", {})
        broken_after += not store.verify().is_whole or bool(store.notices) != (found is not None)
        if found:
            tables = store.notices[0].values["tables"]
            carried += sum(table["carried_count"] for table in tables.values())
        store.close()
        shutil.rmtree(state_dir)
    with capsys.disabled():
        print(
            f"\nflips {FLIPS}, rows altered in {altered}, missed by the chain {missed}, "
            f"missed by quick_check {missed_by_sqlite}, rows carried over {carried}, "
            f"stores not whole afterwards {broken_after}"
        )
    assert altered > FLIPS // 2
    assert (missed, broken_after) == (0, 0)
    assert missed_by_sqlite > altered // 2


@pytest.mark.parametrize("offset", range(4, 40, 3))
def test_a_schema_that_is_no_text_any_more_is_set_aside_and_the_rows_live_on(
    tmp_path: Path, offset: int
) -> None:
    path = stores.filled(tmp_path)
    content = bytearray(path.read_bytes())
    content[content.index(b"CREATE TRIGGER") + offset] ^= 0x80
    path.write_bytes(content)
    store = Store.open(tmp_path, stores.PROCEDURE)
    assert store.notices
    assert store.verify().is_whole
    store.close()


def damaged(state_dir: Path, sql: str) -> Path:
    """A store in which someone changed rows behind the program's back."""
    path: Path = stores.filled(state_dir)
    connection = sqlite3.connect(path)
    for trigger in ("event_no_update", "event_no_delete", "result_change_no_update"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(sql)
    connection.commit()
    connection.close()
    return path


def test_an_altered_row_is_reported_and_the_others_live_on(tmp_path: Path) -> None:
    path = damaged(tmp_path, "UPDATE event SET actor = 'someone' WHERE seq = 100")
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    store = Store.open(tmp_path, stores.PROCEDURE)
    (notice,) = store.notices
    assert (notice.code, notice.values["why"], notice.values["sha256"]) == ("store.salvaged", "chain", old)
    event = notice.values["tables"]["event"]
    assert (event["carried_count"], event["altered"], event["missing"]) == (200, ["100"], [])
    (aside,) = tmp_path.glob("deskready.db.damaged-*Z")
    assert hashlib.sha256(aside.read_bytes()).hexdigest() == old
    assert oct(aside.stat().st_mode & 0o777) == "0o600"
    genesis, *rest = store.events()
    assert genesis.body["replaces"]["sha256"] == old
    numbers = [e.body["n"] for e in rest if e.kind == "test.event"]
    assert numbers == [n for n in range(200) if n != 98]  # n 98 was the row with seq 100
    assert {e.origin for e in rest[:3]} == {f"{old}/{seq}" for seq in (1, 2, 3)}
    assert store.verify().is_whole
    assert (len(store.latest()), store.note("note.3")) == (20, "v" * 150)
    store.close()
    again = Store.open(tmp_path, stores.PROCEDURE)
    assert again.notices == ()
    again.close()


def test_a_removed_row_is_reported_as_missing(tmp_path: Path) -> None:
    damaged(tmp_path, "DELETE FROM event WHERE seq IN (50, 51, 52, 201)")
    store = Store.open(tmp_path, stores.PROCEDURE)
    assert store.notices[0].values["tables"]["event"]["missing"] == [(50, 52), (201, 201)]
    store.close()


CHANGES = {
    "result_latest": "UPDATE result_latest SET body = replace(body, 'fail', 'warn')",
    "result_change": "UPDATE result_change SET body = replace(body, 'fail', 'warn')",
    "note": "UPDATE note SET value = replace(value, 'v', 'w')",
}


@pytest.mark.parametrize("table", CHANGES)
def test_rows_of_every_table_are_guarded(tmp_path: Path, table: str) -> None:
    damaged(tmp_path, CHANGES[table])
    store = Store.open(tmp_path, stores.PROCEDURE)
    assert store.notices[0].values["tables"][table]["altered_count"] > 0
    store.close()


def test_pages_of_rubbish_do_not_keep_the_rest(tmp_path: Path) -> None:
    path = stores.filled(tmp_path, event_count=2000)
    content = bytearray(path.read_bytes())
    for page in range(40, 45):
        content[page * 4096 : (page + 1) * 4096] = os.urandom(4096)
    path.write_bytes(content)
    store = Store.open(tmp_path, stores.PROCEDURE)
    tables = store.notices[0].values["tables"]
    assert sum(table["carried_count"] for table in tables.values()) > 2000
    assert store.verify().is_whole
    store.close()


@pytest.mark.parametrize("content", [b"", b"rubbish", b"rubbish" * 5000])
def test_a_file_that_is_no_database_is_kept_and_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / opening.DB_NAME).write_bytes(content)
    store = Store.open(tmp_path, stores.PROCEDURE)
    store.append("test.after", "test", {})
    (aside,) = tmp_path.glob("*damaged-*Z")
    assert aside.read_bytes() == content
    assert store.notices[0].values["sha256"] == hashlib.sha256(content).hexdigest()
    store.close()


def test_a_destroyed_header_costs_no_row(tmp_path: Path) -> None:
    path = stores.filled(tmp_path)
    path.write_bytes(b"\xff" * 24 + path.read_bytes()[24:])
    store = Store.open(tmp_path, stores.PROCEDURE)
    assert store.notices[0].values["why"] == "header"
    assert len(store.events("test.event")) == 200
    store.close()


def test_a_rebuild_that_was_interrupted_is_done_again(tmp_path: Path) -> None:
    path = stores.filled(tmp_path)
    path.with_name("deskready.db.new").write_bytes(b"half a file")
    salvage.set_aside(path)
    store = Store.open(tmp_path, stores.PROCEDURE)
    assert len(store.events("test.event")) == 200
    store.close()


def test_damage_under_an_open_store_heals_too(tmp_path: Path) -> None:
    store = Store.open(tmp_path, stores.PROCEDURE)
    for number in range(300):
        store.append("test.event", "broker", {"n": number, "text": "x" * 500})
    assert store._writing
    store._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(store.path.read_bytes())
    content[4096 * 20 :] = b"\xff" * (len(content) - 4096 * 20)
    with store.path.open("r+b") as file:
        file.write(content)
    store._writing.execute("PRAGMA shrink_memory")  # else it would not look at the disk again
    codes = set()
    for _ in range(3):
        try:
            store.append("test.after", "test", {})
        except StoreError as refusal:
            codes.add(refusal.code)
    assert codes == {"store.corrupt"}
    assert [notice.code for notice in store.notices][:2] == ["store.refused", "store.salvaged"]
    assert store.verify().is_whole
    store.close()
