"""What the tray shows, from the newest glance and how long ago it came. Pure.

It decides one thing only, and to the safe side: what is too old, or comes from nobody, is shown as grey.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agent.words import Lang, say
from config.messages import mark

SILENT_S = 90.0  # without an answer for so long nothing is known, whatever was promised
NOT_ANSWERING = mark("deskready is not answering; nothing is known of this desk (this does not mean fine)")
STARTING = mark("deskready is being asked; nothing is known of this desk yet")


class Heard(msgspec.Struct, frozen=True):
    """The newest glance, when it came (seconds since boot, sleep included), and whether anybody is there."""

    glance: Mapping[str, Any] | None = None
    at_s: float = 0.0
    is_silent: bool = False  # the last request was not answered
    is_absent: bool = False  # nobody listens on the control socket: nobody looks at this desk


class Shown(msgspec.Struct, frozen=True):
    """Colour of the sign, tooltip, lines of the menu that only say something, and its entries."""

    colour: str
    tooltip: str
    lines: tuple[str, ...]
    entries: tuple[Mapping[str, Any], ...] = ()


def shown(heard: Heard, now_s: float, lang: Lang) -> Shown:
    """Return what to show at `now_s`. Never green unless the daemon said so and it still holds."""
    glance = heard.glance
    if glance is None or heard.is_absent or not _holds(glance, now_s - heard.at_s):
        is_begin = glance is None and not (heard.is_silent or heard.is_absent)
        said = say(STARTING if is_begin else NOT_ANSWERING, lang)
        return Shown("grey", said, (said,))
    entries = tuple(glance["menu"])
    lines = (glance["headline"], *_unopened(glance["reasons"], entries))
    if heard.is_silent:
        said = say(NOT_ANSWERING, lang)
        return Shown(glance["verdict"], f"{said}\n{glance['tooltip']}", (said, *lines))
    return Shown(glance["verdict"], glance["tooltip"], lines, entries)


def _holds(glance: Mapping[str, Any], age_s: float) -> bool:
    return 0 <= age_s < min(float(glance["valid_for_s"]), SILENT_S)


def _unopened(reasons: Sequence[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the reasons that no entry of the menu opens."""
    opened = {entry["label"] for entry in entries}
    return [reason["text"] for reason in reasons if reason["text"] not in opened]
