"""Random streams and orders held to the rules of incidents; the machine is `incident_machine`."""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from incident_machine import QUICK, Desks

from agent.incidents import policy
from agent.incidents.ledger import Ledger
from config.schema import Fault

Desks.TestCase.settings = QUICK
TestDesks = Desks.TestCase


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_many_desks() -> None:
    run_state_machine_as_test(Desks, settings=settings(QUICK, max_examples=600, stateful_step_count=60))


def test_passes_from_before_the_recovery_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.incidents.retest.newer", lambda _moment, _than: True)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Desks, settings=settings(QUICK, max_examples=300, database=None))


def test_a_lost_transition_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "wait", lambda ledger, happened: ledger._pending.extend(happened[:-1]))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Desks, settings=settings(QUICK, max_examples=300, database=None))


def test_a_note_for_what_it_is_never_told_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def plan(row: Fault, *rest: Any) -> policy.Plan:
        return planned(msgspec.structs.replace(row, ticket="auto"), *rest)

    planned = policy.plan
    monkeypatch.setattr(policy, "plan", plan)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Desks, settings=settings(QUICK, max_examples=300, database=None))
