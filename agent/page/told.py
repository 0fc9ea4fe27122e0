"""What IT knows already of an incident, in full sentences: the ticket, or when and how they will hear. Pure.

Nothing is said to be known before a ticket system has confirmed it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from agent.page.moments import clock_time
from agent.words import Lang, say
from config.messages import mark
from config.procedure import Procedure
from config.settings import Settings

_NEVER = "9000"  # a note due later is kept to be copied by hand
_WHY: Mapping[str, str] = {
    "none": mark(
        "IT is not told of this by itself: the steps above usually help. If they do not, choose "
        "“Still broken”, and IT gets a ticket."
    ),
    "no_ticket_system": mark("IT has not been told: no ticket system is set up on this desk."),
    "not_for_it": mark("This is not a matter for IT."),
}


class Ticket(msgspec.Struct, frozen=True):
    """One ticket that a system has confirmed. `url` is empty where it is no web address."""

    sentence: str
    url: str


class Told(msgspec.Struct, frozen=True):
    """What IT knows: confirmed tickets, or sentences on what is still to come, with whom to call."""

    tickets: tuple[Ticket, ...]
    lines: tuple[str, ...]


def told(one: Mapping[str, Any], procedure: Procedure, settings: Settings, lang: Lang) -> Told:
    """Say it of one incident as `deskready.incidents/1` shows it."""
    now = datetime.fromisoformat(one["now"])
    tickets = tuple(_ticket(each, one, now, procedure, lang) for each in one["tickets"])
    lines = () if tickets else tuple(_lines(one, now, procedure, settings, lang))
    return Told(tickets, lines)


def life(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what happened since the fault was found or last found again."""
    history = list(one["history"])
    starts = [n for n, each in enumerate(history) if each["kind"] in {"detected", "reopened"}]
    return history[starts[-1] :] if starts else history


def _ticket(
    ticket: Mapping[str, Any], one: Mapping[str, Any], now: datetime, procedure: Procedure, lang: Lang
) -> Ticket:
    since = [
        each["at"]
        for each in one["history"]
        if each["kind"] == "notified" and each["what"].get("sink") == ticket["sink"]
    ]
    at = clock_time(since[0], now, procedure.rows.work) if since else None
    number = ticket["remote_id"] or None
    sentence = say(mark("IT knows. Ticket: {number}. Since: {at}."), lang, number=number, at=at)
    url = ticket["url"] if ticket["url"].startswith(("https://", "http://")) else ""
    return Ticket(sentence, url)


def _lines(
    one: Mapping[str, Any], now: datetime, procedure: Procedure, settings: Settings, lang: Lang
) -> Iterator[str]:
    if one["standing"] in {"closed", "cancelled"}:
        yield say(mark("It ended before IT had to be told."), lang)
        return
    yield _plan(one, now, procedure, lang)
    station = settings.station
    if _why(one) == "not_for_it":
        yield say(mark("Your manager's number: {manager_phone}."), lang, manager_phone=station.manager_phone)
    elif station.it_phone:
        yield say(mark("If it cannot wait, call IT: {it_phone}."), lang, it_phone=station.it_phone)


def _plan(one: Mapping[str, Any], now: datetime, procedure: Procedure, lang: Lang) -> str:
    """Say what IT will be sent and when; a plan is never worded as done."""
    note, due = one["note"]["kind"], one["note"]["due"]
    if note == "none" or due is None:
        return say(_WHY.get(_why(one), _WHY["none"]), lang)
    if due >= _NEVER:
        return say(
            mark("IT has not been told: in the first days after the installation nothing is sent."), lang
        )
    at = clock_time(due, now, procedure.rows.work)
    if note == "digest":
        return say(mark("IT finds it on the list that is sent at {at}."), lang, at=at)
    if datetime.fromisoformat(due) <= now:
        return say(mark("A ticket for IT is on its way; they have not confirmed it yet."), lang)
    return say(
        mark(
            "IT has not been told yet. If it still does not work at {at}, they get a ticket by themselves; "
            "“Still broken” tells them at once."
        ),
        lang,
        at=at,
    )


def _why(one: Mapping[str, Any]) -> str:
    plans = [each["what"] for each in life(one) if each["kind"] == "recorded"]
    return str(plans[-1].get("why", "")) if plans else ""
