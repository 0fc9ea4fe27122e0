"""The procedure's business steps and its state chart, ready to be asked. Pure."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from agent.journal.model import Entry
from config.business import Step, Transition
from config.procedure import Procedure
from config.row import Text


class Chart:
    """Steps and transitions of one procedure."""

    def __init__(self, procedure: Procedure) -> None:
        self._rows = procedure.rows
        self.steps: Mapping[str, Step] = {row.id: row for row in procedure.rows.step if row.enabled}
        self.rules = procedure.rows.case
        self._titles: dict[str, Text] = {row.id: row.title for row in procedure.rows.label}
        self._titles |= {row.id: row.title for row in procedure.rows.step}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every step that may be logged: the business steps, then those that only move the state."""
        more = (row.step for row in self._rows.transition if row.step not in self.steps)
        return (*self.steps, *dict.fromkeys(more))

    @cached_property
    def ticks(self) -> tuple[str, ...]:
        """Every tick of every step."""
        return tuple(dict.fromkeys(tick for row in self.steps.values() for tick in (*row.hard, *row.soft)))

    def title(self, name: str) -> Text:
        """Return how a step, tick, field, phase or move is called; its own name where nobody said."""
        return self._titles.get(name) or Text(zh=name, en=name)

    def moves(self, entry: Entry, state: str) -> Transition | None:
        """Return the transition that an entry makes from a state, None where the chart has none."""
        return next((row for row in self._fitting(entry) if state in row.from_states), None)

    def jump(self, entry: Entry, state: str) -> str:
        """Return the state after an entry out of order: onward to where its step leads, never back."""
        order = self.rules.states
        reached = [row.to for row in self._fitting(entry) if row.to not in self.rules.final]
        return max([state, *reached[:1]], key=order.index)

    def is_possible(self, step: str, state: str) -> bool:
        """Whether some transition of a step, or the step as an obligation, starts at a state."""
        row = self.steps.get(step)
        if row is not None and row.obligation:
            return True
        return any(state in one.from_states for one in self._rows.transition if one.step == step)

    def is_obligation(self, step: str) -> bool:
        """Whether a step runs beside the state."""
        row = self.steps.get(step)
        return row is not None and row.obligation

    def opened_by(self, entry: Entry) -> tuple[str, ...]:
        """Return the obligations that an entry opens."""
        row = self.steps.get(entry.step)
        if row is None:
            return ()
        when = row.opens_when
        more = when.obligations if when and entry.fields.get("phase") == when.phase else ()
        return (*row.opens, *more)

    def is_last_phase(self, entry: Entry) -> bool:
        """Whether an entry ends a step that has phases."""
        row = self.steps.get(entry.step)
        return row is not None and bool(row.phases) and entry.fields.get("phase") == row.phases[-1]

    def _fitting(self, entry: Entry) -> Iterator[Transition]:
        return (row for row in self._rows.transition if row.step == entry.step and _holds(row, entry))


def _holds(row: Transition, entry: Entry) -> bool:
    """Whether the conditions of a transition hold: ticks by true or false, fields by "a|b|c"."""
    for name, wanted in row.when.items():
        if isinstance(wanted, bool):
            if (name in entry.ticks) is not wanted:
                return False
        elif entry.fields.get(name) not in wanted.split("|"):
            return False
    return True
