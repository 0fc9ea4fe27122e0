"""The line at the top of every view: the light, its words, its coverage."""

import msgspec

from agent import words
from agent.page.asked import Asked, Shown
from agent.result import Colour
from agent.station import Station
from agent.words import Lang


class Light(msgspec.Struct, frozen=True):
    """The verdict of this moment; an expired one is grey already."""

    colour: Colour
    said: str
    checked: int
    total: int
    pending: int  # questions that only a person can answer


def show(station: Station, asked: Asked) -> Shown:
    """Return the light of the whole desk."""
    return Shown("light.html", of(station, asked.lang))


def of(station: Station, lang: Lang) -> Light:
    """Return the light of the whole desk in one language."""
    verdict = station.verdict()
    return Light(
        colour=verdict.colour,
        said=words.verdict(verdict.colour, lang),
        checked=verdict.checked,
        total=verdict.total,
        pending=sum(reason.code.startswith("to_confirm.") for reason in verdict.reasons),
    )
