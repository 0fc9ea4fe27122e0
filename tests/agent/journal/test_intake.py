"""Files of another program: mapped by words, taken in whole or not at all, their numbers hashed."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from casebook import NOW, Book

from agent.journal import external, foreign, intake
from agent.journal.log import Once
from agent.journal.refusals import BadEntry, Refused
from agent.store.opening import DB_NAME

MAPPING = """
system = "old-crm"
[columns]
case = "案件编号"
step = "环节"
at = "时间"
ticks = "核对"
"field.form" = "形式"
[steps]
"咨询" = "consult"
"推荐" = "recommend"
"签约" = "sign"
[ticks]
"已核对" = "info_verified"
"""
HEAD = "案件编号,环节,时间,核对,形式\n"
GOOD = HEAD + "P-2026/001,咨询,2026-11-20 09:00,,\nP-2026/001,推荐,2026-11-20 10:00,,\n"
SIGNED = "P-2026/001,签约,2026-11-20T11:00:00+08:00,已核对、signed,paper\n"
BAD = (
    GOOD
    + SIGNED.replace("已核对、", "")
    + "P-2026/002,咨询,yesterday,,\n,咨询,2026-11-20 09:00,,\n"
    + "P-2026/003,咨询一下,2026-11-20 09:00,,\n"
    + SIGNED.replace("paper", "13800138000")
)
NAMES = foreign.names(MAPPING)
SECRET = b"k" * 32


def take(
    book: Book, text: str, key: str = "f", *, is_dry: bool = False, keeps_good: bool = False
) -> intake.Taken:
    how = intake.How("broker", NOW + timedelta(days=1), Once(key, key), SECRET, is_dry, keeps_good)
    return intake.take(book.log, foreign.rows(text, NAMES), NAMES, how)


def test_a_good_file_becomes_a_case(book: Book) -> None:
    assert take(book, GOOD + SIGNED) == intake.Taken(3, (), is_kept=True)
    (case,) = book.log.open_cases()
    assert (case.state, case.steps, case.gaps[-2:]) == (
        "signed",
        ("consult", "recommend", "sign"),
        ("sign:application_filled", "sign:terms_explained"),
    )
    assert case.last_at == datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_a_file_is_taken_in_once(book: Book) -> None:
    take(book, GOOD)
    with pytest.raises(Refused, match="before"):
        take(book, GOOD)
    assert len(book.log.after(0, 10)) == 2


def test_what_comes_later_finds_its_case(book: Book) -> None:
    take(book, GOOD)
    take(book, HEAD + SIGNED, "g")
    assert [case.state for case in book.log.open_cases()] == ["signed"]


def test_of_a_bad_file_nothing_is_kept_and_every_bad_row_is_named(book: Book) -> None:
    taken = take(book, BAD)
    assert not taken.is_kept
    assert taken.good_count == 2
    assert [(bad.line, bad.why.partition(":")[0]) for bad in taken.bad] == [
        (4, "info_verified"),
        (5, "at"),
        (6, "case"),
        (7, "step"),
        (8, "form"),
    ]
    assert "13800138000" not in str(taken)
    assert book.log.after(0, 10) == ()


def test_the_good_rows_alone_where_that_is_asked_for(book: Book) -> None:
    taken = take(book, BAD, keeps_good=True)
    assert (taken.is_kept, taken.good_count, len(taken.bad)) == (True, 2, 5)
    assert len(book.log.after(0, 10)) == 2


def test_a_dry_run_leaves_nothing(book: Book) -> None:
    assert take(book, GOOD, is_dry=True) == intake.Taken(2, (), is_kept=False)
    assert book.log.after(0, 10) == ()
    assert take(book, GOOD).is_kept


def test_their_numbers_are_nowhere_in_the_store(book: Book, tmp_path: Path) -> None:
    take(book, GOOD)
    for path in (tmp_path / "state").iterdir():
        assert b"P-2026/001" not in path.read_bytes()
    with sqlite3.connect(tmp_path / "state" / DB_NAME) as file:
        ((hashed,),) = file.execute("SELECT digest FROM case_external")
    file.close()
    assert hashed == external.digest(SECRET, "old-crm", "P-2026/001")
    assert hashed != external.digest(SECRET, "other", "P-2026/001")
    assert hashed != external.digest(b"x" * 32, "old-crm", "P-2026/001")


def test_too_many_rows(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "ROWS_MAX", 1)
    with pytest.raises(BadEntry, match="at most 1 rows"):
        take(book, GOOD)
    assert book.log.after(0, 10) == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('step = "环节"', 'stepp = "环节"', "columns.stepp is not known; did you mean 'step'"),
        ('at = "时间"\n', "", "columns.at is missing"),
        ('system = "old-crm"', "", "system"),
        ("[steps]", "[step]", "step"),
        ("[steps]", "[steps", "mapping: "),
    ],
)
def test_a_bad_mapping_is_named(old: str, new: str, message: str) -> None:
    with pytest.raises(BadEntry, match=message.replace(".", r"\.")):
        foreign.names(MAPPING.replace(old, new))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD.replace("环节", "环 节"), "no column '环节'"),
        (HEAD + '"open', "unexpected end"),
        ("", "no column"),
    ],
)
def test_a_bad_table_is_named(text: str, message: str) -> None:
    with pytest.raises(BadEntry, match=message):
        list(foreign.rows(text, NAMES))


def test_the_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    made = external.key(tmp_path)
    assert (len(made), external.key(tmp_path)) == (32, made)
    assert (tmp_path / external.KEY_FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / external.KEY_FILE).chmod(0o640)
    with pytest.raises(PermissionError):
        external.key(tmp_path)
