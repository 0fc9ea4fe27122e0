"""The chain: canonical JSON, hashes that the standard library can check, and every way to cheat."""

import contextlib
import hashlib
import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import stores
from hypothesis import given
from hypothesis import strategies as st

from agent.store import chain, opening
from agent.store.store import Store

TEXT = st.text(st.characters(codec="utf-8"))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)
BODIES = st.dictionaries(TEXT, VALUES)
CELLS = st.lists(TEXT | st.integers(-(2**63), 2**63 - 1) | st.none(), min_size=1)


@given(BODIES)
def test_canonical_json_says_the_same_and_stays_the_same(body: dict[str, Any]) -> None:
    text = chain.canonical(body)
    assert chain.canonical(json.loads(text)) == text
    assert json.loads(text) == json.loads(json.dumps(body))
    assert chain.canonical(dict(reversed(body.items()))) == text


def test_without_sorting_the_order_of_keys_would_show() -> None:
    assert msgspec.json.encode({"a": 1, "b": 2}) != msgspec.json.encode({"b": 2, "a": 1})


def test_what_json_cannot_say_is_refused() -> None:
    assert chain.canonical({"x": float("nan")}) == '{"x":null}'
    with pytest.raises(UnicodeEncodeError):
        chain.canonical({"x": "\udcff"})
    with pytest.raises(TypeError):
        chain.canonical({"x": object()})


@given(CELLS)
def test_a_hash_can_be_checked_with_the_standard_library_alone(cells: list[Any]) -> None:
    text = json.dumps([chain.EVENT.name, *cells], ensure_ascii=False, separators=(",", ":"))
    assert chain.digest(chain.EVENT, tuple(cells)) == hashlib.sha256(text.encode()).hexdigest()


@given(CELLS, CELLS)
def test_two_rows_share_no_hash(one: list[Any], other: list[Any]) -> None:
    is_same = [(type(cell), cell) for cell in one] == [(type(cell), cell) for cell in other]
    assert (chain.digest(chain.NOTE, tuple(one)) == chain.digest(chain.NOTE, tuple(other))) == is_same


def test_a_text_that_became_a_blob_is_altered() -> None:
    row = ("key", "", chain.digest(chain.NOTE, ("key", "")))
    assert chain.is_intact(chain.NOTE, row)
    assert chain.digest(chain.NOTE, ("key", b"")) == row[-1]  # the hash alone would not tell
    assert not chain.is_intact(chain.NOTE, ("key", b"", row[-1]))


@given(st.lists(BODIES, min_size=2, max_size=6), st.data())
def test_links_hold_and_any_change_breaks_them(bodies: list[dict[str, Any]], data: st.DataObject) -> None:
    rows = linked([chain.canonical(body) for body in bodies])
    assert list(chain.links(rows, chain.EVENT, chain.Head(0, chain.START))) == []
    at, column = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(0, len(rows[0]) - 1))
    cell = rows[at][column]
    row = list(rows[at])
    row[column] = cell + 1 if isinstance(cell, int) else cell + "."
    changed = [*rows[:at], tuple(row), *rows[at + 1 :]]
    assert list(chain.links(changed, chain.EVENT, chain.Head(0, chain.START)))


def linked(bodies: list[str]) -> list[chain.Row]:
    rows: list[chain.Row] = []
    before = chain.START
    for seq, body in enumerate(bodies, 1):
        row = (seq, "2026-03-02T01:00:00.000000Z", "boot", 1, "kind", "actor", body, "ed", "sha", "", before)
        before = chain.digest(chain.EVENT, row)
        rows.append((*row, before))
    return rows


@contextlib.contextmanager
def cheating(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of someone who can write the file and takes the triggers out."""
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.commit()
    connection.close()


def reseal(connection: sqlite3.Connection, seq: int) -> None:
    """Give an altered event a hash that fits it."""
    *columns, _ = connection.execute(f"{chain.EVENT.select} WHERE seq = ?", (seq,)).fetchone()
    link = chain.digest(chain.EVENT, tuple(columns))
    connection.execute("UPDATE event SET hash = ? WHERE seq = ?", (link, seq))


def swap(connection: sqlite3.Connection, one: int, other: int) -> None:
    for old, new in ((one, -1), (other, one), (-1, other)):
        connection.execute("UPDATE event SET seq = ? WHERE seq = ?", (new, old))


def cheat(connection: sqlite3.Connection, chance: random.Random) -> str:
    how = chance.choice(("edit", "edit and reseal", "delete", "reorder", "insert", "cut the tail"))
    seq = chance.randrange(1, 52)
    if how.startswith("edit"):
        connection.execute("UPDATE event SET body = body || ' ' WHERE seq = ?", (seq,))
        if how == "edit and reseal" and seq < 51:  # the newest one's seal is the recorded head
            reseal(connection, seq)
    elif how == "delete":
        connection.execute("DELETE FROM event WHERE seq = ?", (seq,))
    elif how == "reorder":
        swap(connection, seq, seq % 51 + 1)
    elif how == "insert":
        row = connection.execute(f"{chain.EVENT.select} WHERE seq = ?", (seq,)).fetchone()
        connection.execute(chain.EVENT.insert, (52, *row[1:]))
    else:
        connection.execute("DELETE FROM event WHERE seq >= ?", (seq,))
    return how


def test_every_cheat_is_found(tmp_path: Path) -> None:
    sound = stores.filled(tmp_path, event_count=50, change_count=5).read_bytes()
    path, chance = tmp_path / "copy.db", random.Random(3)  # noqa: S311  reproducible
    tally: dict[str, int] = {}
    for _ in range(200):
        path.write_bytes(sound)
        with cheating(path) as connection:
            how = cheat(connection, chance)
        with contextlib.closing(opening.lenient_reader(path)) as reader:
            assert not chain.verify(reader).is_whole, how
        for leftover in (opening.wal_of(path), opening.shm_of(path)):
            leftover.unlink(missing_ok=True)
        tally[how] = tally.get(how, 0) + 1
    assert len(tally) == 6


def test_the_same_file_without_a_cheat_is_whole(tmp_path: Path) -> None:
    path = stores.filled(tmp_path, event_count=50, change_count=5)
    with cheating(path):
        pass
    with contextlib.closing(opening.lenient_reader(path)) as reader:
        report = chain.verify(reader)
    assert report.is_whole
    assert report.heads["event"].seq == 51


def test_who_rewrites_the_whole_chain_is_found_by_a_head_kept_elsewhere(tmp_path: Path) -> None:
    store = Store.open(tmp_path, stores.PROCEDURE)
    store.append("test.event", "broker", {"n": 1})
    kept_elsewhere = store.verify().heads["event"]
    store.close()
    with cheating(store.path) as connection:
        connection.execute("UPDATE event SET body = '{}' WHERE seq = 2")
        reseal(connection, 2)
        connection.execute(
            "UPDATE head SET hash = (SELECT hash FROM event WHERE seq = 2) WHERE name = 'event'"
        )
    again = Store.open(tmp_path, stores.PROCEDURE)
    assert again.verify().is_whole  # the limit of a chain without an anchor
    assert again.verify().heads["event"] != kept_elsewhere
    again.close()
