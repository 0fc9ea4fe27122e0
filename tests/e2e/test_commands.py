"""What the commands promise to other people's scripts: exit status, JSON, one clear line on stderr."""

import json

import pytest
import ready_schema

pytestmark = [pytest.mark.root, pytest.mark.slow]


def _ready(desk, *words):
    done = desk.run("ready", "--json", *words)
    answer = ready_schema.decode(done.stdout)
    assert done.returncode == {"green": 0, "amber": 1, "red": 2, "grey": 3}[answer.verdict]
    return answer


def _state(answer, check):
    return next(result.state for result in answer.results if result.check == check)


def test_ready_json_keeps_the_contract(desk):
    answer = _ready(desk)
    assert (answer.station, answer.site) == ("desk-07", "sh-1")
    for check in ("computer.boot", "network.link", "network.gateway", "network.core_system", "agent.self"):
        assert _state(answer, check) == "ok"
    assert 0 < answer.coverage.checked < answer.coverage.total == len(answer.results)


def test_open_questions_are_amber_until_they_are_confirmed(desk):
    before = {reason.code for reason in _ready(desk).reasons}
    assert "to_confirm.no_hazard" in before
    after = {reason.code for reason in _ready(desk, "--confirm").reasons}
    assert not any(code.startswith("to_confirm") for code in after)
    assert {reason.code for reason in _ready(desk).reasons} == after  # kept for the day


def test_one_question_alone_is_confirmed_alone(desk):
    codes = {reason.code for reason in _ready(desk, "--confirm", "plan_made").reasons}
    assert "to_confirm.plan_made" not in codes
    assert "to_confirm.no_hazard" in codes
    refused = desk.run("ready", "--confirm", "nothing")
    assert (refused.returncode, refused.stderr.count(b"\n")) == (64, 1)


def test_a_pulled_cable_is_red_with_one_reason_and_says_what_to_do(desk, box):
    box.cut_link()
    try:
        answer = _ready(desk, "--confirm")
        assert answer.verdict == "red"
        reds = [(reason.check, reason.code) for reason in answer.reasons if reason.colour == "red"]
        assert reds == [("network.link", "NET_LINK_DOWN")]
        assert _state(answer, "network.gateway") == "unknown"
        words = desk.run("ready", "--lang", "en").stdout.decode()
        assert "Push the cable in firmly at both ends" in words
        assert "the router does not answer" not in words
    finally:
        box.restore_link()


def test_a_dead_company_system_is_red_and_the_network_is_not_blamed(desk, box):
    box.cut_core()
    answer = _ready(desk)
    reds = [(reason.check, reason.device) for reason in answer.reasons if reason.colour == "red"]
    assert reds == [("network.core_system", "system:core")]


def test_one_check_alone(desk):
    done = desk.run("check", "network.gateway", "--json")
    answer = ready_schema.decode(done.stdout)
    assert (done.returncode, answer.verdict, answer.coverage.total) == (0, "green", 1)


def test_an_unreadable_check_alone_is_never_green(desk):
    done = desk.run("check", "thermal.temperature", "--json")
    answer = ready_schema.decode(done.stdout)
    assert (done.returncode, answer.verdict) == (3, "grey")


def test_explain_shows_the_whole_line_from_target_to_words(desk):
    done = desk.run("explain", "network.gateway", "--lang", "en")
    assert done.returncode == 0
    for part in ("target", "params", "fact", "took", "10.77.0.1"):
        assert part in done.stdout.decode()


@pytest.mark.parametrize(
    ("words", "status", "hint"),
    [
        (["redy"], 64, "did you mean 'ready'"),
        (["check", "network.gatway"], 64, "did you mean 'network.gateway'"),
        (["check", "network.core_system", "--device", "system:none"], 64, "system:none"),
        (["test", "preopp"], 64, "did you mean 'preop'"),
        (["ready", "--jsn"], 64, "--jsn"),
        (["test", "security"], 69, "security"),
        (["report", "day"], 69, "report"),
    ],
)
def test_bad_usage_and_unbuilt_commands_are_one_line(desk, words, status, hint):
    done = desk.run(*words)
    assert done.returncode == status
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1
    assert hint in lines[0]


def test_a_typo_in_the_settings_is_78_with_the_nearest_key(desk):
    desk.settings.write_text('[station]\nnme = "x"\n')
    done = desk.run("ready")
    assert done.returncode == 78
    assert "line 2" in done.stderr.decode()
    assert "'name'" in done.stderr.decode()


def test_a_typo_in_an_overlay_is_78(desk):
    (desk.folder / "procedure.d").mkdir()
    overlay = desk.folder / "procedure.d" / "company.toml"
    overlay.write_text('[[check]]\nid = "computer.disk_space"\nparams = { warn_pcct = 20 }\n')
    done = desk.run("ready")
    assert done.returncode == 78
    assert "warn_pct" in done.stderr.decode()


def test_an_overlay_changes_a_threshold(desk):
    (desk.folder / "procedure.d").mkdir()
    overlay = desk.folder / "procedure.d" / "company.toml"
    overlay.write_text(
        '[[check]]\nid = "computer.disk_space"\nparams = { warn_pct = 100, warn_clear_pct = 100 }\n'
    )
    done = desk.run("check", "computer.disk_space", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert answer["results"][0]["findings"][0]["code"] == "PC_DISK_FULL"
    assert answer["results"][0]["findings"][0]["severity"] == "degraded"


def test_status_without_a_daemon_is_grey(desk):
    done = desk.run("status", "--lang", "en")
    assert done.returncode == 3
    assert b"not running" in done.stderr
