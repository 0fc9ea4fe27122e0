import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import BOOT, START, at, failing, result, row, rule

from agent.clock import Instant
from agent.result import COLOURS
from agent.track import Track, fold, is_bad, is_fresh
from agent.verdict import Answer, Circumstances, Reported, Row, verdict

CALM = Circumstances()


def colour(*rows, now=40.0, circumstances=CALM):
    return verdict(rows, circumstances, at(now)).colour


def codes(*rows, now=40.0, circumstances=CALM):
    return {reason.code for reason in verdict(rows, circumstances, at(now)).reasons}


CONFIRMED = (failing(0), failing(10), failing(20))


def test_a_fresh_good_blocking_row_is_green():
    assert colour(row(rule(), result(10))) == "green"


def test_the_first_failure_of_a_blocking_row_is_amber_and_the_confirmed_one_red():
    assert colour(row(rule(), failing(10))) == "amber"
    assert colour(row(rule(), *CONFIRMED)) == "red"


def test_an_advisory_row_is_amber_at_most():
    assert colour(row(rule(level="advisory"), *CONFIRMED)) == "amber"
    assert colour(row(rule(level="advisory"), failing(10)), row(rule("a"), result(10))) == "green"


def test_degraded_on_a_blocking_row_is_amber():
    assert colour(row(rule(), *(failing(at_s, "degraded") for at_s in (0, 10, 20)))) == "amber"


def test_unknown_lets_the_last_good_stand_until_its_lifetime_and_then_grey():
    of = rule(ttl_s=90.0)
    rows = row(of, result(0), result(30, "unknown"), result(60, "unknown"))
    assert colour(rows, now=89) == "green"
    assert colour(rows, now=91) == "grey"
    assert codes(rows, now=91) == {"test.unknown"}


def test_never_seen_and_only_unknown_are_grey_at_once():
    assert colour(row(rule())) == "grey"
    assert colour(row(rule(), result(39, "unknown"))) == "grey"


def test_a_result_of_another_boot_is_not_evidence():
    other = result(10, boot_id="yesterday")
    assert colour(row(rule(), other)) == "grey"


def test_recovering_is_amber_until_two_good():
    assert colour(row(rule(), *CONFIRMED, result(30))) == "amber"
    assert colour(row(rule(), *CONFIRMED, result(30), result(35))) == "green"


def test_nothing_at_all_is_grey_never_green():
    assert colour() == "grey"
    off = row(rule(), result(0, "off", reason="not_configured"))
    assert colour(off) == "grey"


def test_off_and_absent_rows_lower_the_coverage_without_a_colour():
    rows = (
        row(rule("a"), result(10)),
        row(rule("b"), result(10, "off", reason="not_configured")),
        row(rule("c"), result(10, "unknown", is_absent=True)),
    )
    seen = verdict(rows, CALM, at(40))
    assert (seen.colour, seen.checked, seen.total) == ("green", 1, 3)
    blind = verdict((rows[0], row(rule("c"), result(10, "unknown"))), CALM, at(40))
    assert blind.colour == "grey"  # the same unknown on a machine that has the thing


def test_a_failed_parent_speaks_for_its_children():
    parent = row(rule("network.gateway"), *CONFIRMED)
    child = row(rule("network.dns", parent="network.gateway"), *CONFIRMED)
    seen = verdict((parent, child), CALM, at(40))
    assert [reason.check for reason in seen.reasons] == ["network.gateway"]
    alone = verdict((child,), CALM, at(40))
    assert [reason.check for reason in alone.reasons] == ["network.dns"]


def test_a_grandparent_hides_an_unknown_grandchild():
    rows = (
        row(rule("network.link"), *CONFIRMED),
        row(rule("network.gateway", parent="network.link"), result(30, "unknown")),
        row(rule("network.dns", parent="network.gateway"), result(30, "unknown")),
    )
    assert codes(*rows) == {"NET_LINK_DOWN"}


def test_a_parent_of_the_same_device_is_preferred():
    rows = (
        row(rule("printer.reachable"), *CONFIRMED, device="printer:a"),
        row(rule("printer.reachable"), result(30), device="printer:b"),
        row(rule("printer.status", parent="printer.reachable"), *CONFIRMED, device="printer:b"),
    )
    hidden = {(reason.check, reason.device) for reason in verdict(rows, CALM, at(40)).reasons}
    assert ("printer.status", "printer:b") in hidden


def test_a_doubtful_parent_hides_only_what_is_doubtful_itself():
    parent = row(rule("network.gateway"), failing(30))
    firm = row(rule("network.dns", parent="network.gateway"), *CONFIRMED)
    assert colour(parent, firm) == "red"
    doubtful = row(rule("network.dns", parent="network.gateway"), failing(30))
    assert len(verdict((parent, doubtful), CALM, at(40)).reasons) == 1


def test_another_usable_printer_softens_red_to_amber():
    status = rule("printer.status")
    broken = row(status, *CONFIRMED, device="printer:front")
    fine = row(status, result(30), device="printer:back")
    assert colour(broken) == "red"
    assert colour(broken, fine) == "amber"
    assert colour(broken, row(status, *CONFIRMED, device="printer:back")) == "red"
    assert colour(broken, row(status, device="printer:back")) == "red"  # never looked at: no substitute


def test_a_broken_stand_in_says_nothing_while_the_own_printer_works():
    status = rule("printer.status")
    own = row(status, result(30), device="printer:front")
    stand_in = row(status, *CONFIRMED, device="printer:back", is_own=False)
    assert colour(own, stand_in) == "green"
    assert colour(row(status, *CONFIRMED, device="printer:front"), stand_in) == "red"


def test_another_computer_check_softens_nothing():
    rows = (row(rule("a"), *CONFIRMED, device="computer"), row(rule("b"), result(30), device="agent"))
    assert colour(*rows) == "red"


def test_flapping_is_amber_until_it_has_been_quiet():
    of = rule(fail_attempts=1, recover_attempts=1, ttl_s=10_000.0)
    turns = [failing(60.0 * n) if n % 2 == 0 else result(60.0 * n) for n in range(4)]
    assert colour(row(of, *turns), now=200) == "amber"
    assert colour(row(of, *turns), now=180 + 1801) == "green"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer("no_hazard", "ok"), "green"),
        (Answer("no_hazard", "pending"), "amber"),
        (Answer("no_hazard", "problem", "stop"), "red"),
        (Answer("workplace_ok", "problem", "notice"), "amber"),
    ],
)
def test_answers_colour_the_desk(answer, expected):
    assert colour(row(rule(), result(30)), circumstances=Circumstances(answers=(answer,))) == expected


def test_an_open_stopped_device_is_red_even_if_its_checks_are_green_again():
    stopped = Circumstances(stopped_devices=frozenset({"printer:front"}))
    own = row(rule("printer.status"), result(30), device="printer:front")
    assert colour(own, circumstances=stopped) == "red"
    assert (
        colour(own, row(rule("printer.status"), result(30), device="printer:b"), circumstances=stopped)
        == "amber"
    )


def test_what_a_person_reported_colours_the_desk_until_its_incident_ends():
    own = row(rule("printer.status"), result(30), device="printer:front")
    spare = row(rule("printer.status"), result(30), device="printer:b")
    hazard = Circumstances(reported=(Reported("no_hazard", "environment", "stop"),))
    stripes = Circumstances(reported=(Reported("print_quality_ok", "printer:front", "degraded"),))
    assert colour(own, spare, circumstances=hazard) == "red"
    assert colour(own, circumstances=stripes) == "amber"
    assert colour(own) == "green"


def test_a_desk_that_works_with_a_substitute_says_so_in_amber():
    own = row(rule("printer.status"), result(30), device="printer:front")
    seen = verdict((own,), Circumstances(substituted_devices=frozenset({"printer:front"})), at(40))
    assert (seen.colour, seen.reasons[0].code) == ("amber", "substitute_in_use")


def test_maintenance_is_grey_or_amber_with_a_substitute():
    wrench = Circumstances(maintained_devices=frozenset({"printer:front"}))
    own = row(rule("printer.status"), *CONFIRMED, device="printer:front")
    assert colour(own, circumstances=wrench) == "grey"
    assert (
        colour(own, row(rule("printer.status"), result(30), device="printer:b"), circumstances=wrench)
        == "amber"
    )


def test_grace_and_off_hours_are_grey_but_never_hide_red():
    good, bad = row(rule(), result(30)), row(rule(), *CONFIRMED)
    for quiet in (Circumstances(grace_until_s=41.0), Circumstances(is_off_hours=True)):
        assert colour(good, circumstances=quiet) == "grey"
        assert colour(bad, circumstances=quiet) == "red"
    assert colour(good, circumstances=Circumstances(grace_until_s=40.0)) == "green"


def test_the_light_is_valid_until_the_first_blocking_evidence_expires():
    rows = (row(rule("a", ttl_s=90.0), result(0)), row(rule("b", ttl_s=900.0), result(30)))
    seen = verdict(rows, CALM, at(40))
    assert (seen.valid_until - START).total_seconds() == 50.0
    fresh = verdict((rows[1],), CALM, at(40))
    assert (fresh.valid_until - START).total_seconds() == 90.0


def _desk(dice: random.Random) -> list[Row]:
    rows = []
    for n in range(dice.randint(1, 6)):
        level = dice.choice(("blocking", "blocking", "advisory"))
        device = dice.choice(("computer", "printer:a", "printer:b"))
        interval_s = dice.choice((15.0, 30.0, 60.0, 300.0))
        own = rule(f"c{n}", level, ttl_s=max(2 * interval_s + 5, 90.0), fail_attempts=dice.randint(1, 3))
        rows.append(
            (Row(own, device, Track()), interval_s, dice.choice((0.0, 0.02, 0.2, 0.9)), dice.random() < 0.1)
        )
    return rows


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_no_green_without_fresh_good_evidence_of_every_blocking_row(number):
    """Random desks over time; at each green moment every blocking row of the computer is proven."""
    dice = random.Random(number)  # noqa: S311  a repeatable walk, no secret
    desk = _desk(dice)
    rows = [row for row, *_ in desk]
    due = [0.0] * len(desk)
    dead_after = [dice.uniform(0, 2000) if dies else float("inf") for *_, dies in desk]
    for step in range(80):
        now_s = step * 15.0
        for n, (_, interval_s, failure_rate, _) in enumerate(desk):
            if now_s >= due[n] and now_s < dead_after[n]:
                due[n] = now_s + interval_s
                rows[n] = _looked(rows[n], now_s, dice, failure_rate)
        seen = verdict(rows, CALM, Instant(START, now_s, BOOT))
        if seen.colour == "green":
            for one in (row for row in rows if row.rule.level == "blocking" and row.device == "computer"):
                assert one.track.evidence is not None
                assert not is_bad(one.track.evidence)
                assert one.track.hard == "good"
                assert is_fresh(one.track, one.rule, now_s, BOOT)
            assert seen.checked > 0
        assert COLOURS.index(seen.colour) >= max(
            (COLOURS.index(reason.colour) for reason in seen.reasons), default=0
        )


def _looked(row: Row, now_s: float, dice: random.Random, failure_rate: float) -> Row:
    if dice.random() < 0.05:
        new = result(now_s, "unknown")
    elif dice.random() < failure_rate:
        new = failing(now_s, dice.choice(("stop", "degraded")))
    else:
        new = result(now_s)
    return Row(row.rule, row.device, fold(row.track, new, row.rule))
