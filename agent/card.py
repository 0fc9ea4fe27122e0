"""The morning card: which questions only a person can answer today, and what was answered. Pure.

A question is asked only where no check and no record answers it; an answer dies with the working day.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from agent.verdict import Answer
from config.procedure import Procedure
from config.schema import Attestation

KIND = "attestation"  # of the journal's events


class Given(msgspec.Struct, frozen=True):
    """One answer as the journal keeps it: which question, what, on which local day."""

    attestation: str
    answer: str
    day: date


def questions(
    procedure: Procedure, proven_checks: frozenset[str], counts: Mapping[str, int]
) -> list[Attestation]:
    """Return today's questions in the card's order.

    `proven_checks` have fresh good evidence, so that what they answer is not asked; `counts` holds
    n_cases and n_planned for questions that are pointless without any.
    """
    asked = [
        row
        for row in procedure.attestations.values()
        if row.when == "work_start"
        and row.enabled
        and row.required
        and not _is_answered_by(row, proven_checks)
    ]
    asked = [row for row in asked if not _is_pointless(row, procedure, counts)]
    return sorted(asked, key=lambda row: row.order or len(asked))


def answers(asked: Iterable[Attestation], given: Iterable[Given], today: date) -> tuple[Answer, ...]:
    """Join the questions with the newest answer of today; without one the question is pending."""
    newest = {answer.attestation: answer.answer for answer in given if answer.day == today}
    return tuple(_answer(row, newest.get(row.id)) for row in asked)


def given(body: Mapping[str, Any]) -> Given:
    """Read an answer back from the body of its event."""
    return Given(str(body["attestation"]), str(body["answer"]), date.fromisoformat(str(body["day"])))


def _answer(row: Attestation, given: str | None) -> Answer:
    if given is None or given == "later":
        return Answer(row.id, "pending")
    if given == "problem":
        return Answer(row.id, "problem", row.on_problem.severity)
    return Answer(row.id, "ok")


def _is_answered_by(row: Attestation, proven_checks: frozenset[str]) -> bool:
    return bool(row.skip_if_fresh) and proven_checks.issuperset(row.skip_if_fresh)


def _is_pointless(row: Attestation, procedure: Procedure, counts: Mapping[str, int]) -> bool:
    """Nothing to ask: "n_cases == 0" holds, or the company prescribes no item."""
    if row.skip_if is not None:
        name, _, number = row.skip_if.partition(" == ")
        return counts.get(name, 0) == int(number)
    items = procedure.clauses[row.clause].params.get("required_items")
    return items is not None and not items
