"""One check on one device with everything about its newest run, for IT; what `deskready explain` prints."""

import msgspec

from agent import words
from agent.explained import Explained, explained
from agent.incidents.actions import BadAction
from agent.page import card
from agent.page.asked import Asked, Shown
from agent.station import Station


class View(msgspec.Struct, frozen=True):
    """One run; `age` is empty where there has been none."""

    one: Explained | None
    title: str
    where: str
    check: str
    device: str
    age: str


def show(station: Station, asked: Asked) -> Shown:
    """Show the newest run. Raises BadAction where this desk has no such row."""
    return _shown(station, asked)


def run(station: Station, asked: Asked) -> Shown:
    """Start the check now and show what is known; the open view looks again by itself."""
    station.start((asked.places["check"], asked.places["device"]))
    return _shown(station, asked)


def _shown(station: Station, asked: Asked) -> Shown:
    key = (asked.places["check"], asked.places["device"])
    job = station.desk.jobs.get(key)
    if job is None:
        raise BadAction(f"no check {key[0]!r} on {key[1]!r}")
    result = station.desk.track(key).last
    now = asked.now
    view = View(
        explained(job, result, station.procedure, station.settings, asked.lang) if result else None,
        words.text(job.row.title, asked.lang),
        card.where(job.device, station.settings, asked.lang),
        *key,
        card.freshness(result, now.boot_s, now.boot_id, asked.lang) if result else "",
    )
    return Shown("explain.html", view)
