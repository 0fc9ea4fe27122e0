"""`ready`, `check`, `test` and `status`: ask the running daemon, or do the work here when there is none."""

import argparse
import contextlib
import sys
from typing import Any

from agent import control
from agent.cli import asking, context, incident
from agent.cli.main import EX_UNAVAILABLE, EX_USAGE, fail
from agent.words import say
from config.nearest import nearest

EXIT_OF = {"green": 0, "amber": 1, "red": 2, "grey": 3}
PRINT_TESTS = ("function_print", "performance_print")
BUILT_TESTS = ("preop", "retest", *PRINT_TESTS)
EXIT_OF_INCIDENT = {"closed": 0, "recovered": 1, "open": 2, "cancelled": 3}


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add the commands that end in a verdict."""
    ready = subparsers.add_parser("ready", parents=[common], help="run the pre-operation test now")
    ready.add_argument(
        "--confirm",
        nargs="?",
        const="",
        metavar="QUESTION",
        help="answer today's questions with yes; or one that must be answered on its own",
    )
    ready.set_defaults(run=run_ready)
    check = subparsers.add_parser("check", parents=[common], help="run one check now")
    check.add_argument("name", metavar="NAME")
    check.add_argument("--device", metavar="D")
    check.set_defaults(run=run_check)
    test = subparsers.add_parser("test", parents=[common], help="run a test of the procedure")
    test.add_argument("name", metavar="TEST")
    test.add_argument("incident", metavar="INCIDENT", nargs="?", help="retest: which, of several")
    test.add_argument("--device", metavar="D", help="a print test: which printer, of several")
    test.add_argument("--yes", action="store_true", help="a print test: agree to use paper")
    test.set_defaults(run=run_test, confirm=None)
    status = subparsers.add_parser("status", parents=[common], help="show the light as it is")
    status.set_defaults(run=run_status)
    for parser in (ready, check, test, status):
        parser.add_argument("--json", action="store_true", help="print the contract's JSON")


def run_ready(options: argparse.Namespace) -> int:
    """The pre-operation test, with a live table on a terminal."""
    request = {
        "op": "ready",
        "confirm": options.confirm is not None,
        "question": options.confirm or None,
        "by": asking.worker(),
    }
    return _show(options, request, "preop")


def run_test(options: argparse.Namespace) -> int:
    """One of the procedure's tests; so far the pre-operation test and the retest are built."""
    settings, _ = context.settings_of(options)
    procedure = context.procedure_of(settings)
    tests = procedure.tests
    if options.name not in tests:
        fail(_unknown("test", options.name, tests), EX_USAGE)
    if options.name not in BUILT_TESTS:
        fail(say("The test “{name}” is not built yet.", options.lang, name=options.name), EX_UNAVAILABLE)
    if options.name in PRINT_TESTS:
        from agent.cli import print_test  # noqa: PLC0415  the checks are loaded only where they run

        return print_test.run(options, settings, procedure)
    return _retest(options) if tests[options.name].same_as_failed else run_ready(options)


def _retest(options: argparse.Namespace) -> int:
    """Retest an incident now: 0 closed, 1 it waits for a person or another pass, 2 still broken."""
    name = options.incident
    if name is None:
        open_ones = asking.ask(options, {"op": "incident.list", "all": False})["incidents"]
        if not open_ones:
            print(say("No open incident.", options.lang))
            return 0
        if len(open_ones) > 1:
            names = ", ".join(one["id"] for one in open_ones)
            fail(f"which incident? open are {names}", EX_USAGE)
        name = open_ones[0]["id"]
    order = {"op": "incident.act", "id": name, "action": "retest", "options": {}, "by": asking.worker()}
    answer = asking.ask(options, order)
    incident.show(answer, options)
    return EXIT_OF_INCIDENT[answer["standing"]]


def run_check(options: argparse.Namespace) -> int:
    """One check on its devices."""
    settings, _ = context.settings_of(options)
    checks = context.procedure_of(settings).checks
    if options.name not in checks:
        fail(_unknown("check", options.name, checks), EX_USAGE)
    request = {"op": "check", "name": options.name, "device": options.device}
    return _show(options, request, options.name)


def run_status(options: argparse.Namespace) -> int:
    """The light of the daemon; without a daemon grey, for nobody looks."""
    state = context.state_of(options)
    request = {"op": "status"} if options.json else {"op": "status.told", "lang": options.lang}
    try:
        answer = control.ask(state, request, asking.ANSWER_WITHIN_S)
    except control.ControlAbsent:
        message = say("The checker is not running; nothing is known of this desk.", options.lang)
        print(message, file=sys.stderr)
        return EXIT_OF["grey"]
    except control.ControlError as error:
        asking.refuse(error)
    if options.json:
        return _print_json(answer)
    from agent.cli import telling_it  # noqa: PLC0415  words only where people read
    from agent.cli.said import print_status  # noqa: PLC0415

    lang = answer["lang"]
    print_status(answer["status"], answer["explained"], lang)
    with contextlib.suppress(control.ControlError, control.ControlAbsent):  # the light is what was asked for
        told = control.ask(state, {"op": "tickets.status"}, asking.ANSWER_WITHIN_S)
        print(*telling_it.lines(told, lang), sep="\n", end="\n" if told["sinks"] else "")
    return EXIT_OF[answer["status"]["verdict"]]


def _show(options: argparse.Namespace, request: dict[str, Any], what: str) -> int:
    """Have the work done, show it as it goes, print the verdict."""
    settings, _ = context.settings_of(options)
    procedure = context.procedure_of(settings)
    parts = (settings, procedure)
    if options.json:
        return _print_json(_known(asking.ask(options, request, parts=parts), request, options))
    from agent import telling  # noqa: PLC0415  words only where people read
    from agent.cli.said import print_status  # noqa: PLC0415
    from agent.cli.table import Table  # noqa: PLC0415  rich is loaded only where people read

    with Table(procedure, settings, options.lang, what) as table:
        answer = _known(asking.ask(options, request, table.add, parts), request, options)
        table.conclude(answer)
    print_status(answer, telling.explained(answer, settings, procedure, options.lang), options.lang)
    return EXIT_OF[answer["verdict"]]


def _known(answer: asking.Answer, request: dict[str, Any], options: argparse.Namespace) -> asking.Answer:
    """Return the answer; end the program where nothing has the check that was asked for."""
    if not answer["results"]:
        fail(say("No device “{name}” has this check.", options.lang, name=request.get("device")), EX_USAGE)
    return answer


def _print_json(answer: asking.Answer) -> int:
    asking.print_json(answer)
    return EXIT_OF[answer["verdict"]]


def _unknown(kind: str, name: str, known: Any) -> str:  # noqa: ANN401  any mapping by id
    hint = nearest(name, known)
    return f"unknown {kind} {name!r}" + (f"; did you mean {hint!r}?" if hint else "")
