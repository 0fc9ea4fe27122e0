"""This desk: every device with its state, how old that is, and what is wrong with it in a line."""

from collections.abc import Iterator, Sequence

import msgspec

from agent import words
from agent.page import card
from agent.page.asked import Asked, Shown
from agent.result import COLOURS, Colour, Result
from agent.station import Station
from agent.track import age_s
from agent.verdict import Light, Row, row_lights
from agent.words import say
from config.messages import mark

_STATES: dict[Colour | None, str] = {
    "green": mark("good"),
    "amber": mark("needs attention"),
    "red": mark("broken"),
    "grey": mark("not known; that does not mean fine"),
    None: mark("not checked on this desk"),
}


_ORDER = ("off", *COLOURS)  # worst last; what this desk has not got counts least


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One device. `colour` is grey where nothing fresh is known; `age` that of its oldest result in force."""

    id: str
    where: str
    colour: str
    state: str
    age: str
    said: tuple[str, ...]
    checked: int
    total: int
    is_stand_in: bool


class View(msgspec.Struct, frozen=True):
    """Every device of the desk, what is worst first."""

    devices: tuple[Device, ...]


def show(station: Station, asked: Asked) -> Shown:
    """List the devices."""
    rows = station.desk.rows()
    lights = row_lights(rows, asked.now)
    shown = {result.key: result for result in station.desk.shown()}
    stopped = station.incidents.stopped_devices()
    devices = []
    for device in dict.fromkeys(row.device for row in rows):
        mine = [row for row in rows if row.device == device]
        colour = worst([lights[row.key] for row in mine])
        if device in stopped:
            colour = "red"
        devices.append(_device(device, mine, colour, shown, station, asked))
    devices.sort(key=lambda one: -_ORDER.index(one.colour))
    return Shown("desk.html", View(tuple(devices)))


def worst(lights: Sequence[Light]) -> Colour | None:
    """Return the colour of a device from those of its rows; None where none of them is judged."""
    return max((light.colour for light in lights if light.colour), key=COLOURS.index, default=None)


def said_of(result: Result, station: Station, asked: Asked) -> Iterator[str]:
    """Say in a line what one result found: its faults, or why nothing is known."""
    for fault in result.findings:
        yield words.text(station.procedure.faults[fault.code].title, asked.lang)
    if result.reason:
        title = words.text(station.procedure.checks[result.check].title, asked.lang)
        colon = "：" if asked.lang == "zh" else ": "
        yield f"{title}{colon}{words.reason(result.reason, asked.lang)}"


def state_said(colour: Colour | None, asked: Asked) -> str:
    """Say a colour as the state of a device."""
    return say(_STATES[colour], asked.lang)


def _device(
    device: str,
    rows: Sequence[Row],
    colour: Colour | None,
    shown: dict[tuple[str, str], Result],
    station: Station,
    asked: Asked,
) -> Device:
    results = [shown[row.key] for row in rows if row.key in shown]
    ages = [
        age
        for row in rows
        if row.track.evidence
        and (age := age_s(row.track.evidence, asked.now.boot_s, asked.now.boot_id)) is not None
    ]
    faults = [fault.code for one in results for fault in one.findings]
    said = [words.text(station.procedure.faults[code].title, asked.lang) for code in faults]
    if blind := sum(one.state == "unknown" for one in results):
        said.append(
            say(
                mark("Could not be checked: {count}. That does not mean that it is fine."),
                asked.lang,
                count=blind,
            )
        )
    return Device(
        id=device,
        where=card.where(device, station.settings, asked.lang),
        colour=colour or "off",
        state=state_said(colour, asked),
        age=words.age(max(ages), asked.lang) if ages else "",
        said=tuple(dict.fromkeys(said)),
        checked=len(ages),
        total=len(rows),
        is_stand_in=not any(row.is_own for row in rows),
    )
