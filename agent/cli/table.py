"""The live table of checks and the verdict in words, on a terminal or as plain lines."""

from collections.abc import Mapping
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table as Grid
from rich.text import Text

from agent import words
from agent.telling import card
from agent.words import Lang, say
from config.procedure import Procedure
from config.settings import Settings

_SIGNS = {"ok": "✔", "warn": "▲", "fail": "✖", "unknown": "?", "off": "–"}
_STYLES = {"ok": "green", "warn": "yellow", "fail": "red", "unknown": "bright_black", "off": "bright_black"}
_FILE_WIDTH = 160


class Table:
    """Shows results as they come. On a pipe each result is one line; on a terminal the table redraws."""

    def __init__(self, procedure: Procedure, settings: Settings, lang: Lang, what: str) -> None:
        """`what` is a test's or a check's id; the table begins with its rows waiting."""
        self._procedure, self._settings, self._lang = procedure, settings, lang
        self._console = _console()
        self._lines: dict[tuple[str, str], Mapping[str, Any]] = {}
        test = procedure.tests.get(what)
        self._waiting = list(test.checks if test else [what])
        self._live = Live(console=self._console, refresh_per_second=8, transient=False)

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._console.is_terminal:
            self._live.start()
            self._live.update(self._grid())
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave the finished table on the screen."""
        if self._console.is_terminal:
            self._live.stop()

    def add(self, line: Mapping[str, Any]) -> None:
        """Show one result; a later one of the same row takes its place."""
        self._lines[line["check"], line["device"]] = line
        self._waiting = [check for check in self._waiting if check != line["check"]]
        if self._console.is_terminal:
            self._live.update(self._grid())

    def conclude(self, answer: Mapping[str, Any]) -> None:
        """Show every row as the whole desk explains it: a child of a failed parent is not judged."""
        self._lines = {(line["check"], line["device"]): line for line in answer["results"]}
        self._waiting = []
        if self._console.is_terminal:
            self._live.update(self._grid())
        else:
            self._console.print(self._grid())

    def _grid(self) -> Grid:
        grid = Grid(box=None, padding=(0, 2, 0, 0), show_header=False)
        for line in self._lines.values():
            grid.add_row(*self._cells(line))
        for check in self._waiting:
            title = words.text(self._procedure.checks[check].title, self._lang)
            grid.add_row(
                Text("…", "bright_black"), Text(title), Text(""), Text(say("waiting", self._lang), "dim")
            )
        return grid

    def _cells(self, line: Mapping[str, Any]) -> list[Text]:
        state = line["state"]
        title = words.text(self._procedure.checks[line["check"]].title, self._lang)
        device = line["device"].partition(":")[2]
        return [Text(_SIGNS[state], _STYLES[state]), Text(title), Text(device, "dim"), Text(self._says(line))]

    def _says(self, line: Mapping[str, Any]) -> str:
        """Say a result in words: its first fault's cause, the reason of an unknown, or its state."""
        if line["findings"]:
            return "  ".join(
                card(
                    self._procedure,
                    self._settings,
                    line["device"],
                    finding,
                    [*self._lines.values()],
                    self._lang,
                ).cause
                for finding in line["findings"]
            )
        return (
            words.reason(line["reason"], self._lang)
            if line["reason"]
            else words.state(line["state"], self._lang)
        )


def _console() -> Console:
    """Return a console; what is read by a program or kept in a file is never wrapped."""
    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, soft_wrap=True, width=_FILE_WIDTH)
