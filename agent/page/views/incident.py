"""One incident as the sheet of clause 5.2: six steps, each filled by the machine, by a person, or still open.

What only a person knows is asked for beside its step: what kind of cause, what was done, with which part, in
how many minutes. No form closes an incident; the passed retest does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from agent import words
from agent.incidents import shelf
from agent.incidents.actions import BadAction
from agent.incidents.report import Section, content, spoken
from agent.orders import begin
from agent.page import card, refusals, told
from agent.page.asked import Asked, Shown
from agent.page.moments import clock_time
from agent.station import Station
from agent.tickets import text as tickets
from agent.words import say
from config.messages import mark
from config.procedure import Procedure

# What each form of the sheet orders, and which of its fields go along.
_FORMS = {
    "diagnose": ("category",),
    "repairing": (),
    "fixed": ("action", "part", "minutes"),
    "restarted": ("skip_reason",),
    "retest": ("answer", "question"),
    "cancel": ("reason",),
}
_ASKED = {"diagnosed": "diagnose", "fixed": "fixed", "restarted": "restarted", "retested": "retest"}
_DONE = mark("Noted.")
_BY: Mapping[str | None, str] = {
    "machine": mark("seen by the machine"),
    "person": mark("entered by {who}"),
    "inferred": mark("concluded, not seen"),
    None: mark("still open"),
}


class Choice(msgspec.Struct, frozen=True):
    """One option of a list."""

    value: str
    label: str


class Step(msgspec.Struct, frozen=True):
    """One of the six. `form` names what a person may fill in here; empty where nothing is asked."""

    id: str
    clause: str
    title: str
    is_done: bool
    by: str
    at: str
    details: tuple[str, ...]
    form: str


class Event(msgspec.Struct, frozen=True):
    """One line of the history."""

    at: str
    text: str


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """The sheet; texts of one language."""

    card: card.Card
    steps: tuple[Step, ...]
    categories: tuple[Choice, ...]
    actions: tuple[Choice, ...]
    history: tuple[Event, ...]
    clauses: str
    for_it: str
    report: int | None
    can_cancel: bool
    refusal: str = ""
    done: str = ""


class Report(msgspec.Struct, frozen=True):
    """The numbered report of a passed retest, to be read and printed."""

    incident: str
    title: str
    sections: tuple[Section, ...]


def show(station: Station, asked: Asked) -> Shown:
    """Show the sheet of one incident. Raises BadAction where there is none, StoreError."""
    return _shown(station, asked)


def act(station: Station, asked: Asked) -> Shown:
    """Take down what a person filled in beside a step, and show the sheet as it is then."""
    action = asked.form.get("action_of_sheet", "")
    options: dict[str, Any] = {
        name: value for name in _FORMS.get(action, ()) if (value := asked.form.get(name, "").strip())
    }
    if not action:
        return _shown(station, asked)
    with refusals.caught(asked.lang) as caught:
        if "minutes" in options:
            options["minutes"] = refusals.number(options["minutes"], "minutes")
        begin(
            station,
            {"id": asked.places["incident"], "action": action, "options": options, "by": asked.by},
        )
    return _shown(station, asked, caught.text, "" if caught.text else say(_DONE, asked.lang))


def report(station: Station, asked: Asked) -> Shown:
    """Show the numbered report. Raises BadAction where there is none yet, StoreError."""
    one = station.incidents.show(asked.places["incident"], station.desk.rows(), asked.now)
    owner = shelf.owner_of(station.recorder.reader(), one["report"]) if one["report"] else None
    if owner is None:
        raise BadAction(f"no report of {one['id']} yet")
    own = station.settings.station
    desk = " ".join(filter(None, (own.site, own.name)))
    place = card.place_of(owner.device, station.settings)
    made = content(owner, one["report"], desk, place, station.procedure, asked.lang)
    return Shown("incident_report.html", Report(one["id"], made.title, made.sections))


def _shown(station: Station, asked: Asked, refusal: str = "", done: str = "") -> Shown:
    one = station.incidents.show(asked.places["incident"], station.desk.rows(), asked.now)
    newest = {result.key: result for result in station.desk.results()}.get((one["check"], one["device"]))
    procedure, lang = station.procedure, asked.lang
    rows = {row.id: row for row in procedure.rows.adjust}
    sheet = Sheet(
        card=card.card(one, newest, station.settings, procedure, lang),
        steps=tuple(_steps(one, procedure, asked)),
        categories=tuple(Choice(code, tickets.category(code, lang)) for code in rows["diagnosed"].categories),
        actions=tuple(Choice(code, tickets.tried(code, lang)) for code in rows["fixed"].actions),
        history=tuple(_history(one, procedure, asked)),
        clauses=("、" if lang == "zh" else ", ").join(one["clauses"]),
        for_it=tickets.of_incident(one, procedure, lang),
        report=one["report"],
        can_cancel=one["standing"] in {"open", "recovered"} and _is_reported(one),
        refusal=refusal,
        done=done,
    )
    return Shown("incident.html", sheet, 409 if refusal else 200)


def _is_reported(one: Mapping[str, Any]) -> bool:
    """Whether a person reported it; what the machine found ends with its passed retest only."""
    return bool(told.life(one)[0]["what"].get("source") == "person")


def _steps(one: Mapping[str, Any], procedure: Procedure, asked: Asked) -> Iterator[Step]:
    is_open = one["standing"] in {"open", "recovered"}
    titles = {row.id: words.text(row.title, asked.lang) for row in procedure.rows.adjust}
    for step in one["steps"]:
        filled, form = _BY[step["by"]], _ASKED.get(step["id"], "") if is_open else ""
        if form == "retest" and not one["waits_for"]:
            form = ""
        yield Step(
            id=step["id"],
            clause=step["clause"],
            title=titles[step["id"]],
            is_done=step["by"] is not None,
            by=say(filled, asked.lang, who=step["who"] or "?"),
            at=clock_time(step["at"], asked.now.utc, procedure.rows.work),
            details=tuple(_details(step["fields"], procedure, asked)),
            form=form,
        )


def _details(fields: Mapping[str, Any], procedure: Procedure, asked: Asked) -> Iterator[str]:
    """Say what a step holds, a line each."""
    lang = asked.lang
    if fields.get("category"):
        yield say(mark("Kind of cause: {name}"), lang, name=tickets.category(fields["category"], lang))
    if fields.get("action"):
        yield say(mark("Done: {name}"), lang, name=tickets.tried(fields["action"], lang))
    if fields.get("part_no"):
        yield say(mark("Part: {name}"), lang, name=fields["part_no"])
    if fields.get("minutes") is not None:
        yield say(mark("Minutes: {name}"), lang, name=words.number(fields["minutes"]))
    if fields.get("skip_reason") == "worked_without":
        yield say(mark("It worked without a restart."), lang)
    elif fields.get("skip_reason"):
        yield say(mark("Not restarted: {name}"), lang, name=fields["skip_reason"])
    if fields.get("stopped_at"):
        at = clock_time(fields["stopped_at"], asked.now.utc, procedure.rows.work)
        yield say(mark("Taken out of use at {name}"), lang, name=at)
    if passes := fields.get("passes"):
        times = [clock_time(each["at"], asked.now.utc, procedure.rows.work) for each in passes]
        yield say(mark("Passed at {name}"), lang, name=("、" if lang == "zh" else ", ").join(times))


def _history(one: Mapping[str, Any], procedure: Procedure, asked: Asked) -> Iterator[Event]:
    for each in one["history"]:
        who = "" if each["who"] == "agent" else f" · {each['who']}"
        said = spoken(each["kind"], asked.lang, each["what"])
        yield Event(clock_time(each["at"], asked.now.utc, procedure.rows.work), f"{said}{who}")
