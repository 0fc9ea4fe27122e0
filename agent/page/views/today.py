"""The morning card: is this desk ready, what was checked, and the few questions for a person.

Clauses 2.1 to 2.7 and 5.1.1. One click answers what may be answered together.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from agent import card, glance, morning
from agent.incidents.actions import BadAction, Refused, worker_name
from agent.page.asked import Asked, Shown
from agent.page.views import due, questions
from agent.page.views.checked import Checked, checked, time_of_day
from agent.page.views.questions import Question, Wrong
from agent.result import COLOURS, Colour
from agent.station import Station
from agent.words import Lang, say
from config.messages import mark

_TEMPLATE = "today.html"
_DIGITS_MAX = 9
_CLIENT_DATA = mark(
    "The note looks as if it held a client's data (an ID, telephone, card number or e-mail address). "
    "Please take that out; nothing was kept."
)
_TOO_LONG = mark("Please write one line of at most {count} characters; nothing was kept.")
_CONFIRM = mark("Please confirm {count} points, then start work")
# What to do about the light, which stands above; it says itself what colour it has.
_NEXT: Mapping[Colour, str] = {
    "green": mark("All is well; you can start"),
    "amber": mark("Please look at this first"),
    "grey": mark("Something could not be checked; that does not mean it is fine"),
    "red": mark("See to this before you start"),
}


class Trouble(msgspec.Struct, frozen=True):
    """One reason why the desk is not green. `incident` is its id, "" where there is none."""

    colour: Colour
    said: str
    incident: str


class News(msgspec.Struct, frozen=True):
    """What of the card changes by itself. `started` is a time of day or ""."""

    said: str
    trouble: tuple[Trouble, ...]
    started: str


class Today(msgspec.Struct, frozen=True):
    """The card. `batch` counts what the one click answers."""

    news: News
    batch: int
    can_start: bool
    questions: tuple[Question, ...]
    parts: Checked
    due: tuple[due.Line, ...]


def show(station: Station, asked: Asked, wrong: Wrong | None = None) -> Shown:
    """Return the card as it is now; `wrong` is what was not taken, and of which question."""
    return Shown(_TEMPLATE, _view(station, asked.lang, wrong), 200 if wrong is None else 422)


def news(station: Station, asked: Asked) -> Shown:
    """Return what of the card changes by itself."""
    return Shown("today_news.html", _news(station, station.status(is_asked=True), station.card(), asked.lang))


def start(station: Station, asked: Asked) -> Shown:
    """Answer everything that may be answered together: work begins."""
    morning.start(station, worker_name(asked.by), shown_ms(asked))
    return show(station, asked)


def answer(station: Station, asked: Asked) -> Shown:
    """Answer one question on its own."""
    name, said = asked.form.get("question", ""), asked.form.get("answer", "")
    morning.answer(station, worker_name(asked.by), name, said, shown_ms(asked))
    return show(station, asked)


def problem(station: Station, asked: Asked) -> Shown:
    """Tell a problem under one question; a note that may not be kept is shown again with the reason."""
    name, note = asked.form.get("question", ""), asked.form.get("note", "")
    choices = [field.removeprefix("choice.") for field in asked.form if field.startswith("choice.")]
    try:
        morning.problem(station, worker_name(asked.by), name, choices, note, shown_ms(asked))
    except Refused as refused:
        if refused.missing != "note":
            raise
        return show(station, asked, Wrong(name, say(_CLIENT_DATA, asked.lang), note, tuple(choices)))
    except BadAction:
        longest = station.procedure.rows.privacy.note_max_chars
        said = say(_TOO_LONG, asked.lang, count=longest)
        return show(station, asked, Wrong(name, said, note, tuple(choices)))
    return show(station, asked)


def _view(station: Station, lang: Lang, wrong: Wrong | None) -> Today:
    light, today = station.status(is_asked=True), station.card()
    top = _news(station, light, today, lang)
    return Today(
        news=top,
        batch=len(today.batch),
        can_start=not top.started or bool(today.batch),
        questions=questions.of(station, today, lang, wrong),
        parts=checked(station, light, lang),
        due=tuple(line for line in due.lines(station, lang) if line.is_mine and line.state != "later"),
    )


def _news(station: Station, light: Mapping[str, Any], today: card.Today, lang: Lang) -> News:
    lines = list(glance.lines_of(light, station.incidents.open_ones(), station, lang))
    nothing_wrong: Colour = "green" if light["coverage"]["checked"] else "grey"
    colour = max((line["colour"] for line in lines), key=COLOURS.index, default=nothing_wrong)
    is_only_asking = colour == "green" and bool(today.pending)
    started = morning.newest(station, card.STARTED)
    return News(
        said=say(_CONFIRM, lang, count=len(today.pending)) if is_only_asking else say(_NEXT[colour], lang),
        trouble=tuple(Trouble(line["colour"], line["text"], line["incident"] or "") for line in lines),
        started=time_of_day(started.at, station.procedure.rows.work) if started else "",
    )


def shown_ms(asked: Asked) -> int | None:
    """Return how long the card was in sight, as the page measured it; None where it did not."""
    told = asked.form.get("shown_ms", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= _DIGITS_MAX else None
