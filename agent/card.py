"""The morning card: which questions only a person can answer today, and what was answered. Pure.

Clauses 2.1 to 2.7. A question is asked only where no check and no record answers it; an answer dies with the
working day, or with the time that its question says. On one day of each week some questions must be
answered on their own, so that the one click stays honest.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec

from agent.verdict import Answer
from config.procedure import Procedure
from config.schema import Attestation, Severity

KIND = "attestation"  # of the journal's events
STARTED, ENDED = "work.started", "work.ended"
MAX_QUESTIONS = 6
LOOK_BACK = timedelta(days=15)  # longest life of an answer on the card, and the week before this one

Mode: TypeAlias = Literal["batch", "single", "spot"]


class Given(msgspec.Struct, frozen=True):
    """One answer as the journal keeps it: which question, what, on which local day.

    `shown_ms` is how long the card was in sight, None where nobody measured it. `incident` is the id of
    the one that a problem became.
    """

    attestation: str
    answer: str
    day: date
    mode: Mode = "batch"
    shown_ms: int | None = None
    choices: tuple[str, ...] = ()
    note: str | None = None
    incident: str | None = None
    at: datetime | None = None  # aware; None before it is kept


class Report(msgspec.Struct, frozen=True):
    """An open incident that a person reported."""

    incident: str
    severity: Severity


class Reports(msgspec.Struct, frozen=True):
    """What people reported: the open incidents by question, the ids of those that ended."""

    open: Mapping[str, Report] = {}
    ended: frozenset[str] = frozenset()


class Today(msgspec.Struct, frozen=True):
    """The card of one day. `alone` are questions that the one click may not answer."""

    day: date
    asked: tuple[Attestation, ...]
    answers: tuple[Answer, ...]  # of `asked`, in their order
    given: Mapping[str, Given]  # the newest answer that is still alive, by question
    alone: frozenset[str]
    reports: Reports = Reports()
    planned: int = 0  # what the journal has for today

    @property
    def pending(self) -> tuple[str, ...]:
        """Return the questions without an answer, in the card's order."""
        return tuple(one.attestation for one in self.answers if one.state == "pending")

    @property
    def batch(self) -> tuple[str, ...]:
        """Return the open questions that the one click answers."""
        return tuple(name for name in self.pending if name not in self.alone)


def today(
    asked: Sequence[Attestation],
    given: Iterable[Given],
    reports: Reports,
    day: date,
    seed: str,
    planned: int = 0,
) -> Today:
    """Join the questions with their newest living answers. `seed` makes each desk's lot its own.

    A weekly question is asked until it is answered; where there would be more than six, it takes the place
    of the last daily one.
    """
    given = tuple(given)
    newest = {one.attestation: one for one in given}
    living = {row.id: own for row in asked if (own := newest.get(row.id)) and _lives(own, row, day)}
    asked = _at_most_six([row for row in asked if not _is_settled(row, living.get(row.id), reports, day)])
    answers = [_answer(row, living.get(row.id), reports) for row in asked]
    alone = _alone(asked, given, day, seed)
    return Today(day, tuple(asked), tuple(answers), living, alone, reports, planned)


def questions(
    procedure: Procedure, proven_checks: frozenset[str], counts: Mapping[str, int]
) -> list[Attestation]:
    """Return today's questions in the card's order, hazard first, the weekly ones last.

    `proven_checks` have fresh good evidence, so that what they answer is not asked; `counts` holds
    n_cases and n_planned for questions that are pointless without any.
    """
    asked = [
        row
        for row in procedure.attestations.values()
        if row.when in {"work_start", "weekly"}
        and row.enabled
        and row.required
        and not _is_answered_by(row, proven_checks)
        and not _is_pointless(row, procedure, counts)
    ]
    return sorted(asked, key=lambda row: (row.when == "weekly", row.order or len(asked)))


def items(row: Attestation, procedure: Procedure) -> tuple[str, ...]:
    """Return the protective equipment that a question is about; none for other questions."""
    return tuple(procedure.clauses[row.clause].params.get("required_items") or ())


def body_of(given: Given) -> dict[str, Any]:
    """Return an answer as the body of its event."""
    body: dict[str, Any] = {
        "attestation": given.attestation,
        "answer": given.answer,
        "day": given.day.isoformat(),
        "mode": given.mode,
        "shown_ms": given.shown_ms,
    }
    more = {"choices": list(given.choices), "note": given.note, "incident": given.incident}
    return body | {name: value for name, value in more.items() if value}


def given_of(body: Mapping[str, Any], at: datetime) -> Given:
    """Read an answer back from its event."""
    return msgspec.convert({**body, "at": at}, Given)


def _answer(row: Attestation, given: Given | None, reports: Reports) -> Answer:
    """Judge one question. An open incident under it is a problem, whatever was said since."""
    if row.id in reports.open:
        return Answer(row.id, "problem", reports.open[row.id].severity)
    if given is None or given.answer == "later":
        return Answer(row.id, "pending")
    if given.answer == "problem" and given.incident not in reports.ended:
        return Answer(row.id, "problem", row.on_problem.severity)
    return Answer(row.id, "ok")


def _is_settled(row: Attestation, given: Given | None, reports: Reports, day: date) -> bool:
    """Whether a weekly question has its answer from an earlier day and need not be seen today."""
    if row.when == "work_start" or given is None or given.day == day:
        return False
    return _answer(row, given, reports).state == "ok"


def _at_most_six(asked: Sequence[Attestation]) -> list[Attestation]:
    weekly = [row for row in asked if row.when == "weekly"]
    daily = [row for row in asked if row.when != "weekly"]
    return [*daily[: MAX_QUESTIONS - len(weekly)], *weekly]


def _lives(given: Given, row: Attestation, day: date) -> bool:
    days = int(row.ttl.removesuffix("d")) if row.ttl != "day" else 1
    return timedelta(0) <= day - given.day < timedelta(days=days)


def _alone(asked: Sequence[Attestation], given: Sequence[Given], day: date, seed: str) -> frozenset[str]:
    """Draw the week's day and question by lot; none in a desk's first week, when people learn the card.

    A day on which nobody answered passes the question on to the next one of the same week.
    """
    monday = day - timedelta(days=day.weekday())
    is_first_week = not any(one.day < monday for one in given)
    was_asked = any(one.mode == "spot" and monday <= one.day < day for one in given)
    if is_first_week or was_asked or day.weekday() < _lot(seed, monday) % _LOT_DAYS:
        return frozenset()
    daily = [row for row in asked if row.when == "work_start"]
    drawn = min(daily, key=lambda row: _lot(seed, monday, row.id), default=None)
    never = {row.id for row in daily if row.never_batch_on_spot_day}
    return frozenset(never | ({drawn.id} if drawn else set()))


_LOT_DAYS = 5  # Monday to Friday


def _lot(seed: str, *of: object) -> int:
    return int.from_bytes(hashlib.sha256(" ".join(map(str, (seed, *of))).encode()).digest()[:4])


def _is_answered_by(row: Attestation, proven_checks: Collection[str]) -> bool:
    return bool(row.skip_if_fresh) and set(row.skip_if_fresh) <= set(proven_checks)


def _is_pointless(row: Attestation, procedure: Procedure, counts: Mapping[str, int]) -> bool:
    """Nothing to ask: "n_cases == 0" holds, or the company prescribes no item."""
    if row.skip_if is not None:
        name, _, number = row.skip_if.partition(" == ")
        return counts.get(name, 0) == int(number)
    required = procedure.clauses[row.clause].params.get("required_items")
    return required is not None and not required
