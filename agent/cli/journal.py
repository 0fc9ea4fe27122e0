"""`log`, `cases`, `told`: the business steps of a case, and what is due.

Exit 4 where a rule of the procedure refuses; the line names the tick, the reason or the step that is missing.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent import words
from agent.cli import context
from agent.cli.asking import ask, print_json, print_lines, worker
from agent.cli.journal_row import row
from agent.cli.main import EX_USAGE, fail
from agent.words import Lang, say
from config.messages import mark
from config.procedure import Procedure

_NEEDS: Mapping[str, str] = {
    "good": mark("works"),
    "unknown": mark("not known whether it works"),
    "failed": mark("does not work now"),
}


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add what a person says of a case and asks of it."""
    _add_log(subparsers.add_parser("log", parents=[common], help="keep that a step of a case was done"))
    cases = subparsers.add_parser(
        "cases", parents=[common], help="open cases, what is due first; or one case"
    )
    cases.add_argument("case", nargs="?", metavar="CASE")
    cases.add_argument("--due", metavar="DAY", help="due by then: today, or a day such as 2026-11-30")
    cases.add_argument(
        "--affected-by", metavar="DEVICE", help="what waits for a device, such as printer:front"
    )
    cases.set_defaults(run=run_cases)
    told = subparsers.add_parser("told", parents=[common], help="a client was told of a fault")
    told.add_argument("incident", metavar="INCIDENT")
    told.add_argument("case", metavar="CASE")
    told.add_argument("--by", metavar="WHO", help="who did it, if not you")
    told.set_defaults(run=run_told)
    for parser in (cases, told):
        parser.add_argument("--json", action="store_true", help="print JSON")


def _add_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help="such as K7Q-2M9; new: a new case")
    parser.add_argument("step", metavar="STEP")
    parser.add_argument("--tick", metavar="A,B", action="append", default=[], help="what was checked")
    parser.add_argument("--field", metavar="NAME=CODE", action="append", default=[])
    parser.add_argument("--reason", metavar="TEXT", help="why it is done out of order")
    parser.add_argument("--at", metavar="TIME", help="when it was done, with its zone, if not now")
    parser.add_argument(
        "--amends", metavar="NUMBER", type=int, help="puts this entry right; the reason says why"
    )
    parser.add_argument("--key", metavar="KEY", help="keeps the entry once, however often it is sent")
    parser.add_argument("--by", metavar="WHO", help="who did it, if not you")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run_log)


def run_log(options: argparse.Namespace) -> int:
    """Keep one entry, and say what follows."""
    entry: dict[str, Any] = {
        "case": options.case,
        "step": options.step,
        "ticks": [tick for given in options.tick for tick in given.split(",") if tick],
        "fields": dict(map(_pair, options.field)),
    }
    by = options.by or worker()
    if options.at:
        entry["at"] = options.at
    if options.amends is not None:
        request = {"op": "case.amend", "number": options.amends, "entry": entry, "why": options.reason or ""}
    else:
        entry["reason"] = options.reason
        request = {"op": "case.log", "entry": entry, "key": options.key}
    answer = ask(options, {**request, "by": by})
    return print_json(answer) if options.json else _print_cases([answer["case"]], options)


def run_cases(options: argparse.Namespace) -> int:
    """The open cases, a line each; or one case with its entries."""
    if options.case:
        answer = ask(options, {"op": "case.show", "case": options.case})
        if options.json:
            return print_json(answer)
        _print_cases([answer["case"]], options)
        print_lines("  ".join(map(str, row(event).values())) for event in answer["events"])
        return 0
    answer = ask(options, {"op": "case.list", "due": options.due, "affected_by": options.affected_by})
    return print_json(answer) if options.json else _print_cases(answer["cases"], options)


def run_told(options: argparse.Namespace) -> int:
    """Note that the client of a case was told of an incident."""
    case = ask(options, {"op": "case.show", "case": options.case})["case"]
    request = {
        "op": "incident.act",
        "id": options.incident,
        "action": "told",
        "options": {"name": case["case"]},
        "by": options.by or worker(),
    }
    answer = ask(options, request)
    if options.json:
        return print_json(answer)
    context.settings_of(options)  # they decide the language
    print_lines(
        [say(mark("It is noted that the client of {case} was told."), options.lang, case=case["case"])]
    )
    return 0


def _print_cases(cases: Sequence[Mapping[str, Any]], options: argparse.Namespace) -> int:
    settings, _ = context.settings_of(options)
    procedure = context.procedure_of(settings)
    shown = [line for case in cases for line in _lines(case, procedure, options.lang)]
    print_lines(shown or [say(mark("No case is waiting."), options.lang)])
    return 0


def _lines(case: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[str]:
    titles = {row.id: words.text(row.title, lang) for row in procedure.rows.step}
    waits = [
        say(mark("{step} by {day}"), lang, step=titles.get(step, step), day=day)
        for step, day in case["awaited"].items()
    ]
    yield "  ".join([case["case"], *(waits or [say(mark("nothing is left to do"), lang)])])
    for name, state in case["needs"].items():
        if state != "good":
            title = words.text(procedure.capabilities[name].title, lang)
            yield f"    {title}: {say(_NEEDS[state], lang)}"


def _pair(text: str) -> tuple[str, str]:
    name, equals, code = text.partition("=")
    if not equals:
        fail(f"--field {text[:32]!r}: write NAME=CODE", EX_USAGE)
    return name, code
