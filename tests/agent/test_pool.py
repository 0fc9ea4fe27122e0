import threading
import time

import sham

from agent.pool import Pool


class Results:
    def __init__(self):
        self.seen = []
        self.came = threading.Condition()

    def __call__(self, _job, result):
        with self.came:
            self.seen.append(result)
            self.came.notify_all()

    def wait(self, count, seconds=5.0):
        with self.came:
            assert self.came.wait_for(lambda: len(self.seen) >= count, seconds)
        return self.seen


def test_a_run_that_hangs_is_reported_at_its_limit_and_not_started_again():
    results, release = Results(), threading.Event()
    pool = Pool(sham.PROCEDURE, results)
    job = sham.job(lambda: float(release.wait(20)), timeout_s=0.2)
    assert pool.start(job)
    assert not pool.start(job)
    time.sleep(0.25)
    assert pool.expire() is None
    assert [(one.state, one.reason) for one in results.wait(1)] == [("unknown", "check.overrun")]
    assert pool.stuck() == (job.key,)
    assert not pool.start(job)
    release.set()
    deadline = time.monotonic() + 5
    while pool.stuck() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(results.seen) == 1  # what it said too late is thrown away
    assert pool.start(job)
    assert results.wait(2)[1].state == "ok"


def test_a_hanging_run_delays_nobody():
    results, release = Results(), threading.Event()
    pool = Pool(sham.PROCEDURE, results)
    pool.start(sham.job(lambda: float(release.wait(20)), timeout_s=0.2))
    started = time.monotonic()
    pool.start(sham.job(lambda: 1.0, name="network.dns"))
    assert results.wait(1)[0].check == "network.dns"
    assert time.monotonic() - started < 0.2
    release.set()


def test_expire_says_how_long_until_the_next_limit():
    results, release = Results(), threading.Event()
    pool = Pool(sham.PROCEDURE, results)
    assert pool.expire() is None
    pool.start(sham.job(lambda: float(release.wait(20)), timeout_s=5.0))
    assert 4.0 < pool.expire() <= 5.0
    release.set()


def test_readings_are_carried_from_run_to_run():
    results = Results()
    pool = Pool(sham.PROCEDURE, results)
    job = sham.level_job([9, 11])
    for count in (1, 2):
        while not pool.start(job):
            time.sleep(0.001)
        results.wait(count)
    assert [one.state for one in results.seen] == ["warn", "warn"]
