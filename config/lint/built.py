"""The procedure against the program: checks, their params and faults, and what serves each clause."""

from collections.abc import Iterator, Mapping

import msgspec

from config.lint.problem import Problem
from config.nearest import nearest
from config.schema import CheckRow, Clause, Rows
from config.shipped import Shipped, ShippedCheck

# A mechanism of these four serves a clause by name only.
NAMED: Mapping[str, str] = {
    "check": "checks",
    "attestation": "attest",
    "test": "tests",
    "training": "training",
}
# What a clause may name, and the mechanisms of which it must then say one.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "checks": ("check",),
    "attest": ("attestation",),
    "tests": ("test",),
    "training": ("training",),
    "steps": ("journal",),
    "requires": ("journal",),
    "maintenance": ("journal",),
    "incident_states": ("incident",),
    "faults": ("incident",),
    "adjust_steps": ("incident", "report"),
}


def lint_built(rows: Rows, shipped: Shipped) -> Iterator[Problem]:
    """Yield what the program cannot do, or does and the procedure does not say."""
    for row in rows.check:
        yield from _check(row, shipped)
    yield from _raised(rows)
    yield from _tests(rows)
    enabled = _enabled(rows)
    for clause in rows.clause:
        if clause.enabled:
            yield from _served(clause, enabled)


def _check(row: CheckRow, shipped: Shipped) -> Iterator[Problem]:
    built = shipped.checks.get(row.id)
    if built is not None:
        yield from _params(row, built)
        yield from _faults(row, built)
    elif row.id not in shipped.awaited:
        near = nearest(row.id, {*shipped.checks, *shipped.awaited})
        yield Problem("check", row.id, "id", "check_unknown" if near else "check_unknown_alone", _near(near))
    elif row.params:
        yield Problem("check", row.id, "params", "param_not_judged", is_error=False)


def _params(row: CheckRow, built: ShippedCheck) -> Iterator[Problem]:
    known = built.params.__struct_encode_fields__
    strangers = [name for name in row.params if name not in known]
    for name in strangers:
        near = nearest(name, known)
        values = {"check": row.id, "name": name, **_near(near)}
        code = "param_unknown" if near else "param_unknown_alone"
        yield Problem("check", row.id, f"params.{name}", code, values)
    try:
        msgspec.convert({name: row.params[name] for name in known if name in row.params}, built.params)
    except msgspec.ValidationError as error:
        yield Problem("check", row.id, "params", "param_wrong", {"text": str(error)})


def _faults(row: CheckRow, built: ShippedCheck) -> Iterator[Problem]:
    for code in row.faults:
        if code not in built.faults:
            yield Problem("check", row.id, "faults", "fault_not_of_check", {"check": row.id, "name": code})
    for code in built.faults:
        if code not in row.faults:
            yield Problem("check", row.id, "faults", "fault_not_listed", {"check": row.id, "name": code})


def _raised(rows: Rows) -> Iterator[Problem]:
    raised = {code for row in rows.check for code in row.faults}
    raised |= {row.on_problem.fault for row in rows.attestation if row.on_problem.fault}
    for fault in rows.fault:
        if fault.enabled and fault.code not in raised:
            yield Problem("fault", fault.code, "code", "fault_not_raised")


def _tests(rows: Rows) -> Iterator[Problem]:
    for test in rows.test:
        if test.enabled and not (test.checks or test.attest or test.same_as_failed):
            yield Problem("test", test.id, "checks", "test_empty")


def _served(clause: Clause, enabled: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """A clause is served by a mechanism without names, or by a named part that is switched on."""
    nameless = [mechanism for mechanism in clause.mechanism if mechanism not in NAMED]
    named = [field for field in NAMED.values() if enabled[field].intersection(getattr(clause, field))]
    if not nameless and not named:
        yield Problem("clause", clause.id, "mechanism", "clause_unserved")
    for mechanism in clause.mechanism:
        if mechanism in NAMED and not getattr(clause, NAMED[mechanism]):
            yield Problem("clause", clause.id, "mechanism", "mechanism_empty", {"mechanism": mechanism})
    for field, mechanisms in NEEDS.items():
        if getattr(clause, field) and not set(mechanisms).intersection(clause.mechanism):
            values = {"field": field, "mechanism": mechanisms[0]}
            yield Problem("clause", clause.id, "mechanism", "mechanism_missing", values)


def _enabled(rows: Rows) -> Mapping[str, frozenset[str]]:
    """Return, for each field of a clause that names parts, the parts that are switched on."""
    return {
        "checks": frozenset(row.id for row in rows.check if row.enabled),
        "attest": frozenset(row.id for row in rows.attestation if row.enabled),
        "tests": frozenset(row.id for row in rows.test if row.enabled),
        "training": frozenset(row.id for row in rows.training if row.enabled),
    }


def _near(near: str | None) -> dict[str, str]:
    return {"nearest": near} if near else {}
