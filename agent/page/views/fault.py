"""The fault card and what a person does on it: check again, done, still broken, use something else.

Clauses 4.2.1 to 4.2.4. Every action is the incident's own (`agent.orders.begin`): none of them can close
it, only a passed retest does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from agent import words
from agent.casework import AFFECTED_WITHIN
from agent.orders import begin
from agent.page import refusals
from agent.page.asked import Asked, Shown
from agent.page.card import Card, card
from agent.page.clients import capability
from agent.page.told import life
from agent.station import Station
from agent.words import say
from config.messages import mark


class Waiting(msgspec.Struct, frozen=True):
    """A case that the fault holds up: what it awaits by which day, and whether its client has been told."""

    ref: str
    step: str
    day: str
    is_told: bool


class View(msgspec.Struct, frozen=True):
    """The card, with what came of the last action: why it was refused, or what was taken down."""

    card: Card
    waiting: tuple[Waiting, ...] = ()
    refusal: str = ""
    done: str = ""


# What each button of the card orders, and which fields of its form go along.
_BUTTONS: Mapping[str, tuple[str, ...]] = {
    "retest": ("answer", "question"),
    "worked": (),
    "still-broken": (),
    "substitute": ("name",),
    "switch-back": (),
    "workaround": ("name",),
    "told": ("name",),
}


_DONE: Mapping[str, str] = {
    "retest": mark("It is being checked again; the result appears here by itself."),
    "worked": mark("Noted. It is being tested again; once that is passed, this is closed by itself."),
    "still-broken": mark("Noted. What IT knows of it stands below."),
    "substitute": mark("Noted: you are using another device for now."),
    "switch-back": mark("Noted: you are back at the device itself."),
    "workaround": mark("Noted."),
    "told": mark("Noted: this client has been told."),
}


def show(station: Station, asked: Asked) -> Shown:
    """Show the card of one incident. Raises BadAction where there is none, StoreError."""
    return _shown(station, asked)


def act(station: Station, asked: Asked) -> Shown:
    """Do what a button says and show the card as it is then; the retest goes on by itself."""
    action = asked.form.get("action", "")
    fields = _BUTTONS.get(action, ())
    options = {name: value for name in fields if (value := asked.form.get(name, "").strip())}
    if action == "told" and "name" in options:
        options["name"] = options["name"].upper()
    order = {"id": asked.places["incident"], "action": action, "options": options, "by": asked.by}
    if not action:
        return _shown(station, asked)
    with refusals.caught(asked.lang) as caught:
        begin(station, order)
    return _shown(station, asked, caught.text, "" if caught.text else say(_DONE[action], asked.lang))


def _shown(station: Station, asked: Asked, refusal: str = "", done: str = "") -> Shown:
    one = station.incidents.show(asked.places["incident"], station.desk.rows(), asked.now)
    newest = {result.key: result for result in station.desk.results()}.get((one["check"], one["device"]))
    made = card(one, newest, station.settings, station.procedure, asked.lang)
    waiting = tuple(_waiting(station, one, asked)) if made.is_open else ()
    return Shown("fault.html", View(made, waiting, refusal, done), 409 if refusal else 200)


def _waiting(station: Station, one: Mapping[str, Any], asked: Asked) -> Iterator[Waiting]:
    """Yield the cases whose next step needs what is broken (4.2.4), soonest first."""
    needed = capability(one["fault"], station.procedure)
    if not needed:
        return
    told = {each["what"].get("case") for each in life(one) if each["kind"] == "clients_told"}
    log = station.journal
    for case in log.affected(frozenset({needed}), asked.now.utc, AFFECTED_WITHIN):
        if case.next_step is not None:
            step, day = case.next_step
            title = words.text(log.chart.title(step), asked.lang)
            yield Waiting(case.ref, title, day.isoformat(), case.ref in told)
