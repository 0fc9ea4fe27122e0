"""What the journal takes and what it refuses, with the missing thing named."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from casebook import CHART, NOW, REF, SHIPPED, days_later, entry

from agent.journal import cases, guard
from agent.journal.chart import Chart
from agent.journal.model import Case, Entry
from agent.journal.refusals import BadEntry, LooksPersonal, Refused
from agent.privacy import looks_personal

PRIVACY = SHIPPED.rows.privacy


def form(one: Entry) -> None:
    guard.check_form(one, CHART, PRIVACY, NOW)


def after(*names: str) -> Case:
    return cases.fold(cases.begin(REF, CHART), enumerate(map(entry, names), 1), CHART, days_later)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": "singn"}, "step: 'singn' is not known; did you mean 'sign'"),
        ({"ticks": ("info_verifed",)}, "tick: .* did you mean 'info_verified'"),
        ({"fields": {"frm": "paper"}}, "field: .* did you mean 'form'"),
        ({"fields": {"form": "x" * 65}}, "form: one line"),
        ({"fields": {"form": "a\nb"}}, "form: one line"),
        ({"fields": {"form": "\u202eabc"}}, "form: one line"),
        ({"fields": {"form": " "}}, "form: one line"),
        ({"case": "K7Q2M9"}, "case: 'K7Q2M9' is not"),
        ({"case": "王" * 10_000}, "case: "),
        ({"at": NOW + timedelta(minutes=6)}, "at: this time"),
        ({"step": "claim", "ticks": ()}, "phase: '' is not known; there are received"),
        (
            {"step": "service", "ticks": (), "fields": {"kind": "renewal", "renewal_date": "soon"}},
            "renewal_date: a day",
        ),
    ],
)
def test_what_no_case_could_take_is_named(change: dict[str, Any], message: str) -> None:
    form(entry("sign"))
    with pytest.raises(BadEntry, match=message):
        form(msgspec.structs.replace(entry("sign"), **change))


def test_two_clocks_may_differ_a_little() -> None:
    form(entry("sign", at=NOW + timedelta(minutes=4)))


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "１３８００１３８０００",
        "١٣٨٠٠١٣٨٠٠٠",
        "11010519491231002X",
        "110105 19491231 002x",
        "6222 0202 0000 1234 567",
        "someone@example.cn",
        "ｓｏｍｅｏｎｅ＠example.cn",
    ],
)
def test_numbers_and_addresses_are_refused_however_they_are_written(text: str) -> None:
    assert looks_personal(text, PRIVACY)
    for field in ({"fields": {"form": text}}, {"reason": text}):
        with pytest.raises(LooksPersonal) as refused:
            form(msgspec.structs.replace(entry("sign"), **field))
        assert text not in str(refused.value)


def test_a_number_cannot_hide_behind_letters_that_are_not_seen() -> None:
    assert looks_personal("1\u200b3800138000", PRIVACY)


@pytest.mark.parametrize("text", ["paper", "shelf 12-4", "2026-11-23", "REC-20261123-0042", "😀 B7/3"])
def test_codes_of_the_office_are_taken(text: str) -> None:
    assert not looks_personal(text, PRIVACY)
    form(msgspec.structs.replace(entry("archive"), fields={"location": text}))


@pytest.mark.parametrize("step", ["sign", "deliver", "enter", "revisit", "archive"])
def test_a_hard_tick_is_named(step: str) -> None:
    row = CHART.steps[step]
    case = after("consult", "recommend", "sign", "pay")
    with pytest.raises(Refused) as refused:
        guard.check_rules(entry(step, ticks=row.soft), case, CHART)
    assert refused.value.missing == row.hard


def test_out_of_order_needs_a_reason_and_no_more() -> None:
    case = after("consult", "recommend", "sign")
    with pytest.raises(Refused, match="reason"):
        guard.check_rules(entry("deliver"), case, CHART)
    guard.check_rules(entry("deliver", reason="insurer issued first"), case, CHART)
    guard.check_rules(entry("pay"), case, CHART)


def test_a_strict_procedure_takes_no_reason() -> None:
    rules = msgspec.structs.replace(SHIPPED.rows.case, out_of_order="refuse")
    strict = Chart(msgspec.structs.replace(SHIPPED, rows=msgspec.structs.replace(SHIPPED.rows, case=rules)))
    with pytest.raises(Refused, match="cannot be done"):
        guard.check_rules(entry("deliver", reason="insurer issued first"), after("consult"), strict)


def test_a_case_with_open_obligations_does_not_close() -> None:
    done = ["consult", "recommend", "sign", "pay", "deliver"]
    with pytest.raises(Refused) as refused:
        guard.check_rules(entry("close"), after(*done), CHART)
    assert refused.value.missing == ("enter", "archive")
    guard.check_rules(entry("close"), after(*done, "enter", "archive"), CHART)


def test_a_case_that_ended_takes_only_a_reopening_for_some_days() -> None:
    lost = after("consult", "recommend", "sign", "lose")
    with pytest.raises(Refused, match="reopen"):
        guard.check_rules(entry("pay", reason="came back"), lost, CHART)
    guard.check_rules(entry("enter"), lost, CHART)
    guard.check_rules(entry("reopen", at=NOW + timedelta(days=30)), lost, CHART)
    with pytest.raises(Refused, match="new case"):
        guard.check_rules(entry("reopen", at=NOW + timedelta(days=31)), lost, CHART)


def test_only_what_is_in_force_can_be_closed() -> None:
    with pytest.raises(Refused, match="close"):
        guard.check_rules(entry("close", reason="please"), after("consult"), CHART)
