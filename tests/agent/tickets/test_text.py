"""Tickets in words: all that IT needs, in both languages, the key last, and nothing of a client."""

import pytest
import ticket_desk
from ticket_desk import note

from agent.tickets import text
from agent.tickets.outbox import Note, short_key
from agent.words import Lang
from config import procedure

RULES = procedure.load()
LANGS: tuple[Lang, ...] = ("zh", "en")


def ticket(one: Note, lang: Lang = "en") -> str:
    return text.text([one], RULES, lang)


@pytest.mark.parametrize("lang", LANGS)
def test_a_new_ticket_says_what_it_needs(lang: Lang) -> None:
    said = ticket(note("A"), lang)
    for word in ("front", "前台", "sh-1/desk-07", "2026-03-02 08:58", "1234", "finance", "4.1.2", "PRN_JAM"):
        assert word in said
    assert ("卡纸" if lang == "zh" else "jam") in said
    assert said.splitlines()[-1] == f"deskready {short_key(note('A').key)} {note('A').key}"
    assert "{" not in said


@pytest.mark.parametrize("lang", LANGS)
def test_every_reason_and_kind_has_words(lang: Lang) -> None:
    for reason in text._REASONS:
        for kind in ("open", "comment", "resolve", "reopen", "digest"):
            assert ticket(note("A", kind, reason), lang).splitlines()[0] not in {reason, ""}


def test_the_end_of_a_cancelled_one_says_why() -> None:
    body = {**ticket_desk.BODY, "why": "sold, 13800138000"}
    lines = ticket(note("A", "resolve", "cancelled", body=body)).splitlines()
    assert lines[:2] == ["Cancelled on the desk", "Why: sold, …"]


def test_the_subject_names_fault_device_and_desk() -> None:
    said = text.subject([note("A")], RULES, "en")
    assert said == "[deskready] Paper jam: front (前台), sh-1/desk-07"
    assert (
        len(text.subject([note("A", body={**ticket_desk.BODY, "device": "x:" + "y" * 999})], RULES, "en"))
        <= 200
    )


def test_one_ticket_for_all_that_can_wait() -> None:
    some = [note(name, "digest", "digest") for name in "ABC"]
    assert text.subject(some, RULES, "en") == (
        "[deskready] 3 thing(s) to look at when you are there: sh-1/desk-07"
    )
    assert text.text(some, RULES, "en").count("Paper jam") == 3


@pytest.mark.parametrize(
    "secret", ["13812345678", "11010519491231002X", "broker@example.com", "6222020200112233445"]
)
def test_what_looks_like_a_client_is_left_out(secret: str) -> None:
    body = {
        **ticket_desk.BODY,
        "facts": {"name": f"job of {secret}"},
        "evidence": [f"seen {secret}"],
        "tried": [secret],
        "device_place": secret,
        "substitute": f"printer:{secret}",
    }
    one = note("A", body=body)
    assert secret not in ticket(one)
    assert secret not in text.subject([one], RULES, "zh")


def test_a_body_without_anything_still_makes_a_ticket() -> None:
    assert ticket(note("A", body={})).splitlines()[-1].startswith("deskready dr1")
