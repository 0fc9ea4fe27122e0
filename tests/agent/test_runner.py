import logging

import sham

from agent import runner
from agent.hysteresis import eased
from checks.model import Finding


def run(job, previous=None):
    return runner.run(job, previous, sham.PROCEDURE)


def test_no_finding_is_ok_and_keeps_the_facts():
    result, _ = run(sham.job(lambda: 5.0))
    assert (result.state, result.findings, result.reason) == ("ok", (), None)
    assert result.facts == {"value": 5.0}


def test_a_finding_takes_severity_and_clauses_from_the_procedure():
    result, _ = run(sham.job(lambda: -1.0))
    assert result.state == "fail"
    assert result.findings[0].severity == "stop"
    assert "4.1.5" in result.findings[0].clauses


def test_could_not_look_is_unknown_with_its_reason_and_no_findings():
    result, _ = run(sham.job(sham.unknown))
    assert (result.state, result.reason, result.findings) == ("unknown", "test.unknown", ())


def test_a_mistake_of_ours_is_unknown_and_logged_with_its_traceback(caplog):
    with caplog.at_level(logging.ERROR):
        result, _ = run(sham.job(lambda: 1 / 0))
    assert (result.state, result.reason) == ("unknown", "agent.crashed")
    assert "ZeroDivisionError" in caplog.text


def test_an_unreadable_moment_does_not_forget_the_reading_before_it():
    _, reading = run(sham.job(lambda: 5.0))
    _, kept = run(sham.job(sham.unknown), reading)
    assert kept is reading


def test_off_rows_never_probe():
    job = sham.msgspec.structs.replace(sham.job(lambda: 1 / 0), off="disabled")
    result, _ = run(job)
    assert (result.state, result.reason) == ("off", "disabled")


def test_a_warning_lets_go_only_at_its_clear_limit():
    job = sham.level_job([11, 9, 11, 13, 11])
    states, reading = [], None
    for _ in range(5):
        result, reading = run(job, reading)
        states.append(result.state)
    assert states == ["ok", "warn", "warn", "ok", "ok"]


def test_without_memory_the_same_readings_flicker():
    job = sham.level_job([11, 9, 11, 13, 11])
    assert [run(job)[0].state for _ in range(5)] == ["ok", "warn", "ok", "ok", "ok"]


def test_a_failure_falls_back_to_a_warning_only_at_its_clear_limit():
    job = sham.level_job([2, 4, 6, 4, 13])
    states, reading = [], None
    for _ in range(5):
        result, reading = run(job, reading)
        states.append(result.findings[0].severity if result.findings else "ok")
    assert states == ["stop", "stop", "degraded", "degraded", "ok"]


def test_eased_leaves_limits_without_a_pair_alone():
    params = sham.Limits()
    assert eased(params, ()) == params
    assert eased(params, ("warn",)).warn_pct == 12
    assert eased(params, ("warn",)).fail_pct == 3
    assert runner.held_limits((Finding("A", is_warning=True),)) == ("warn",)
