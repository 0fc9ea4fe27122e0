"""`maintenance`: what upkeep is due on this desk (4.2.5, 4.2.6), and that it was done or skipped."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from agent.cli import context
from agent.cli.asking import ask, print_json, print_lines, worker
from agent.words import Lang, say
from config.messages import mark

_STATES: Mapping[str, str] = {"overdue": mark("overdue"), "due": mark("due"), "later": mark("later")}


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add `maintenance` with its three commands."""
    upkeep = subparsers.add_parser("maintenance", parents=[common], help="upkeep that is due, done, skipped")
    ways = upkeep.add_subparsers(dest="way", metavar="list|done|skip", required=True)
    listing = ways.add_parser("list", parents=[common], help="every task, what is due first")
    listing.set_defaults(run=run_list)
    done = ways.add_parser("done", parents=[common], help="a task was done")
    done.add_argument("--minutes", type=float, metavar="N")
    done.set_defaults(reason=None)
    skip = ways.add_parser("skip", parents=[common], help="a task was left out this time")
    skip.add_argument("--reason", metavar="TEXT", required=True)
    skip.set_defaults(minutes=None)
    for parser in (done, skip):
        parser.add_argument("task", metavar="TASK")
        parser.add_argument("--device", metavar="D")
        parser.add_argument("--by", metavar="WHO", help="who did it, if not you")
        parser.set_defaults(run=run_mark)
    for parser in (listing, done, skip):
        parser.add_argument("--json", action="store_true", help="print JSON")


def run_list(options: argparse.Namespace) -> int:
    """Every task with its day."""
    return _show({"op": "maintenance.list"}, options)


def run_mark(options: argparse.Namespace) -> int:
    """Note that a task was done or skipped, and show the list."""
    request = {
        "op": "maintenance.mark",
        "task": options.task,
        "device": options.device,
        "reason": options.reason,
        "minutes": options.minutes,
        "by": options.by or worker(),
    }
    return _show(request, options)


def _show(request: Mapping[str, Any], options: argparse.Namespace) -> int:
    answer = ask(options, request)
    if options.json:
        return print_json(answer)
    context.settings_of(options)  # they decide the language
    print_lines(_lines(answer, options.lang))
    return 0


def _lines(answer: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    for one in answer["tasks"]:
        state = _STATES[one["state"]]
        last = one["last"]
        told = ""
        if last and last["kind"] == "skipped":
            told = say(mark("skipped on {day}: {reason}"), lang, day=last["day"], reason=last["reason"])
        elif last:
            told = say(mark("done on {day}"), lang, day=last["day"])
        parts = (say(state, lang), one["due"], one["task"], one["device"], one["title"][lang], told)
        yield "  ".join(filter(None, parts))
