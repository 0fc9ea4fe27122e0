"""The morning: may this desk work, and how much of it was checked."""

from agent.page.asked import Asked, Shown
from agent.page.views import light
from agent.station import Station


def show(station: Station, asked: Asked) -> Shown:
    """Return the verdict of this desk."""
    return Shown("today.html", light.of(station, asked.lang))
