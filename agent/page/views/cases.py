"""The journal of business steps: what is due, and one case with its next step chosen, kept by a click."""

from typing import Literal

import msgspec

from agent import capability, casework, words
from agent.journal.model import Case
from agent.journal.refs import as_typed
from agent.journal.refusals import BadEntry, LooksPersonal, Refused
from agent.page.asked import Asked, Shown
from agent.station import Station
from agent.words import Lang, say
from config.messages import mark

SHOWN_MAX = 50
_TICK, _FIELD = "tick.", "field."
_NEEDS = {
    "good": mark("works"),
    "unknown": mark("not known whether it works"),
    "failed": mark("does not work now"),
}
_SIGNS = {"good": "✔", "unknown": "?", "failed": "✖"}


class Need(msgspec.Struct, frozen=True):
    """What a step needs of this desk, and whether it is there now."""

    title: str
    state: capability.State
    sign: str
    said: str


class Waiting(msgspec.Struct, frozen=True):
    """One open case in the list. `due` is an ISO day, "" where nothing is awaited."""

    ref: str
    step: str
    title: str
    due: str
    when: Literal["overdue", "today", "later", ""]


class Cases(msgspec.Struct, frozen=True):
    """The open cases, what is due first; `more` counts those that are not shown."""

    waiting: tuple[Waiting, ...]
    more: int
    said: str = ""


class Choice(msgspec.Struct, frozen=True):
    """A step that may be chosen, with its key on the keyboard."""

    step: str
    key: str
    title: str
    is_chosen: bool


class Mark(msgspec.Struct, frozen=True):
    """A tick or a field of the chosen step. A field with `options` is chosen from them."""

    name: str
    title: str
    is_hard: bool = False
    given: str = ""
    options: tuple[tuple[str, str], ...] = ()


class OneCase(msgspec.Struct, frozen=True):
    """One case with a step chosen. `ref` is "new" before its first step is kept."""

    ref: str
    step: str
    title: str
    choices: tuple[Choice, ...]
    ticks: tuple[Mark, ...]
    fields: tuple[Mark, ...]
    needs: tuple[Need, ...]
    awaited: tuple[tuple[str, str], ...]
    reason: str
    asks_reason: bool
    said: str


def show_list(station: Station, asked: Asked) -> Shown:
    """Return the open cases."""
    return Shown("cases.html", _listed(station, asked))


def show_one(station: Station, asked: Asked) -> Shown:
    """Return one case with a step chosen: the one that is asked for, else the next."""
    return _one(station, asked)


def keep(station: Station, asked: Asked) -> Shown:
    """Keep the chosen step and return to the list; what is missing is said where it is missing."""
    form = asked.form
    entry = {
        "case": asked.places["ref"],
        "step": asked.places["step"],
        "ticks": [name.removeprefix(_TICK) for name in form if name.startswith(_TICK)],
        "fields": {
            name.removeprefix(_FIELD): text.strip()
            for name, text in form.items()
            if name.startswith(_FIELD) and text.strip()
        },
        "reason": form.get("reason", "").strip() or None,
        "source": "page",
    }
    try:
        kept = casework.log(station, entry, asked.by, form.get("once") or None)
    except LooksPersonal:
        return _one(
            station,
            asked,
            say(mark("This looks like a client's number or address. Leave it out."), asked.lang),
        )
    except Refused as refused:
        return _one(
            station, asked, _missing(station, refused, asked.lang), is_odd="reason" in refused.missing
        )
    except BadEntry as error:
        return _one(station, asked, str(error))
    said = say(mark("Kept for case {case}."), asked.lang, case=kept["case"]["case"])
    return Shown("cases.html", _listed(station, asked, said))


def _listed(station: Station, asked: Asked, said: str = "") -> Cases:
    cases = station.journal.open_cases(limit=SHOWN_MAX)
    today = station.today().isoformat()
    waiting = [_waiting(station, case, today, asked.lang) for case in cases]
    return Cases(tuple(waiting), station.journal.open_count() - len(cases), said)


def _waiting(station: Station, case: Case, today: str, lang: Lang) -> Waiting:
    if case.next_step is None:
        return Waiting(case.ref, "", say(mark("nothing is left to do"), lang), "", "")
    step, day = case.next_step
    due = day.isoformat()
    when: Literal["overdue", "today", "later"] = (
        "overdue" if due < today else "later" if due > today else "today"
    )
    return Waiting(case.ref, step, _title(station, step, lang), due, when)


def _one(station: Station, asked: Asked, said: str = "", *, is_odd: bool = False) -> Shown:
    chart, lang = station.journal.chart, asked.lang
    ref = asked.places["ref"]
    case = None if ref == casework.NEW else station.journal.case(as_typed(ref))
    if case is None and ref != casework.NEW:
        message = say(mark("There is no case {case} in this journal."), lang, case=ref[:16])
        return Shown("cases.html", _listed(station, asked, message), 404)
    first = next(iter(chart.steps))
    following = case.next_step[0] if case is not None and case.next_step else first
    step = asked.places.get("step") or following
    if step not in chart.names:
        step = following
    view = OneCase(
        ref=ref if case is None else case.ref,
        step=step,
        title=_title(station, step, lang),
        choices=tuple(_choices(station, step, case, lang)),
        ticks=_ticks(station, asked, step),
        fields=_fields(station, asked, step),
        needs=_needs(station, step, lang),
        awaited=tuple(
            (_title(station, name, lang), day.isoformat())
            for name, day in (case.awaited if case else {}).items()
        ),
        reason=asked.form.get("reason", ""),
        asks_reason=is_odd or bool(asked.form.get("reason")),
        said=said,
    )
    return Shown("case.html", view, 422 if said else 200)


def _choices(station: Station, chosen: str, case: Case | None, lang: Lang) -> list[Choice]:
    """Return every business step, and of the moves those that the case can make now."""
    chart = station.journal.chart
    state = chart.rules.initial if case is None else case.state
    names = [name for name in chart.names if name in chart.steps or chart.is_possible(name, state)]
    keys = {row.id: row.key for row in chart.steps.values()}
    return [Choice(name, keys.get(name, ""), _title(station, name, lang), name == chosen) for name in names]


def _ticks(station: Station, asked: Asked, step: str) -> tuple[Mark, ...]:
    row = station.journal.chart.steps.get(step)
    if row is None:
        return ()
    return tuple(
        Mark(
            name,
            _title(station, name, asked.lang),
            name in row.hard,
            "1" if f"{_TICK}{name}" in asked.form else "",
        )
        for name in (*row.hard, *row.soft)
    )


def _fields(station: Station, asked: Asked, step: str) -> tuple[Mark, ...]:
    row = station.journal.chart.steps.get(step)
    if row is None:
        return ()
    phases = tuple((name, _title(station, name, asked.lang)) for name in row.phases)
    return tuple(
        Mark(
            name,
            _title(station, name, asked.lang),
            given=asked.form.get(f"{_FIELD}{name}", ""),
            options=phases if name == "phase" else (),
        )
        for name in row.fields
    )


def _needs(station: Station, step: str, lang: Lang) -> tuple[Need, ...]:
    """Return how what a step needs stands on this desk, so that nobody starts it on a broken device."""
    row = station.journal.chart.steps.get(step)
    states = casework.states(station)
    found = [(name, states.get(name, "unknown")) for name in (row.needs if row else ())]
    return tuple(
        Need(
            words.text(station.procedure.capabilities[name].title, lang),
            state,
            _SIGNS[state],
            say(_NEEDS[state], lang),
        )
        for name, state in found
    )


def _missing(station: Station, refused: Refused, lang: Lang) -> str:
    if "reason" in refused.missing:
        return say(mark("This step is not the next one. Say why it is done now, then save again."), lang)
    names = "、" if lang == "zh" else ", "
    missing = names.join(_title(station, name, lang) for name in refused.missing)
    return say(mark("Not saved. First this is needed: {missing}."), lang, missing=missing)


def _title(station: Station, name: str, lang: Lang) -> str:
    return words.text(station.journal.chart.title(name), lang)
