"""The line at the top of every view: the light, its words, its coverage."""

import msgspec

from agent import glance
from agent.page.asked import Asked, Shown
from agent.result import Colour
from agent.station import Station
from agent.words import Lang


class Light(msgspec.Struct, frozen=True):
    """The light of this moment in one line; what has expired is grey already."""

    colour: Colour
    said: str


def show(station: Station, asked: Asked) -> Shown:
    """Return the light of the whole desk."""
    return Shown("light.html", of(station, asked.lang))


def of(station: Station, lang: Lang) -> Light:
    """Return the light of the whole desk, for a person who looks: off hours say nothing."""
    light = station.status(is_asked=True)
    pending = sum(reason["code"].startswith("to_confirm.") for reason in light["reasons"])
    return Light(light["verdict"], glance.headline(light, pending, lang))
