"""Every state can be reached, and what is not final can be left: the case and the incident."""

from collections.abc import Iterator

from config.business import Step, Transition
from config.lint.names import identity
from config.lint.problem import Problem
from config.schema import Rows

_INCIDENT_ENDS = frozenset({"closed", "cancelled"})  # reached by the retest, or by taking a report back


def lint_states(rows: Rows) -> Iterator[Problem]:
    """Yield states that nothing leads to, dead ends, and conditions that no step can meet."""
    yield from _case(rows)
    yield from _incident(rows)
    steps = {row.id: row for row in rows.step}
    for arrow in rows.transition:
        if arrow.step in steps:
            yield from _conditions(arrow, steps[arrow.step])


def _case(rows: Rows) -> Iterator[Problem]:
    reached = {rows.case.initial}
    while more := {t.to for t in rows.transition if reached.intersection(t.from_states)} - reached:
        reached |= more
    left = {state for arrow in rows.transition for state in arrow.from_states}
    for state in rows.case.states:
        if state not in reached:
            yield Problem("case", "", "states", "state_unreachable", {"name": state})
        elif state not in left and state not in rows.case.final:
            yield Problem("case", "", "states", "state_without_exit", {"name": state})


def _incident(rows: Rows) -> Iterator[Problem]:
    """An incident's states are entered by clauses, by the six steps of the sheet, or end it."""
    entered = {state for row in rows.clause for state in row.incident_states}
    entered |= {row.id for row in rows.adjust} | _INCIDENT_ENDS
    for state in rows.incident.states:
        if state not in entered:
            yield Problem("incident", "", "states", "state_unreachable", {"name": state})


def _conditions(arrow: Transition, step: Step) -> Iterator[Problem]:
    for name, wanted in arrow.when.items():
        words = str(wanted).split("|") if name == "phase" else [name]
        options = step.phases if name == "phase" else (*step.hard, *step.soft)
        for word in words:
            if word not in options:
                values = {"name": word, "step": step.id}
                yield Problem("transition", identity(arrow), "when", "tick_unknown", values)
