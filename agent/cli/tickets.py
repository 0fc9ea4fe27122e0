"""`tickets`: what waits to be told to IT, and sending again what a ticket system refused.

Asks the daemon, or a store of its own. `list` ends with 1 while something is parked.
"""

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from agent.cli import telling_it
from agent.cli.asking import ask, print_json, print_lines
from agent.words import Lang, age, say
from config.messages import mark

EX_PARKED = 1
_STATES: Mapping[str, str] = {
    "pending": mark("waiting"),
    "sending": mark("on its way"),
    "parked": mark("refused; it waits for you"),
}


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add `tickets` with its three commands."""
    tickets = subparsers.add_parser("tickets", parents=[common], help="what waits to be told to IT")
    ways = tickets.add_subparsers(dest="way", metavar="list|status|resend", required=True)
    listing = ways.add_parser("list", parents=[common], help="messages that are not delivered")
    listing.set_defaults(run=run_list)
    telling = ways.add_parser("status", parents=[common], help="how telling IT goes: waiting, told, refused")
    telling.set_defaults(run=run_status)
    sending = ways.add_parser("resend", parents=[common], help="send a refused one again")
    sending.add_argument("number", metavar="NUMBER", type=int)
    sending.set_defaults(run=run_resend)
    for parser in (listing, telling, sending):
        parser.add_argument("--json", action="store_true", help="print JSON")


def run_list(options: argparse.Namespace) -> int:
    """The messages that wait, a line each."""
    answer = ask(options, {"op": "tickets.list"})
    is_parked = any(row["state"] == "parked" for row in answer["rows"])
    if options.json:
        print_json(answer)
    else:
        print_lines(_lines(answer, options.lang))
    return EX_PARKED if is_parked else 0


def run_status(options: argparse.Namespace) -> int:
    """The receivers: what they were told, what waits for them and since when, which take nothing now."""
    answer = ask(options, {"op": "tickets.status"})
    if options.json:
        return print_json(answer)
    said = [*telling_it.lines(answer, options.lang)]
    print_lines(said or [say(mark("No ticket system is set up; nothing is told to IT."), options.lang)])
    return 0


def run_resend(options: argparse.Namespace) -> int:
    """Send a refused message again."""
    answer = ask(options, {"op": "tickets.resend", "number": options.number})
    if options.json:
        return print_json(answer)
    print_lines([say(mark("Message {number} will be sent again."), options.lang, number=options.number)])
    return 0


def _lines(answer: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    if not answer["rows"]:
        yield say(mark("Nothing waits to be told to IT."), lang)
    for row in answer["rows"]:
        word = _STATES[row["state"]]
        parts = (row["number"], row["sink"], row["incident"], row["kind"], age(row["age_s"], lang))
        yield "  ".join([*map(str, parts), say(word, lang), row["detail"]]).rstrip()
