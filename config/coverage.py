"""Coverage: what serves each clause, and whether the code behind it exists today. Pure.

A clause is built when every part that serves it is, missing when none is, and partly built in between.
A part that the company has switched off serves nobody.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec

from config.row import Level, Text
from config.schema import Clause, Rows, Test
from config.shipped import Shipped

PartState: TypeAlias = Literal["built", "partly", "missing", "off"]
ClauseState: TypeAlias = Literal["built", "partly", "missing"]
CLAUSE_STATES: tuple[ClauseState, ...] = ("built", "partly", "missing")


class Part(msgspec.Struct, frozen=True):
    """One thing that serves a clause. `name` is empty where the mechanism has no named parts."""

    mechanism: str
    name: str
    state: PartState


class Served(msgspec.Struct, frozen=True):
    """One clause with all that serves it."""

    id: str
    title: Text
    level: Level
    state: ClauseState
    served_by: tuple[Part, ...]


def coverage(rows: Rows, shipped: Shipped) -> tuple[Served, ...]:
    """Return every clause in force, in the file's order."""
    return tuple(_served(clause, rows, shipped) for clause in rows.clause if clause.enabled)


def totals(clauses: Iterable[Served]) -> dict[ClauseState, int]:
    """Count the clauses by state; every state is there."""
    counted = Counter(clause.state for clause in clauses)
    return {state: counted[state] for state in CLAUSE_STATES}


def _served(clause: Clause, rows: Rows, shipped: Shipped) -> Served:
    parts = tuple(_parts(clause, rows, shipped))
    states = {part.state for part in parts}
    state: ClauseState = "partly"
    if states == {"built"}:
        state = "built"
    elif not states & {"built", "partly"}:
        state = "missing"
    return Served(clause.id, clause.title, clause.level, state, parts)


def _parts(clause: Clause, rows: Rows, shipped: Shipped) -> Iterator[Part]:
    for mechanism in clause.mechanism:
        if mechanism == "check":
            yield from _checks(clause, rows, shipped)
        elif mechanism == "test":
            yield from _tests(clause, rows, shipped)
        elif mechanism == "attestation":
            yield from _attestations(clause, rows, shipped)
        elif mechanism == "training":
            enabled = {row.id for row in rows.training if row.enabled}
            yield from _named("training", clause.training, enabled, shipped)
        elif mechanism == "journal":
            yield from _journal(clause, rows, shipped)
        elif mechanism == "incident":
            names = (*clause.incident_states, *clause.adjust_steps, *clause.faults)
            yield from _named("incident", names or ("",), {*names, ""}, shipped)
        elif mechanism == "report" and clause.adjust_steps:
            for name in clause.adjust_steps:  # an incident writes its own report
                yield Part("report", name, _state(is_enabled=True, built=shipped.parts.get("incident")))
        else:
            yield from _named(mechanism, ("",), {""}, shipped)


def _checks(clause: Clause, rows: Rows, shipped: Shipped) -> Iterator[Part]:
    enabled = {row.id for row in rows.check if row.enabled}
    for name in clause.checks:
        yield Part("check", name, _state(name in enabled, "built" if name in shipped.checks else None))


def _attestations(clause: Clause, rows: Rows, shipped: Shipped) -> Iterator[Part]:
    enabled = {row.id for row in rows.attestation if row.enabled}
    for name in clause.attest:
        yield Part("attestation", name, _state(name in enabled, shipped.parts.get(f"attestation:{name}")))


def _tests(clause: Clause, rows: Rows, shipped: Shipped) -> Iterator[Part]:
    by_id = {row.id: row for row in rows.test if row.enabled}
    for name in clause.tests:
        state = _state(name in by_id, shipped.parts.get(f"test:{name}"))
        yield Part("test", name, _of_its_checks(by_id[name], shipped) if state == "built" else state)


def _of_its_checks(test: Test, shipped: Shipped) -> PartState:
    """A test that can be run tests no more than its checks, and its questions, that are built."""
    built = sum(check in shipped.checks for check in test.checks)
    are_asked = all(shipped.parts.get(f"attestation:{name}") == "built" for name in test.attest)
    if built == len(test.checks) and are_asked:
        return "built"
    return "partly" if built else "missing"


def _journal(clause: Clause, rows: Rows, shipped: Shipped) -> Iterator[Part]:
    tasks = {row.id for row in rows.maintenance if row.enabled}
    steps = {row.id for row in rows.step if row.enabled}
    yield from _named("maintenance", clause.maintenance, tasks, shipped)
    names = clause.steps or clause.requires
    if names or not clause.maintenance:
        yield from _named("journal", names or ("",), {*steps, *clause.requires, ""}, shipped)


def _named(
    mechanism: str, names: Iterable[str], enabled: Collection[str], shipped: Shipped
) -> Iterator[Part]:
    for name in names:
        yield Part(mechanism, name, _state(name in enabled, shipped.parts.get(mechanism)))


def _state(is_enabled: bool, built: Literal["built", "partly"] | None) -> PartState:  # noqa: FBT001  a plain claim
    return (built or "missing") if is_enabled else "off"
