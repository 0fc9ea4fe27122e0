"""Every name in the procedure means something: references, ids used once, parents without a circle."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from config.lint.problem import Problem, unknown
from config.schema import Rows

DEVICE_KINDS = frozenset({"agent", "computer", "core_system", "environment", "network", "printer", "scanner"})
ROUTES = frozenset({"it", "manager", "office", "self"})
CASE_ACTIONS = frozenset({"lose", "close", "reopen"})  # moves of a case that are no business step
TABLES = (
    "section",
    "capability",
    "clause",
    "check",
    "attestation",
    "training",
    "test",
    "step",
    "adjust",
    "maintenance",
    "report",
    "fault",
    "client_message",
    "label",
)

# table, field (dotted into tables of a row), and the kinds of names it may hold
REFERENCES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("clause", "section", ("section",)),
    ("clause", "actor", ("actor",)),
    ("clause", "mechanism", ("mechanism",)),
    ("clause", "cadence", ("cadence",)),
    ("clause", "checks", ("check",)),
    ("clause", "attest", ("attestation",)),
    ("clause", "tests", ("test",)),
    ("clause", "training", ("training",)),
    ("clause", "steps", ("step",)),
    ("clause", "faults", ("fault",)),
    ("clause", "maintenance", ("maintenance",)),
    ("clause", "incident_states", ("incident_state",)),
    ("clause", "adjust_steps", ("adjust",)),
    ("clause", "requires", ("tick",)),
    ("check", "capability", ("capability",)),
    ("check", "parent", ("check",)),
    ("check", "faults", ("fault",)),
    ("attestation", "clause", ("clause",)),
    ("attestation", "actor", ("actor",)),
    ("attestation", "skip_if_fresh", ("check",)),
    ("attestation", "on_problem.fault", ("fault",)),
    ("test", "clause", ("clause",)),
    ("test", "checks", ("check",)),
    ("test", "attest", ("attestation",)),
    ("step", "clause", ("clause", "clause_group")),
    ("step", "needs", ("capability",)),
    ("step", "opens", ("step",)),
    ("step", "next_due.step", ("step",)),
    ("step", "opens_when.obligations", ("step",)),
    ("adjust", "clause", ("clause",)),
    ("maintenance", "device", ("device",)),
    ("maintenance", "actor", ("actor",)),
    ("maintenance", "tests", ("test",)),
    ("fault", "device", ("device",)),
    ("fault", "category", ("category",)),
    ("fault", "retest", ("check", "test", "attestation")),
    ("fault", "ppe_task", ("task",)),
    ("fault", "route", ("route",)),
    ("client_message", "use", ("capability",)),
    ("incident", "close_requires", ("incident_state",)),
    ("incident", "parallel", ("incident_state", "obligation_state")),
    ("case", "initial", ("case_state",)),
    ("case", "final", ("case_state",)),
    ("transition", "from_states", ("case_state",)),
    ("transition", "step", ("step", "case_action")),
    ("transition", "to", ("case_state",)),
)


def lint_names(rows: Rows) -> Iterator[Problem]:
    """Yield unknown names, ids used twice, ticks of another clause, circles of parents."""
    known = names(rows)
    for table, field, kinds in REFERENCES:
        options = frozenset().union(*(known[kind] for kind in kinds))
        for row in rows_of(rows, table):
            for name in _values(row, field):
                if name not in options:
                    yield unknown((table, identity(row), field), kinds[0], name, options)
    yield from _after_test(rows)
    yield from _duplicates(rows)
    yield from _without_label(rows)
    yield from _ticks_elsewhere(rows)
    yield from _circles({row.id: row.parent for row in rows.check})


def _without_label(rows: Rows) -> Iterator[Problem]:
    """Yield what people would read as a code: ticks, fields and phases of the steps, moves of a case."""
    labels = {row.id for row in rows.label}
    for step in rows.step:
        for field in ("hard", "soft", "fields", "phases"):
            for name in getattr(step, field):
                if name not in labels:
                    yield Problem("step", step.id, field, "label_missing", {"name": name}, is_error=False)


def names(rows: Rows) -> Mapping[str, frozenset[str]]:
    """Return every kind of name with the names that the procedure (or the program) gives it."""
    by_table = {table: frozenset(row.id for row in getattr(rows, table)) for table in TABLES}
    vocabulary = {
        kind: frozenset(rows.vocabulary.get(kind, ())) for kind in ("actor", "mechanism", "cadence")
    }
    tasks = (row.params.get("on_task_items", {}) for row in rows.clause)
    return {
        **by_table,
        **vocabulary,
        "clause_group": frozenset(row.id.rstrip("abcdefgh") for row in rows.clause),
        "tick": frozenset(tick for row in rows.step for tick in (*row.hard, *row.soft)),
        "incident_state": frozenset(rows.incident.states),
        "obligation_state": frozenset({"clients_told"}),
        "case_state": frozenset(rows.case.states),
        "case_action": CASE_ACTIONS,
        "category": frozenset(name for row in rows.adjust for name in row.categories),
        "task": frozenset(task for items in tasks if isinstance(items, dict) for task in items),
        "device": DEVICE_KINDS,
        "route": ROUTES,
    }


def rows_of(rows: Rows, table: str) -> Iterable[Any]:
    """Return the rows of a table; a plain table is one row without an id."""
    content = getattr(rows, table)
    return content if isinstance(content, tuple) else (content,)


def identity(row: msgspec.Struct) -> str:
    """Return a row's id; a transition is named by its arrow."""
    if hasattr(row, "from_states"):
        return f"{'|'.join(row.from_states)}>{getattr(row, 'step', '')}"
    return str(getattr(row, "id", ""))


def _values(row: Any, field: str) -> tuple[str, ...]:  # noqa: ANN401  a row of any table
    for part in field.split("."):
        row = getattr(row, part, None)
    if row is None:
        return ()
    return (row,) if isinstance(row, str) else tuple(row)


def _after_test(rows: Rows) -> Iterator[Problem]:
    tests = {row.id for row in rows.test}
    for row in rows.attestation:
        event, colon, test = row.when.partition(":")
        if colon and (event != "after_test" or test not in tests):
            yield unknown(("attestation", row.id, "when"), "test", test, tests)


def _duplicates(rows: Rows) -> Iterator[Problem]:
    for table in TABLES:
        seen: set[str] = set()
        for row in getattr(rows, table):
            if row.id in seen:
                yield Problem(table, row.id, "id", "duplicate")
            seen.add(row.id)


def _ticks_elsewhere(rows: Rows) -> Iterator[Problem]:
    """Yield required ticks that exist, but in no step that the clause names."""
    ticks = {row.id: {*row.hard, *row.soft} for row in rows.step}
    everywhere: set[str] = set().union(*ticks.values())
    for row in rows.clause:
        own: set[str] = set().union(*(ticks.get(step, set()) for step in row.steps))
        for tick in row.requires:
            if row.steps and tick in everywhere - own:
                yield Problem("clause", row.id, "requires", "tick_elsewhere", {"name": tick})


def _circles(parents: Mapping[str, str | None]) -> Iterator[Problem]:
    """Yield each circle once, at the check of it that comes first in the file."""
    told: set[str] = set()
    for start in parents:
        path: list[str] = []
        here: str | None = start
        while here is not None and here in parents and here not in path:
            path.append(here)
            here = parents[here]
        if here == start and start not in told:
            told.update(path)
            yield Problem("check", start, "parent", "circle", {"path": " > ".join([*path, start])})
