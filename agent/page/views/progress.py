"""The pre-operation test while it runs: each check with what it found, and those that are still waiting."""

import msgspec

from agent import words
from agent.background import Line
from agent.page.asked import Asked, Shown
from agent.page.views import light
from agent.station import Station
from agent.telling import card
from agent.words import Lang, say

_SIGNS = {"ok": "✔", "warn": "▲", "fail": "✖", "unknown": "?", "off": "–"}


class Row(msgspec.Struct, frozen=True):
    """One check on one device. `state` is a result's, or "waiting"."""

    state: str
    sign: str
    title: str
    device: str
    said: str


class Progress(msgspec.Struct, frozen=True):
    """The test so far; `checked` and `total` count checks."""

    is_running: bool
    is_begun: bool
    checked: int
    total: int
    rows: tuple[Row, ...]
    light: light.Light


def check_now(station: Station, asked: Asked) -> Shown:
    """Begin the pre-operation test, unless it runs already, and show it."""
    station.background.begin()
    return show(station, asked)


def show(station: Station, asked: Asked) -> Shown:
    """Return how far the test has come."""
    seen = station.background.seen()
    checks = station.procedure.tests["preop"].checks
    come = {str(line["check"]) for line in seen.lines}
    waiting = [check for check in checks if check not in come] if seen.is_running else []
    rows = [_row(station, line, seen.lines, asked.lang) for line in seen.lines]
    rows += [_waiting(station, check, asked.lang) for check in waiting]
    view = Progress(
        is_running=seen.is_running,
        is_begun=seen.is_running or bool(seen.lines),
        checked=len(checks) - len(waiting),
        total=len(checks),
        rows=tuple(rows),
        light=light.of(station, asked.lang),
    )
    return Shown("progress.html", view)


def _row(station: Station, line: Line, lines: tuple[Line, ...], lang: Lang) -> Row:
    title = words.text(station.procedure.checks[line["check"]].title, lang)
    device = str(line["device"]).partition(":")[2]
    return Row(line["state"], _SIGNS[line["state"]], title, device, _said(station, line, lines, lang))


def _waiting(station: Station, check: str, lang: Lang) -> Row:
    title = words.text(station.procedure.checks[check].title, lang)
    return Row("waiting", "…", title, "", say("waiting", lang))


def _said(station: Station, line: Line, lines: tuple[Line, ...], lang: Lang) -> str:
    """Say a result: the cause of each fault, why nothing is known, or its state."""
    if line["findings"]:
        cards = (
            card(station.procedure, station.settings, line["device"], finding, list(lines), lang)
            for finding in line["findings"]
        )
        return " ".join(one.cause for one in cards)
    return words.reason(line["reason"], lang) if line["reason"] else words.state(line["state"], lang)
