"""Puts the sender of tickets and the desk together: what it reads, and whom it tells what became known."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from agent import clock
from agent.incidents.model import Kind
from agent.station import Station
from agent.tickets.model import Delivery, News
from agent.tickets.sender import Desk, Sender

# What an incident hears of its ticket. That nobody has it any more is a person's closing of it.
_HEARD: Mapping[News, Kind] = {
    "notified": "notified",
    "ticket_closed_by_person": "ticket_closed_by_person",
    "ticket_merged_by_person": "ticket_merged_by_person",
    "ticket_gone": "ticket_closed_by_person",
    "ticket_reopened_by_person": "ticket_reopened_by_person",
}


def sender_of(station: Station, settings_path: Path | None, state_dir: Path) -> Sender:
    """Return the sender of a desk; it does nothing before it is started."""
    return Sender(station.recorder.store, _desk(station, settings_path), state_dir, partial(_hear, station))


def _desk(station: Station, settings_path: Path | None) -> Callable[[], Desk]:
    return lambda: Desk(station.settings, settings_path, station.procedure)


def _hear(station: Station, incident: str, delivery: Delivery) -> None:
    kind = _HEARD.get(delivery.event)
    if kind is not None:
        what = {"sink": delivery.sink, "remote_id": delivery.remote_id, "url": delivery.url}
        station.incidents.heard(incident, kind, what, clock.now())
