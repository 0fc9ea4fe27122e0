import itertools
import threading

import msgspec
import sham

from agent import preop
from agent.desk import Desk
from agent.pool import Pool
from agent.verdict import Circumstances


def ready(*jobs, max_s=20.0):
    desk = Desk(sham.PROCEDURE, jobs)
    pool = Pool(sham.PROCEDURE, desk.apply)
    seen = []
    preop.run(desk, pool, lambda key: pool.start(desk.jobs[key]), list(desk.jobs), max_s, seen.append)
    return desk.verdict(Circumstances()), seen, desk


def test_good_rows_run_once():
    verdict, seen, _ = ready(sham.job(lambda: 1.0), sham.job(lambda: 1.0, name="network.dns"))
    assert verdict.colour == "green"
    assert len(seen) == 2


def test_a_failure_is_looked_at_as_often_as_it_takes_to_believe_it():
    verdict, seen, _ = ready(sham.job(lambda: -1.0))
    assert verdict.colour == "red"
    assert len(seen) == 3


def test_a_single_glitch_is_no_failure():
    values = iter([-1.0, 1.0, 1.0])
    verdict, seen, _ = ready(sham.job(lambda: next(values)))
    assert verdict.colour == "green"
    assert [one.state for one in seen] == ["fail", "ok"]


def test_unknown_is_grey_and_not_repeated():
    verdict, seen, _ = ready(sham.job(sham.unknown))
    assert verdict.colour == "grey"
    assert len(seen) == 1


def test_children_of_a_failed_parent_are_not_asked_again_and_do_not_speak():
    calls = itertools.count()

    def child() -> float:
        next(calls)
        return -1.0

    parent = sham.job(lambda: -1.0, name="network.gateway")
    verdict, _, desk = ready(parent, sham.job(child, name="network.dns", parent="network.gateway"))
    assert [reason.check for reason in verdict.reasons] == ["network.gateway"]
    assert next(calls) <= 2
    shown = {result.check: result for result in desk.shown()}
    assert (shown["network.dns"].state, shown["network.dns"].reason) == ("unknown", "parent_failed")
    assert verdict.checked == 1


def test_a_hung_row_ends_the_test_at_its_own_limit():
    release = threading.Event()
    verdict, seen, _ = ready(
        sham.job(lambda: float(release.wait(20)), timeout_s=0.2),
        sham.job(lambda: 1.0, name="network.dns"),
        max_s=5.0,
    )
    release.set()
    assert verdict.colour == "grey"
    assert ("unknown", "check.overrun") in [(one.state, one.reason) for one in seen]


def test_a_test_ends_at_its_own_limit():
    release = threading.Event()
    verdict, _, _ = ready(sham.job(lambda: float(release.wait(20)), timeout_s=10.0), max_s=0.3)
    release.set()
    assert verdict.colour == "grey"


def test_a_failed_row_that_works_again_must_pass_twice():
    values = iter([-1.0, -1.0, -1.0, 1.0, 1.0])
    job = sham.job(lambda: next(values))
    _, _, desk = ready(job)
    pool = Pool(sham.PROCEDURE, desk.apply)
    seen = []
    preop.run(desk, pool, lambda key: pool.start(desk.jobs[key]), list(desk.jobs), 5.0, seen.append)
    assert [one.state for one in seen] == ["ok", "ok"]
    assert desk.verdict(Circumstances()).colour == "green"


def test_rows_that_are_off_answer_at_once():
    off = msgspec.structs.replace(sham.job(lambda: 1 / 0, name="network.dns"), off="not_configured")
    verdict, seen, _ = ready(sham.job(lambda: 1.0), off)
    assert (verdict.checked, verdict.total) == (1, 2)
    assert {one.state for one in seen} == {"ok", "off"}
