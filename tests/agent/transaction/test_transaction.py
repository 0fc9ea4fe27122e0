"""Transactions through the real child against a company system with every fault, and the verdicts on them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import company
import msgspec
import pytest
from netbox import CORE_URL, EXPIRED_URL, SELF_SIGNED_URL, desk_in_a_box

from agent.transaction import conditions
from checks.io import tool
from checks.model import NoParams, ProbeError
from checks.software import core_login, modules, outcome
from config.devices import Expect, Step, Transaction


@pytest.fixture
def system() -> Iterator[company.Company]:
    with company.company() as server:
        yield server


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    outcome._memories.clear()


@pytest.fixture
def target(system: company.Company, tmp_path: Path) -> Transaction:
    return company.claims(system.url, company.with_secret(tmp_path), warn_within="250ms")


def verdict(target: Transaction) -> tuple[str, object]:
    """Return the fault and what it names, ("", None) where all is well."""
    facts = modules.probe(target, modules.Params())
    found = list(modules.judge(facts, modules.Params()))
    if not found:
        return "", None
    (one,) = found
    return one.code, one.values.get("status")


# The seven modes of the notes, and more of the kind. A check of the status alone passes most of them.
MODES = [
    ("ok", "", None),
    ("slow", "SYS_SLOW", None),
    ("error_page", "SYS_MODULE_DOWN", "系统异常"),
    ("escaped_error", "SYS_MODULE_DOWN", "系统异常"),
    ("html_error", "SYS_MODULE_DOWN", "系统异常"),
    ("empty", "SYS_MODULE_DOWN", "contains"),
    ("login_page", "SYS_MODULE_DOWN", "请重新登录"),
    ("error_500", "SYS_MODULE_DOWN", "HTTP 500"),
    ("redirect_home", "", None),
    ("redirect_away", "SYS_MODULE_DOWN", "redirect"),
    ("redirect_circle", "SYS_MODULE_DOWN", "redirect"),
    ("gzip", "", None),
    ("gbk", "", None),
    ("bomb", "SYS_MODULE_DOWN", "too_large"),
    ("endless", "SYS_MODULE_DOWN", "too_large"),
    ("cut", "SYS_MODULE_DOWN", "closed"),
    ("deep", "SYS_MODULE_DOWN", "contains"),
]


@pytest.mark.parametrize(("mode", "code", "status"), MODES)
def test_each_mode(
    system: company.Company, target: Transaction, mode: str, code: str, status: object
) -> None:
    if mode != "slow":
        target = company.claims(system.url, Path(target.settings_file), within="20s")
    system.mode = mode
    assert verdict(target) == (code, status)


def test_a_system_that_is_dead(target: Transaction, system: company.Company) -> None:
    system.shutdown()
    system.server_close()
    assert verdict(target) == ("SYS_MODULE_DOWN", "refused")
    with pytest.raises(ProbeError, match=r"transaction\.not_reached"):
        core_login.probe(target, NoParams())


@pytest.mark.parametrize("mode", ["very_slow", "slow_loris"])
def test_a_step_ends_within_its_limit(system: company.Company, target: Transaction, mode: str) -> None:
    system.mode = mode
    limited = company.claims(system.url, Path(target.settings_file), within="400ms")
    assert verdict(limited) == ("SYS_MODULE_DOWN", "timeout")


def test_what_is_sent(system: company.Company, target: Transaction) -> None:
    assert verdict(target)[0] in {"", "SYS_SLOW"}
    (_, login, form), (_, query, authorization) = system.seen
    assert login == "/login"
    assert form == "user=desk&pw=%E6%B5%8B%E8%AF%95+%26+pass"
    assert query == "/claims?no=TEST-0001&t=tok%2F1%202"
    assert authorization == "Bearer tok/1 2"


def test_one_run_serves_both_checks_and_tells_no_secret(system: company.Company, target: Transaction) -> None:
    facts = modules.probe(target, modules.Params())
    assert core_login.probe(target, NoParams()).session_valid
    assert len(system.seen) == 2
    told = msgspec.json.encode((facts, target)).decode()
    assert "测试" not in told
    assert "tok/1" not in told
    samples = [(one.labels["step"], one.value > 0) for one in modules.measure(facts)]
    assert samples == [("1", True), ("2", True)]


@pytest.mark.parametrize("mode", ["refused", "soft_refused"])
def test_a_login_that_is_refused_is_no_fault_of_the_module(
    system: company.Company, target: Transaction, mode: str
) -> None:
    system.mode = mode
    facts = core_login.probe(target, NoParams())
    assert [one.code for one in core_login.judge(facts, NoParams())] == ["SYS_LOGIN"]
    with pytest.raises(ProbeError, match=r"transaction\.login_refused"):
        modules.probe(target, modules.Params())


def test_a_login_page_that_breaks_is_no_refusal(system: company.Company, target: Transaction) -> None:
    system.mode = "login_500"
    assert verdict(target) == ("SYS_MODULE_DOWN", "HTTP 500")
    with pytest.raises(ProbeError, match=r"transaction\.not_reached"):
        core_login.probe(target, NoParams())


def test_a_wrong_password_and_one_that_is_not_there(
    system: company.Company, target: Transaction, tmp_path: Path
) -> None:
    (tmp_path / "secrets/core-pw").write_text("wrong")
    assert not core_login.probe(target, NoParams()).session_valid
    outcome._memories.clear()
    (tmp_path / "secrets/core-pw").unlink()
    sent = len(system.seen)
    with pytest.raises(ProbeError, match=r"transaction\.no_secret"):
        modules.probe(target, modules.Params())
    assert len(system.seen) == sent


@pytest.mark.root
@pytest.mark.slow
def test_certificates_and_names() -> None:
    step = {"name": "open", "get": "/", "expect": {"within": "3s"}}
    with desk_in_a_box() as box:
        for url, status in (
            (CORE_URL, None),
            (EXPIRED_URL, "tls_expired"),
            (SELF_SIGNED_URL, "tls_untrusted"),
            ("https://10.77.8.8/", "tls_other_host"),
            ("https://nowhere.desk.test/", "name"),
        ):
            asked = {"id": "core", "base_url": url, "ca_file": box.ca_file, "step": [step]}
            found = box.check("software.modules", asked)["findings"]
            assert [one["values"].get("status") for one in found] == ([status] if status else [])


def test_a_child_that_dies_or_hangs_is_no_verdict(
    target: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ProbeError, match=r"transaction\.crashed"):
        outcome.once(target)

    def hung(*_: object, **__: object) -> None:
        raise ProbeError("tool.hung")

    monkeypatch.setattr(tool, "run", hung)
    with pytest.raises(ProbeError, match=r"tool\.hung"):
        modules.probe(target, modules.Params())


def facts(ms: float, failure: str = "") -> modules.Facts:
    step = outcome.Step("a", ms, 200, failure=failure)
    return modules.Facts("m", 200, ms, "", "", failure, "m", (step,))


def test_slow_against_the_limits_and_against_its_usual_time() -> None:
    first = modules.carry(None, facts(400))
    second = modules.carry(first, facts(500))
    third = modules.carry(second, facts(6000))
    assert (first.usual_ms, second.usual_ms, third.usual_ms) == (None, 400, pytest.approx(410))
    (found,) = modules.judge(third, modules.Params())
    assert found.values == {"module": "m", "seconds": 6.0, "usual_seconds": 0.4}
    assert not found.is_warning
    (found,) = modules.judge(facts(2001), modules.Params())
    assert found.is_warning
    assert list(modules.judge(facts(2000), modules.Params())) == []
    after_failure = modules.carry(modules.carry(first, facts(9000, "timeout")), facts(400))
    assert after_failure.usual_ms == 400


@pytest.mark.parametrize("condition", ["data[", "length(`1`)", "code", "no_such(x)", "code == `1`"])
def test_a_condition_that_is_not_true_does_not_hold(condition: str) -> None:
    assert list(conditions.broken(Expect(json=(condition,)), 200, '{"code": 0}')) != []
    assert list(conditions.broken(Expect(json=("code == `0`",)), 200, '{"code": 0}')) == []


def test_a_condition_that_cannot_be_read_is_no_verdict(target: Transaction) -> None:
    step = Step(name="a", get="/", expect=Expect(json=("data[",)))
    with pytest.raises(ProbeError, match=r"transaction\.bad_condition"):
        modules.probe(msgspec.structs.replace(target, step=(step,)), modules.Params())


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "@evil.example/"])
def test_a_path_cannot_leave_the_system(target: Transaction, system: company.Company, path: str) -> None:
    step = Step(name="a", get=path, expect=Expect(within="2s"))
    steps = outcome.once(msgspec.structs.replace(target, step=(step,))).steps
    assert steps[0].failure
    assert all(seen[1].startswith("/") for seen in system.seen)
