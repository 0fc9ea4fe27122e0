"""The questions of the morning card as they stand: asked, answered, or told as a problem."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from agent import card, reasons, words
from agent.card import Given
from agent.page.views.checked import time_of_day
from agent.station import Station
from agent.words import Lang, say
from config.messages import mark
from config.placeholders import placeholders
from config.schema import Attestation

Standing: TypeAlias = Literal["open", "alone", "ok", "problem"]

_OTHER_ANSWERS: Mapping[str, str] = {"later": mark("Later"), "not_applicable": mark("Does not apply to me")}
_SAID: Mapping[str, str] = {
    "ok": mark("Confirmed at {time}"),
    "not_applicable": mark("Does not apply, said at {time}"),
    "later": mark("To be confirmed later today"),
}
# What telling a problem leads to, by whom it is for: never more than really happens.
_ROUTES: Mapping[str, str] = {
    "manager": mark("It is noted on this computer. Please tell your manager as well."),
    "office": mark("It is noted on this computer. Please tell the office services as well."),
    "self": mark("It is noted on this computer, for yourself."),
    "it": mark("It is noted on this computer."),
}
_HAZARD = mark("The desk turns red at once and shows what to do.")
_FAULT = mark("It becomes a fault with its own card: what to do now, and what IT is told.")


class Choice(msgspec.Struct, frozen=True):
    """Something to tick or to press."""

    id: str
    label: str
    is_ticked: bool = False


class Wrong(msgspec.Struct, frozen=True):
    """What was not taken: under which question, why, and what had been entered."""

    question: str
    said: str
    note: str
    choices: tuple[str, ...]


class Question(msgspec.Struct, frozen=True):
    """One line of the card. `incident` is the id of the one that its problem became, or ""."""

    id: str
    asks: str
    standing: Standing
    said: str
    others: tuple[Choice, ...]  # answers beside yes and problem
    choices: tuple[Choice, ...]
    ask: str  # what to write in the note
    leads_to: str
    note_max_chars: int
    can_be_problem: bool
    is_telling: bool  # its form is open: something was not taken
    note: str
    wrong: str
    incident: str
    phone: str  # of the manager, where a problem is for the manager
    is_of_cases: bool  # it is about the day's cases, of which the journal has some


def of(station: Station, today: card.Today, lang: Lang, wrong: Wrong | None) -> tuple[Question, ...]:
    """Return the day's questions in their order."""
    pairs = zip(today.asked, today.answers, strict=True)
    return tuple(_question(station, today, row, answer.state, lang, wrong) for row, answer in pairs)


def _question(
    station: Station, today: card.Today, row: Attestation, state: str, lang: Lang, wrong: Wrong | None
) -> Question:
    mine = wrong if wrong and wrong.question == row.id else None
    report = today.reports.open.get(row.id)
    standing: Standing = "problem" if state == "problem" else "ok"
    if state == "pending":
        standing = "alone" if row.id in today.alone else "open"
    is_for_manager = row.on_problem.route == "manager"
    counts = {"n_cases": today.planned, "n_planned": today.planned} if today.planned else {}
    return Question(
        id=row.id,
        asks=words.question(row, station.procedure, lang, counts),
        standing=standing,
        said=_said(station, row, today.given.get(row.id), lang),
        others=tuple(
            Choice(name, say(label, lang)) for name, label in _OTHER_ANSWERS.items() if name in row.answers
        ),
        choices=tuple(_choices(station, row, lang, mine.choices if mine else ())),
        ask=words.text(row.on_problem.ask, lang) if row.on_problem.ask else "",
        leads_to=say(_leads_to(row), lang),
        note_max_chars=station.procedure.rows.privacy.note_max_chars,
        can_be_problem="problem" in row.answers,
        is_telling=mine is not None,
        note=mine.note if mine else "",
        wrong=mine.said if mine else "",
        incident=report.incident if report else "",
        phone=station.settings.station.manager_phone if is_for_manager else "",
        is_of_cases=bool(counts.keys() & placeholders(row.question.zh)),
    )


def _choices(station: Station, row: Attestation, lang: Lang, ticked: tuple[str, ...]) -> list[Choice]:
    """Return what can be ticked: the question's own choices, or the prescribed items."""
    named = {choice.id: choice.zh if lang == "zh" else choice.en for choice in row.choices}
    if not named:
        items = card.items(row, station.procedure)
        named = {one: say(reasons.PROTECTIVE_ITEMS.get(one, one), lang) for one in items}
    return [Choice(name, label, name in ticked) for name, label in named.items()]


def _leads_to(row: Attestation) -> str:
    if row.on_problem.severity == "stop":
        return _HAZARD
    return _FAULT if row.on_problem.fault and row.on_problem.route == "it" else _ROUTES[row.on_problem.route]


def _said(station: Station, row: Attestation, given: Given | None, lang: Lang) -> str:
    """Say the newest answer: when it was confirmed, or what is wrong."""
    if given is None:
        return ""
    at = time_of_day(given.at, station.procedure.rows.work) if given.at else ""
    if given.answer != "problem":
        return say(_SAID[given.answer], lang, time=at)
    labels = {choice.id: choice.label for choice in _choices(station, row, lang, ())}
    ticked = ("、" if lang == "zh" else ", ").join(labels.get(name, name) for name in given.choices)
    told = " · ".join(filter(None, (ticked, given.note)))
    return say(mark("Told as a problem at {time}"), lang, time=at) + (f": {told}" if told else "")
