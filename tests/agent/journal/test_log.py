"""The log on a real store: what is kept, what is not, what can be put right."""

import sqlite3
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from casebook import NOW, SHIPPED, Book, entry

from agent.journal.refs import ALPHABET, as_typed
from agent.journal.refusals import BadEntry, KeyReused, Refused
from agent.store.opening import DB_NAME

LATER = NOW + timedelta(days=1)


def test_a_whole_case_from_enquiry_to_archive_with_a_claim_and_its_revisit(book: Book) -> None:
    book.keep("consult", "recommend", "sign", "pay", "deliver", "enter", "archive")
    book.keep("claim", fields={"phase": "received"})
    book.keep("claim", fields={"phase": "closed"})
    book.keep("revisit", "enter", "archive", "close")
    case = book.log.case("K7Q-2M9")
    assert case is not None
    assert (case.state, case.out_of_order, case.obligations) == ("closed", 0, ())
    assert book.log.open_cases() == []
    assert book.recorder.store().verify().is_whole


def test_what_is_refused_is_not_kept(book: Book) -> None:
    book.keep("consult")
    before = book.log.events("K7Q-2M9")
    with pytest.raises(Refused, match="info_verified"):
        book.keep("sign", ticks=("signed",), reason="in a hurry")
    assert book.log.events("K7Q-2M9") == before


def test_of_several_entries_all_are_kept_or_none(book: Book) -> None:
    with pytest.raises(Refused):
        book.log.keep([entry("consult"), entry("sign", ticks=())], "broker", NOW)
    assert book.log.case("K7Q-2M9") is None


def test_the_same_key_keeps_once_and_never_something_else(book: Book) -> None:
    (first,) = book.keep("consult", key="a-1")
    (again,) = book.keep("consult", key="a-1")
    assert (again.number, again.is_repeat) == (first.number, True)
    assert len(book.log.events("K7Q-2M9")) == 1
    with pytest.raises(KeyReused):
        book.keep("recommend", key="a-1")
    book.keep("recommend", key="a-2")
    assert len(book.log.events("K7Q-2M9")) == 2


def test_an_entry_is_put_right_by_another(book: Book) -> None:
    book.keep("consult", "recommend")
    (signed,) = book.keep("sign")
    right = entry("recommend", fields={"product_line": "motor"})
    case = book.log.amend(signed.number, right, "wrong step", "broker", LATER)
    assert case.state == "recommended"
    assert [event.kind for event in book.log.events("K7Q-2M9")] == ["case.step"] * 3 + ["case.amended"]
    case = book.log.amend(signed.number, None, "twice", "broker", LATER)
    assert case.steps == ("consult", "recommend")
    with pytest.raises(BadEntry, match="withdrawn"):
        book.log.amend(signed.number, None, "twice", "broker", LATER)
    with pytest.raises(BadEntry, match="there is none"):
        book.log.amend(10_000, None, "twice", "broker", LATER)


def test_the_view_is_made_again_from_the_events(book: Book, tmp_path: Path) -> None:
    book.keep("consult", "recommend", "sign")
    (entered,) = book.keep("enter")
    book.log.amend(entered.number, None, "wrong case", "broker", LATER)
    before = book.log.case("K7Q-2M9")
    with sqlite3.connect(tmp_path / "state" / DB_NAME) as file:
        file.execute("DELETE FROM case_view")
        file.execute("DELETE FROM case_event")
    file.close()
    assert book.log.case("K7Q-2M9") == before


def test_another_procedure_folds_the_cases_anew(book: Book) -> None:
    book.keep("consult")
    rows = SHIPPED.rows
    consult = rows.step[0]
    slower = msgspec.structs.replace(consult, next_due=msgspec.structs.replace(consult.next_due, after="4d"))
    book.log.adopt(
        msgspec.structs.replace(
            SHIPPED, rows=msgspec.structs.replace(rows, step=(slower, *rows.step[1:])), sha256="c" * 64
        )
    )
    case = book.log.case("K7Q-2M9")
    assert case is not None
    assert case.due == {"recommend": date(2026, 11, 27)}


def test_what_is_due_comes_first(book: Book) -> None:
    book.keep("consult", case="AAA-AAA")
    book.keep("consult", "recommend", "sign", case="BBB-BBB")
    book.keep("consult", "lose", case="CCC-CCC")
    assert [case.ref for case in book.log.open_cases()] == ["BBB-BBB", "AAA-AAA"]
    assert [case.ref for case in book.log.open_cases(due_by=date(2026, 11, 24))] == ["BBB-BBB"]


def test_cases_that_a_broken_device_holds_up(book: Book) -> None:
    """Printing broken: the case that awaits its policy; scanning broken: the one that awaits its filing."""
    book.keep("consult", "recommend", "sign", "pay", "enter", case="PAP-ERS", at=NOW - timedelta(days=7))
    book.keep("consult", case="AAA-AAA", at=NOW - timedelta(days=1))
    done = ["consult", "recommend", "sign", "pay", "deliver", "enter"]
    book.keep(*done, case="FAR-AWA", at=NOW)
    soon = NOW + timedelta(hours=1)
    within = timedelta(hours=4)

    def held_up(capability: str) -> list[str]:
        return [case.ref for case in book.log.affected(frozenset({capability}), soon, within)]

    assert held_up("printing") == ["PAP-ERS"]
    assert held_up("scanning") == []
    assert held_up("environment") == []
    recent = NOW + timedelta(minutes=20)
    assert [one.ref for one in book.log.affected(frozenset({"scanning"}), recent, within)] == ["FAR-AWA"]


def test_references_are_new_and_forgive_how_they_are_typed(book: Book) -> None:
    refs = {book.log.new_ref() for _ in range(50)}
    assert len(refs) == 50
    assert set("".join(refs)) <= {*ALPHABET, "-"}
    assert as_typed(" k7q 2m9") == as_typed("K7Q2M9") == as_typed("k7q-2m9") == "K7Q-2M9"


def test_an_event_holds_codes_only(book: Book) -> None:
    book.keep("archive", fields={"location": "B7/3"}, reason="filed first")
    (event,) = book.log.events("K7Q-2M9")
    assert event.body == {
        "case": "K7Q-2M9",
        "step": "archive",
        "at": "2026-11-23T02:00:00.000000Z",
        "ticks": ["archive_location"],
        "fields": {"location": "B7/3"},
        "reason": "filed first",
        "source": "cli",
    }
