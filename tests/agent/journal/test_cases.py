"""Cases as folds of their entries: states, due days, obligations, order."""

from datetime import date, timedelta

import pytest
from casebook import CHART, NOW, REF, days_later, entry
from hypothesis import given
from hypothesis import strategies as st

from agent.journal import cases, guard
from agent.journal.model import Case, Entry
from agent.journal.refusals import Refused

TODAY = date(2026, 11, 23)


def after(*entries: Entry) -> Case:
    return cases.fold(cases.begin(REF, CHART), enumerate(entries, 1), CHART, days_later)


def steps(*names: str) -> Case:
    return after(*map(entry, names))


@pytest.mark.parametrize(
    ("names", "state", "awaited"),
    [
        (["consult"], "enquiry", {"recommend": 2}),
        (["consult", "recommend"], "recommended", {"sign": 7}),
        (["consult", "recommend", "sign"], "signed", {"pay": 3, "enter": 1}),
        (["consult", "recommend", "sign", "pay"], "paid", {"deliver": 5, "enter": 1}),
        (
            ["consult", "recommend", "sign", "pay", "enter", "deliver"],
            "in_force",
            {"service": 90, "enter": 1, "archive": 5},
        ),
        (["consult", "recommend", "sign", "pay", "deliver", "enter", "archive"], "in_force", {"service": 90}),
        (["consult", "lose"], "lost", {}),
    ],
)
def test_the_way_of_a_case(names: list[str], state: str, awaited: dict[str, int]) -> None:
    case = steps(*names)
    assert case.state == state
    assert case.awaited == {step: days_later(TODAY, days) for step, days in awaited.items()}
    assert case.out_of_order == 0


def test_a_premium_that_has_not_come_leaves_the_case_signed() -> None:
    case = after(*map(entry, ["consult", "recommend", "sign"]), entry("pay", ticks=("payment_guided",)))
    assert case.state == "signed"
    assert "pay:premium_received" in case.gaps


def test_a_claim_runs_beside_the_service_and_leaves_a_revisit() -> None:
    paid = list(map(entry, ["consult", "recommend", "sign", "pay", "deliver", "enter", "archive"]))
    open_claim = after(*paid, entry("claim", fields={"phase": "received"}))
    assert open_claim.state == "claim_open"
    assert open_claim.awaited == {"claim": days_later(TODAY, 7)}
    ended = after(
        *paid, entry("claim", fields={"phase": "received"}), entry("claim", fields={"phase": "closed"})
    )
    assert ended.state == "in_force"
    assert set(ended.awaited) == {"revisit", "enter", "archive"}


def test_out_of_order_goes_on_and_never_back() -> None:
    early = steps("consult", "recommend", "sign", "deliver", "pay")
    assert early.state == "in_force"
    assert early.out_of_order == 2


def test_a_case_that_ended_keeps_its_day() -> None:
    done = ["consult", "recommend", "sign", "pay", "deliver", "enter", "archive"]
    closed = after(*map(entry, done), entry("close", at=NOW + timedelta(days=3)))
    assert (closed.state, closed.ended_on, closed.is_open) == ("closed", date(2026, 11, 26), False)
    again = after(*map(entry, done), entry("close"), entry("reopen"))
    assert (again.state, again.ended_on, again.is_open) == ("enquiry", None, True)


NAMES = st.sampled_from(CHART.names)


@given(st.lists(st.builds(entry, NAMES, reason=st.sampled_from(["asked for", None])), max_size=12))
def test_what_the_rules_let_through_always_makes_sense(entries: list[Entry]) -> None:
    case, number = cases.begin(REF, CHART), 0
    for one in entries:
        try:
            guard.check_rules(one, case, CHART)
        except Refused:
            continue
        number += 1
        before = case
        case = cases.fold(case, [(number, one)], CHART, days_later)
        assert case.state in CHART.rules.states
        assert case.is_open == (case.state not in CHART.rules.final)
        assert not (case.state == "closed" and case.obligations)
        assert all(CHART.is_possible(step, case.state) for step in case.due)
        if one.step in CHART.steps:
            order = CHART.rules.states
            back = order.index(case.state) < order.index(before.state)
            assert not back or (before.state, case.state) == ("claim_open", "in_force")
    assert len(case.steps) == number
