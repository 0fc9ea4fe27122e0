"""`maintenance`: what upkeep is due on this desk (4.2.5, 4.2.6), and that it was done or skipped.

`window` tells that somebody works on a device for a while, so that what it does then is no fault.
"""

import argparse
import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent.cli import context
from agent.cli.asking import ask, print_json, print_lines, worker
from agent.words import Lang, duration, say
from config.messages import mark

_LENGTH = re.compile(r"([0-9]{1,4})([mh])")
_STATES: Mapping[str, str] = {"overdue": mark("overdue"), "due": mark("due"), "later": mark("later")}


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add `maintenance` with its four commands."""
    upkeep = subparsers.add_parser("maintenance", parents=[common], help="upkeep that is due, done, skipped")
    ways = upkeep.add_subparsers(dest="way", metavar="list|done|skip|window", required=True)
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
    window = ways.add_parser("window", parents=[common], help="somebody works on a device for a while")
    window.add_argument("device", metavar="DEVICE")
    length = window.add_mutually_exclusive_group(required=True)
    length.add_argument("--for", dest="length_s", type=_length_s, metavar="TIME", help="30m, 2h; at most 24h")
    length.add_argument("--end", dest="length_s", action="store_const", const=None, help="it is over")
    window.add_argument("--reason", metavar="TEXT")
    window.add_argument("--by", metavar="WHO", help="who works on it, if not you")
    window.set_defaults(run=run_window)
    for parser in (listing, done, skip, window):
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


def run_window(options: argparse.Namespace) -> int:
    """Begin or end a maintenance window, and show the list."""
    request = {
        "op": "maintenance.window",
        "device": options.device,
        "length_s": options.length_s,
        "reason": options.reason,
        "by": options.by or worker(),
    }
    return _show(request, options)


def _length_s(text: str) -> float:
    """Read "30m" or "2h" as seconds."""
    found = _LENGTH.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 30m or 2h")
    return float(found[1]) * {"m": 60.0, "h": 3600.0}[found[2]]


def _show(request: Mapping[str, Any], options: argparse.Namespace) -> int:
    answer = ask(options, request)
    if options.json:
        return print_json(answer)
    context.settings_of(options)  # they decide the language
    print_lines(_lines(answer, options.lang))
    return 0


def _lines(answer: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    for one in answer["windows"]:
        left = duration(one["left_s"], lang)
        told = say(mark("{device} under maintenance, {left} left"), lang, device=one["device"], left=left)
        yield "  ".join(filter(None, (told, one["by"], one["reason"])))
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
