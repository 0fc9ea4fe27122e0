import pytest
from rows import BOOT, failing, folded, result, rule

from agent.track import is_fresh, phase


def test_one_failure_is_soft_and_three_confirm():
    of = rule()
    assert phase(folded(of, result(0), failing(10))) == "soft"
    assert phase(folded(of, result(0), failing(10), failing(20))) == "soft"
    assert phase(folded(of, result(0), failing(10), failing(20), failing(30))) == "failed"


def test_a_good_result_between_failures_starts_the_count_again():
    of = rule()
    track = folded(of, failing(0), failing(10), result(20), failing(30), failing(40))
    assert phase(track) == "soft"


def test_unknown_neither_confirms_nor_clears():
    of = rule()
    assert phase(folded(of, failing(0), failing(10), result(20, "unknown"), failing(30))) == "failed"
    failed = folded(of, failing(0), failing(10), failing(20), result(30, "unknown"), result(40, "unknown"))
    assert phase(failed) == "failed"


def test_a_failure_clears_after_two_good_results():
    of = rule()
    failed = (failing(0), failing(10), failing(20))
    assert phase(folded(of, *failed, result(30))) == "recovering"
    assert phase(folded(of, *failed, result(30), result(40))) == "good"
    assert phase(folded(of, *failed, result(30), failing(40), result(50))) == "recovering"


def test_a_notice_is_no_failure():
    of = rule()
    notices = [failing(at_s, "notice") for at_s in (0, 10, 20, 30)]
    assert phase(folded(of, *notices)) == "good"


def test_a_degraded_finding_waits_for_its_hold_and_a_stop_does_not():
    of = rule(hold_s=60.0)
    soft = folded(of, *(failing(at_s, "degraded") for at_s in (0, 20, 40)))
    assert phase(soft) == "soft"
    assert phase(folded(of, *(failing(at_s, "degraded") for at_s in (0, 20, 40, 60)))) == "failed"
    assert phase(folded(of, *(failing(at_s) for at_s in (0, 20, 40)))) == "failed"


def test_failures_in_the_grace_after_sleep_do_not_count():
    of = rule()
    three = [failing(at_s) for at_s in (0, 10, 20)]
    assert phase(folded(of, *three, in_grace=True)) == "soft"
    assert phase(folded(of, *three)) == "failed"  # without the grace the same three confirm


@pytest.mark.parametrize(("changes", "is_flapping"), [(3, False), (4, True)])
def test_four_hard_changes_within_the_window_are_flapping(changes, is_flapping):
    of = rule(fail_attempts=1, recover_attempts=1)
    turns = [failing(60.0 * n) if n % 2 == 0 else result(60.0 * n) for n in range(changes)]
    assert (folded(of, *turns).flapping_until_s is not None) is is_flapping


def test_changes_spread_over_more_than_the_window_are_not_flapping():
    of = rule(fail_attempts=1, recover_attempts=1)
    turns = [failing(700.0 * n) if n % 2 == 0 else result(700.0 * n) for n in range(8)]
    assert folded(of, *turns).flapping_until_s is None


def test_evidence_grows_old_and_other_boots_never_count():
    of = rule(ttl_s=90.0)
    track = folded(of, result(100))
    assert is_fresh(track, of, 190.0, BOOT)
    assert not is_fresh(track, of, 190.1, BOOT)
    assert not is_fresh(track, of, 101.0, "another boot")
    assert not is_fresh(folded(of, result(100, "unknown")), of, 101.0, BOOT)
