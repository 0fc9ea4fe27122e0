"""The end of the day: what is still open, what is due tomorrow, and one click."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from agent import card, clock, morning, telling, upkeep, words, workdays
from agent.incidents.actions import worker_name
from agent.incidents.policy import NEVER
from agent.page.asked import Asked, Shown
from agent.page.views import due
from agent.page.views.checked import time_of_day
from agent.page.views.today import shown_ms
from agent.station import Station
from agent.store.rows import Event
from agent.words import Lang, say
from config.messages import mark


class Open(msgspec.Struct, frozen=True):
    """One fault that is not closed: since when, and what IT knows of it."""

    incident: str
    said: str
    since: str
    told: str


class Plan(msgspec.Struct, frozen=True):
    """How the day's cases stand. `planned` is as work began, None where it did not begin by a click."""

    planned: int | None
    left: int
    tomorrow: int


class Evening(msgspec.Struct, frozen=True):
    """The card. `plan` is None while the journal has no open case and had none for today.

    `started` and `ended` are times of day, "" where that did not happen today.
    """

    plan: Plan | None
    faults: tuple[Open, ...]
    due: tuple[due.Line, ...]
    pending: int
    reminders: tuple[str, ...]
    started: str
    ended: str


def show(station: Station, asked: Asked) -> Shown:
    """Return the card as it is now. Raises StoreError."""
    lang = asked.lang
    listed = station.incidents.listing(station.desk.rows(), clock.now())["incidents"]
    tomorrow = station.today() + timedelta(days=1)
    soon = {(one.task.id, one.device) for one in upkeep.due(station) if one.due <= tomorrow}
    started, ended = morning.newest(station, card.STARTED), morning.newest(station, card.ENDED)
    view = Evening(
        plan=_plan(station, started, tomorrow),
        faults=tuple(_open(station, line, lang) for line in listed),
        due=tuple(line for line in due.lines(station, lang) if (line.task, line.device) in soon),
        pending=len(station.card().pending),
        reminders=_reminders(station, lang),
        started=_time(station, started),
        ended=_time(station, ended),
    )
    return Shown("evening.html", view)


def end(station: Station, asked: Asked) -> Shown:
    """Note that work ends for today."""
    morning.end(station, worker_name(asked.by), shown_ms(asked))
    return show(station, asked)


def _open(station: Station, line: Mapping[str, Any], lang: Lang) -> Open:
    fault = station.procedure.faults.get(line["fault"])
    title = words.text(fault.title, lang) if fault else say(mark("A fault"), lang)
    where = telling.called(station.settings, line["device"], lang)
    said = say(mark("{what}: {said}"), lang, what=where, said=title) if where else title
    return Open(line["id"], said, _moment(station, line["since"], lang), _told(station, line, lang))


def _told(station: Station, line: Mapping[str, Any], lang: Lang) -> str:
    """Say what IT knows: only what was accepted counts as told."""
    numbers = [str(one["remote_id"]) for one in line["tickets"] if one["remote_id"]]
    if numbers:
        return say(mark("IT knows: ticket {number}"), lang, number=", ".join(numbers))
    due_at = line["note"]["due"]
    if line["note"]["kind"] == "none" or due_at is None:
        return say(mark("IT is not told of this by itself"), lang)
    if datetime.fromisoformat(due_at).year == NEVER.year:
        return say(mark("Written down for IT, and not sent in these first days"), lang)
    return say(mark("IT is told at {time}"), lang, time=_moment(station, due_at, lang))


def _plan(station: Station, started: Event | None, tomorrow: date) -> Plan | None:
    """Count the day's cases from the journal; nothing where it holds none."""
    planned = started.body.get("planned") if started else None
    awaited = [case.next_step for case in station.journal.open_cases()]
    days = [one[1] for one in awaited if one is not None]
    if not planned and not days:
        return None
    left = sum(day < tomorrow for day in days)
    return Plan(planned, left, sum(day == tomorrow for day in days))


def _reminders(station: Station, lang: Lang) -> tuple[str, ...]:
    """Return what the procedure asks at the end of work, where the company has switched it on."""
    return tuple(
        words.text(clause.text, lang)
        for clause in station.procedure.clauses.values()
        if clause.enabled and "work_end" in clause.cadence
    )


def _moment(station: Station, stamp: str, lang: Lang) -> str:
    """Write a time of today as "10:12", of another day with its date."""
    moment = datetime.fromisoformat(stamp)
    local = moment.astimezone(workdays.zone(station.procedure.rows.work))
    at = f"{local:%H:%M}"
    return at if local.date() == station.today() else f"{due.day(local.date(), lang)} {at}"


def _time(station: Station, event: Event | None) -> str:
    return time_of_day(event.at, station.procedure.rows.work) if event else ""
