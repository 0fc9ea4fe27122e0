"""The morning card as it is answered: the one place for the page and the command line (2.1 to 2.7, 5.1.1).

What is answered here is kept before it counts. A problem whose fault leads a life of its own becomes an
incident at once; it is over when that incident is.
"""

from collections.abc import Collection
from datetime import datetime, time

import msgspec

from agent import card, clock, workdays
from agent.card import Given, Mode, Today
from agent.incidents.actions import BadAction, Refused, short_text, worker
from agent.incidents.fold import is_worth_an_incident
from agent.incidents.problem import Problem, devices_for
from agent.result import Fault
from agent.station import Station
from agent.store.rows import Event
from config.schema import Attestation

MAX_SHOWN_MS = 12 * 3_600_000  # a card in sight for longer was not read but left open


def start(station: Station, by: str, shown_ms: int | None = None) -> None:
    """Answer "ok" to all that is open and may be answered together, and note that work begins.

    `shown_ms`: how long the card was in sight. Raises BadAction, StoreError: then nothing is kept.
    """
    today, seen_ms = station.card(), bounded_ms(shown_ms)
    given = [Given(name, "ok", today.day, "batch", seen_ms) for name in today.batch]
    body = {"day": today.day.isoformat(), "shown_ms": seen_ms, "planned": today.planned}
    station.answers.keep(worker(by), given, card.STARTED, body)
    station.desk.wake()


def answer(station: Station, by: str, question: str, said: str, shown_ms: int | None = None) -> None:
    """Answer one question on its own, other than with a problem. Raises BadAction, Refused, StoreError."""
    today = station.card()
    _row(today, question, said)
    if said == "problem":
        raise BadAction("a problem is told with what is wrong")
    if report := today.reports.open.get(question):
        _say_it_is_gone(station, by, question, report.incident)
    _keep(station, by, Given(question, said, today.day, _mode(today, question), bounded_ms(shown_ms)))


def problem(
    station: Station,
    by: str,
    question: str,
    choices: Collection[str] = (),
    note: str | None = None,
    shown_ms: int | None = None,
) -> None:
    """Tell a problem under a question: what is wrong, and a short note without anything of a client.

    Raises BadAction, Refused, StoreError.
    """
    today = station.card()
    row = _row(today, question, "problem")
    text = short_text(note or None, "note", station.procedure, station.procedure.rows.privacy.note_max_chars)
    offered = {choice.id for choice in row.choices} or set(card.items(row, station.procedure))
    if strangers := sorted(set(choices) - offered):
        raise BadAction(f"{question}: {strangers[0]!r} is not offered here")
    seen_ms, ticked = bounded_ms(shown_ms), tuple(sorted(choices))
    told = Given(question, "problem", today.day, _mode(today, question), seen_ms, ticked, text)
    _keep(station, by, msgspec.structs.replace(told, incident=_incident(station, row, told, by)))


def end(station: Station, by: str, shown_ms: int | None = None) -> None:
    """Note that work ends for today. Raises BadAction, StoreError."""
    body = {"day": station.today().isoformat(), "shown_ms": bounded_ms(shown_ms)}
    station.answers.keep(worker(by), (), card.ENDED, body)


def newest(station: Station, kind: str) -> Event | None:
    """Return the newest event of today of one kind (`card.STARTED`, `card.ENDED`). Raises StoreError."""
    since = datetime.combine(station.today(), time(), workdays.zone(station.procedure.rows.work))
    return next(reversed(station.recorder.reader().events(kind, since)), None)


def bounded_ms(shown_ms: int | None) -> int | None:
    """Return a believable time that a card was in sight, else None."""
    return shown_ms if shown_ms is not None and 0 <= shown_ms <= MAX_SHOWN_MS else None


def _keep(station: Station, by: str, given: Given) -> None:
    station.answers.keep(worker(by), [given])
    station.desk.wake()


def _mode(today: Today, question: str) -> Mode:
    return "spot" if question in today.alone else "single"


def _row(today: Today, question: str, said: str) -> Attestation:
    """Return the question that is meant. Raises BadAction where it is not asked, or not answered so."""
    row = next((row for row in today.asked if row.id == question), None)
    if row is None:
        raise BadAction(f"question {question!r} is not asked today")
    if said not in row.answers:
        raise BadAction(f"{question}: {said!r} is none of {', '.join(row.answers)}")
    return row


def _incident(station: Station, row: Attestation, told: Given, by: str) -> str | None:
    """Raise the fault that a problem is, where the procedure gives it a life of its own."""
    fault = station.procedure.faults.get(row.on_problem.fault or "")
    if fault is None or not is_worth_an_incident(
        station.procedure, Fault(fault.code, fault.severity, (), {})
    ):
        return None
    devices = devices_for(fault.code, station.procedure, (job.device for job in station.desk.jobs.values()))
    device = devices[0] if len(devices) == 1 else fault.device
    found = Problem(row.id, device, fault.code, told.choices, told.note or "")
    return station.incidents.report_problem(found, by, clock.now()).id


def _say_it_is_gone(station: Station, by: str, question: str, incident: str) -> None:
    """Pass the retest of a reported incident, where it asks this question. Raises Refused, StoreError."""
    shown = station.incidents.show(incident, station.desk.rows(), clock.now())
    if question not in shown["retest"]["questions"]:
        raise Refused("retested", "this became an incident, which ends with its own retest")
    for action, options in (("worked", {}), ("retest", {"question": question, "answer": "ok"})):
        station.incidents.act(incident, action, options, by, station.desk.rows(), clock.now())
    station.turn_incidents()
