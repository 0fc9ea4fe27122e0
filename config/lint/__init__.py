"""Lint: is the procedure whole, does every name mean something, can the program do what it demands?

All problems are found in one pass; a problem names table, id and field, and the nearest right name.
"""

from config.lint.built import lint_built
from config.lint.names import lint_names
from config.lint.problem import MESSAGES, Problem
from config.lint.states import lint_states
from config.lint.texts import lint_texts
from config.schema import Rows
from config.shipped import Shipped

__all__ = ["MESSAGES", "Problem", "lint"]


def lint(rows: Rows, shipped: Shipped) -> tuple[Problem, ...]:
    """Return every problem of a procedure whose rows have the right shape."""
    return (
        *lint_names(rows),
        *lint_texts(rows, shipped),
        *lint_states(rows),
        *lint_built(rows, shipped),
    )
