"""The morning card as pure rules: what is asked, what lives on, what the one click may not answer."""

from datetime import UTC, date, datetime, timedelta

from incident_streams import PROCEDURE

from agent import card
from agent.card import Given, Report, Reports, Today
from config.procedure import SHIPPED, build, read_tree

MONDAY = date(2026, 3, 2)
NOBODY = Reports()
FIRST = ["no_hazard", "workplace_ok", "ppe_worn", "logged_in", "plan_made", "no_odd_noise"]


def shown(*given: Given, day: date = MONDAY, reports: Reports = NOBODY, cases: int = 0) -> Today:
    asked = card.questions(PROCEDURE, frozenset(), {"n_cases": cases, "n_planned": 0})
    return card.today(asked, given, reports, day, "sh-1/desk-07")


def states(today: Today) -> dict[str, str]:
    return {one.attestation: one.state for one in today.answers}


def test_the_hazard_comes_first_and_nothing_is_asked_of_no_cases() -> None:
    assert [row.id for row in shown().asked] == FIRST
    assert shown().pending == shown().batch == tuple(FIRST)


def test_there_are_never_more_than_six() -> None:
    asked = [row.id for row in shown(cases=3).asked]
    assert len(asked) == card.MAX_QUESTIONS
    assert (asked[3], asked[-1]) == ("client_docs_ready", "no_odd_noise")
    answered = shown(Given("no_odd_noise", "ok", MONDAY - timedelta(days=1)), cases=3)
    assert [row.id for row in answered.asked][-1] == "plan_made"


def test_what_a_sensor_knows_is_not_asked() -> None:
    proven = frozenset({"environment.temperature", "environment.humidity"})
    assert "workplace_ok" not in [row.id for row in card.questions(PROCEDURE, proven, {})]
    half = frozenset({"environment.temperature"})
    assert "workplace_ok" in [row.id for row in card.questions(PROCEDURE, half, {})]


def test_equipment_is_asked_for_only_where_the_company_prescribes_it() -> None:
    tree = read_tree(SHIPPED)
    clause = next(row for row in tree["clause"] if row["id"] == "2.1")
    clause["params"]["required_items"] = []
    own = build(tree, "0" * 64, "own")
    assert "ppe_worn" not in [row.id for row in card.questions(own, frozenset(), {})]
    assert card.items(PROCEDURE.attestations["ppe_worn"], PROCEDURE) == ("work_clothes",)


def test_an_answer_lives_for_its_day_or_for_the_days_of_its_question() -> None:
    given = [Given(name, "ok", MONDAY) for name in FIRST]
    assert shown(*given).pending == ()
    tomorrow = shown(*given, day=MONDAY + timedelta(days=1))
    assert [row.id for row in tomorrow.asked] == FIRST[:-1]  # the weekly one is not seen again
    assert tomorrow.pending == tuple(FIRST[:-1])
    assert "no_odd_noise" in shown(*given, day=MONDAY + timedelta(days=7)).pending


def test_later_is_no_answer_and_not_applicable_is_one() -> None:
    found = states(shown(Given("plan_made", "later", MONDAY), Given("ppe_worn", "not_applicable", MONDAY)))
    assert (found["plan_made"], found["ppe_worn"]) == ("pending", "ok")


def test_a_problem_lasts_as_long_as_its_incident() -> None:
    given = Given("no_hazard", "problem", MONDAY, "single", incident="I1")
    (answer, *_) = shown(given).answers
    assert (answer.state, answer.severity) == ("problem", "stop")
    ended = shown(given, reports=Reports(ended=frozenset({"I1"})))
    assert states(ended)["no_hazard"] == "ok"
    tuesday = shown(day=MONDAY + timedelta(days=1), reports=Reports({"no_hazard": Report("I1", "stop")}))
    assert states(tuesday)["no_hazard"] == "problem"  # no new morning makes a hazard go away
    said_ok = shown(Given("no_hazard", "ok", MONDAY), reports=Reports({"no_hazard": Report("I1", "stop")}))
    assert states(said_ok)["no_hazard"] == "problem"


def week(*given: Given, monday: date) -> list[frozenset[str]]:
    return [shown(*given, day=monday + timedelta(days=n)).alone for n in range(7)]


def test_once_a_week_one_question_is_asked_alone_and_the_hazard_with_it() -> None:
    before = Given("plan_made", "ok", MONDAY - timedelta(days=3))
    drawn = set()
    for weeks in range(1, 20):
        monday = MONDAY + timedelta(weeks=weeks)
        lots = week(Given("plan_made", "ok", monday - timedelta(days=3)), monday=monday)
        days = [lot for lot in lots if lot]
        assert days  # every week has one
        assert lots.index(days[0]) < 5
        assert len(set(days)) == 1
        assert "no_hazard" in days[0]
        assert len(days[0]) <= 2
        drawn |= days[0]
    assert len(drawn) > 2  # not always the same
    assert week(before, monday=MONDAY) == week(before, monday=MONDAY)


def test_the_first_week_has_none_and_an_answered_lot_is_not_drawn_again() -> None:
    assert week(monday=MONDAY) == [frozenset()] * 7
    before = Given("plan_made", "ok", MONDAY - timedelta(days=3))
    lots = week(before, monday=MONDAY)
    first = next(n for n, lot in enumerate(lots) if lot)
    answered = Given("no_hazard", "ok", MONDAY + timedelta(days=first), "spot")
    assert week(before, answered, monday=MONDAY)[first + 1 :] == [frozenset()] * (6 - first)
    assert shown(before, answered, day=answered.day).alone  # for the rest of its own day it stands


def test_what_is_alone_is_not_answered_by_the_one_click() -> None:
    before = Given("plan_made", "ok", MONDAY - timedelta(days=3))
    friday = shown(before, day=MONDAY + timedelta(days=4))
    assert friday.alone
    assert set(friday.batch) == set(friday.pending) - friday.alone


def test_an_answer_comes_back_from_its_event_as_it_was_kept() -> None:
    at = datetime(2026, 3, 2, 1, tzinfo=UTC)
    given = Given("ppe_worn", "problem", MONDAY, "spot", 4200, ("work_clothes",), "at the laundry", "I1", at)
    assert card.given_of(card.body_of(given), at) == given
    old = {"attestation": "no_hazard", "answer": "ok", "day": "2026-03-02", "mode": "batch"}
    assert card.given_of(old, at) == Given("no_hazard", "ok", MONDAY, at=at)
