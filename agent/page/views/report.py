"""Report a problem: what a person sees and no sensor does. It becomes an incident like any other.

Clauses 2.3, 4.1 and 4.2.1. The questions, and what may be ticked under them, are the procedure's.
"""

from collections.abc import Iterator

import msgspec

from agent import words
from agent.incidents import problem
from agent.page import card, refusals
from agent.page.asked import Asked, Shown
from agent.page.views import fault
from agent.station import Station


class Choice(msgspec.Struct, frozen=True):
    """One box to tick, or one device to choose."""

    value: str
    label: str
    is_chosen: bool = False


class Kind(msgspec.Struct, frozen=True):
    """One kind of problem with its devices; `is_open`: the form was sent in and has to be corrected."""

    question: str
    title: str
    colour: str
    devices: tuple[Choice, ...]
    choices: tuple[Choice, ...]
    note: str
    is_open: bool


class View(msgspec.Struct, frozen=True):
    """What can be reported of this desk; `refusal` says what was wrong with what was sent in."""

    kinds: tuple[Kind, ...]
    note_max_chars: int
    refusal: str = ""


def show(station: Station, asked: Asked) -> Shown:
    """Show what can be reported."""
    return _shown(station, asked)


def send(station: Station, asked: Asked) -> Shown:
    """Open an incident and show its card; a report that cannot be taken is shown again with the reason."""
    with refusals.caught(asked.lang) as caught:
        question = asked.form.get("question", "")
        made = problem.problem(station.procedure, _devices(station), question, asked.form)
        found = station.incidents.report_problem(made, asked.by, asked.now)
        station.turn_incidents()
        station.desk.wake()
        return fault.show(station, msgspec.structs.replace(asked, places={"incident": found.id}))
    return _shown(station, asked, caught.text)


def _shown(station: Station, asked: Asked, refusal: str = "") -> Shown:
    kinds = sorted(_kinds(station, asked), key=lambda kind: kind.colour != "red")
    longest = station.procedure.rows.privacy.note_max_chars
    return Shown("report.html", View(tuple(kinds), longest, refusal), 409 if refusal else 200)


def _kinds(station: Station, asked: Asked) -> Iterator[Kind]:
    """Yield the kinds of problem that this desk can have, with what was sent in before."""
    form = asked.form
    for row, code in problem.questions(station.procedure):
        devices = problem.devices_for(code, station.procedure, _devices(station))
        is_sent = form.get("question") == row.id
        if not devices:
            continue
        fault_row = station.procedure.faults[code]
        yield Kind(
            question=row.id,
            title=words.text(fault_row.title, asked.lang),
            colour="red" if fault_row.severity == "stop" else "amber",
            devices=tuple(
                Choice(
                    one,
                    card.where(one, station.settings, asked.lang),
                    len(devices) == 1 or (is_sent and form.get("device") == one),
                )
                for one in devices
            ),
            choices=tuple(
                Choice(one.id, getattr(one, asked.lang), is_sent and one.id in form) for one in row.choices
            ),
            note=form.get("note", "") if is_sent else "",
            is_open=is_sent,
        )


def _devices(station: Station) -> list[str]:
    """Return the devices of this desk that are really there, in the plan's order."""
    return list(dict.fromkeys(job.device for job in station.desk.jobs.values() if job.off is None))
