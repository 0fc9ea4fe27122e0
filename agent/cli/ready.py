"""`ready`, `check`, `test` and `status`: ask the running daemon, or do the work here when there is none."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agent import control
from agent.cli import context
from agent.cli.main import EX_UNAVAILABLE, EX_USAGE, fail
from agent.store.errors import StoreError, StoreLocked
from agent.words import say
from config.nearest import nearest
from config.procedure import Procedure
from config.settings import Settings

EX_LOCKED = 75
EXIT_OF = {"green": 0, "amber": 1, "red": 2, "grey": 3}
ANSWER_WITHIN_S = 60.0
BUILT_TESTS = ("preop",)

Progress = Callable[[dict[str, Any]], None]
Work = Callable[[Any, Progress], dict[str, Any]]


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add the commands that end in a verdict."""
    ready = subparsers.add_parser("ready", parents=[common], help="run the pre-operation test now")
    ready.add_argument("--confirm", action="store_true", help="answer today's questions with yes")
    ready.set_defaults(run=run_ready)
    check = subparsers.add_parser("check", parents=[common], help="run one check now")
    check.add_argument("name", metavar="NAME")
    check.add_argument("--device", metavar="D")
    check.set_defaults(run=run_check)
    test = subparsers.add_parser("test", parents=[common], help="run a test of the procedure")
    test.add_argument("name", metavar="TEST")
    test.set_defaults(run=run_test, confirm=False)
    status = subparsers.add_parser("status", parents=[common], help="show the light as it is")
    status.set_defaults(run=run_status)
    for parser in (ready, check, test, status):
        parser.add_argument("--json", action="store_true", help="print the contract's JSON")


def run_ready(options: argparse.Namespace) -> int:
    """The pre-operation test, with a live table on a terminal."""
    request = {"op": "ready", "confirm": options.confirm}
    return _show(
        options, request, lambda desk, progress: desk.ready(progress, confirm=options.confirm), "preop"
    )


def run_test(options: argparse.Namespace) -> int:
    """One of the procedure's tests; so far the pre-operation test is built."""
    settings, _ = context.settings_of(options)
    tests = context.procedure_of(settings).tests
    if options.name not in tests:
        fail(_unknown("test", options.name, tests), EX_USAGE)
    if options.name not in BUILT_TESTS:
        fail(say("The test “{name}” is not built yet.", options.lang, name=options.name), EX_UNAVAILABLE)
    return run_ready(options)


def run_check(options: argparse.Namespace) -> int:
    """One check on its devices."""
    settings, _ = context.settings_of(options)
    checks = context.procedure_of(settings).checks
    if options.name not in checks:
        fail(_unknown("check", options.name, checks), EX_USAGE)
    request = {"op": "check", "name": options.name, "device": options.device}

    def work(desk: Any, progress: Progress) -> dict[str, Any]:  # noqa: ANN401  Station, imported late
        answer: dict[str, Any] = desk.check(options.name, options.device, progress)
        return answer

    return _show(options, request, work, options.name)


def run_status(options: argparse.Namespace) -> int:
    """The light of the daemon; without a daemon grey, for nobody looks."""
    state = context.state_of(options)
    try:
        answer = control.ask(state, {"op": "status"}, ANSWER_WITHIN_S)
    except control.ControlAbsent:
        message = say("The checker is not running; nothing is known of this desk.", options.lang)
        print(message, file=sys.stderr)
        return EXIT_OF["grey"]
    if options.json:
        return _print_json(answer)
    settings, _ = context.settings_of(options)
    from agent.cli.said import print_status  # noqa: PLC0415  words and tables only where people read

    print_status(answer, settings, context.procedure_of(settings), options.lang)
    return EXIT_OF[answer["verdict"]]


def _show(options: argparse.Namespace, request: dict[str, Any], work: Work, what: str) -> int:
    """Have the work done, show it as it goes, print the verdict."""
    settings, _ = context.settings_of(options)
    procedure = context.procedure_of(settings)
    state = context.state_of(options)
    if options.json:
        return _print_json(_answer(options, settings, procedure, state, request, work, lambda _line: None))
    from agent.cli.said import print_status  # noqa: PLC0415  words only where people read
    from agent.cli.table import Table  # noqa: PLC0415  rich is loaded only where people read

    with Table(procedure, settings, options.lang, what) as table:
        answer = _answer(options, settings, procedure, state, request, work, table.add)
        table.conclude(answer)
    print_status(answer, settings, procedure, options.lang)
    return EXIT_OF[answer["verdict"]]


def _answer(
    options: argparse.Namespace,
    settings: Settings,
    procedure: Procedure,
    state: Path,
    request: dict[str, Any],
    work: Work,
    progress: Progress,
) -> dict[str, Any]:
    """Ask the daemon; without one, take the lock and do the work here."""
    try:
        answer = control.ask(state, request, ANSWER_WITHIN_S, progress)
    except control.ControlAbsent:
        answer = _own_answer(options, settings, procedure, state, work, progress)
    except control.ControlError as error:
        fail(str(error), EX_UNAVAILABLE)
    if not answer["results"]:
        fail(say("No device “{name}” has this check.", options.lang, name=request.get("device")), EX_USAGE)
    return answer


def _own_answer(
    options: argparse.Namespace,
    settings: Settings,
    procedure: Procedure,
    state: Path,
    work: Work,
    progress: Progress,
) -> dict[str, Any]:
    from agent.station import Station  # noqa: PLC0415  only the one who looks needs the checks

    try:
        station = Station(settings, procedure, state)
    except StoreLocked as error:
        fail(str(error), EX_LOCKED)
    try:
        station.find_devices()
        return work(station, progress)
    except StoreError as error:
        fail(say("The answers could not be saved: {reason}", options.lang, reason=str(error)), EX_UNAVAILABLE)
    finally:
        station.close()


def _print_json(answer: dict[str, Any]) -> int:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=1).decode() + "\n")
    return EXIT_OF[answer["verdict"]]


def _unknown(kind: str, name: str, known: Any) -> str:  # noqa: ANN401  any mapping by id
    hint = nearest(name, known)
    return f"unknown {kind} {name!r}" + (f"; did you mean {hint!r}?" if hint else "")
