"""The live table of checks and the verdict in words, on a terminal or as plain lines."""

from collections.abc import Mapping
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table as Grid
from rich.text import Text

from agent import words
from agent.telling import context
from agent.words import Lang, say
from config.procedure import Procedure
from config.settings import Settings

_SIGNS = {"ok": "✔", "warn": "▲", "fail": "✖", "unknown": "?", "off": "–"}
_STYLES = {"ok": "green", "warn": "yellow", "fail": "red", "unknown": "bright_black", "off": "bright_black"}
_LIGHTS = {"green": "●", "amber": "▲", "red": "■", "grey": "○"}  # colour never without shape
_LIGHT_STYLES = {
    "green": "bold green",
    "amber": "bold yellow",
    "red": "bold red",
    "grey": "bold bright_black",
}
_PLATFORM = "linux"
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
                _card(
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


def print_status(answer: Mapping[str, Any], settings: Settings, procedure: Procedure, lang: Lang) -> None:
    """Print the light with its coverage, why it has its colour, and what to do about each fault."""
    console = _console()
    colour, coverage = answer["verdict"], answer["coverage"]
    console.print()
    headline = say(
        "{verdict} · checked {checked}/{total}",
        lang,
        verdict=words.verdict(colour, lang),
        checked=coverage["checked"],
        total=coverage["total"],
    )
    console.print(Text(f"{_LIGHTS[colour]} {headline}", _LIGHT_STYLES[colour]))
    told: set[str] = set()
    for reason in answer["reasons"]:
        for text in _explained(reason, answer, settings, procedure, lang):
            if text not in told:
                told.add(text)
                console.print(text)


def _explained(
    reason: Mapping[str, Any], answer: Mapping[str, Any], settings: Settings, procedure: Procedure, lang: Lang
) -> list[str]:
    """Say one reason: a fault's card, an open question, or a rule in words."""
    rule, _, question = reason["code"].partition(".")
    if question in procedure.attestations:
        asked = words.question(procedure.attestations[question], procedure, lang)
        return [
            f"  {words.reason(rule, lang)}：{asked}"
            if lang == "zh"
            else f"  {words.reason(rule, lang)}: {asked}"
        ]
    finding = _finding(reason, answer)
    if finding is None:
        title = procedure.checks[reason["check"]].title if reason["check"] in procedure.checks else None
        where = f"{words.text(title, lang)}: " if title else ""
        return [f"  {where}{words.reason(reason['code'], lang)}"]
    card = _card(procedure, settings, reason["device"], finding, answer["results"], lang)
    steps = [f"    {number}. {step}" for number, step in enumerate(card.now, 1)]
    return [f"  {card.cause}", *steps, f"    {card.stop}", f"    {card.alternate}"]


def _finding(reason: Mapping[str, Any], answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for line in answer["results"]:
        if (line["check"], line["device"]) == (reason["check"], reason["device"]):
            for finding in line["findings"]:
                if finding["code"] == reason["code"]:
                    found: Mapping[str, Any] = finding
                    return found
    return None


def _card(
    procedure: Procedure,
    settings: Settings,
    device: str,
    finding: Mapping[str, Any],
    results: list[Any],
    lang: Lang,
) -> words.Card:
    values = {**context(settings, device, results), **finding["values"]}
    return words.card(procedure.faults[finding["code"]], values, lang, _PLATFORM)
