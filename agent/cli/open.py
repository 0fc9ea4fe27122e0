"""`open`: open the page of the running daemon in this user's browser.

The daemon gives a code that is good once, for a minute and for this user; the page exchanges it for a token.
"""

import argparse
import re
import sys
import webbrowser
from typing import Any

from agent import control
from agent.cli import context
from agent.cli.main import EX_UNAVAILABLE, EX_USAGE, fail
from agent.words import say

ASK_WITHIN_S = 10.0
_VIEW = re.compile(r"/?[\w./:%-]+", re.ASCII)


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add the command."""
    parser = subparsers.add_parser("open", parents=[common], help="open the page in the browser")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--print", action="store_true", help="print the address, good once and for a minute")
    how.add_argument("--code", action="store_true", help="print address and code, to be typed in")
    parser.add_argument("--view", metavar="PATH", help="what to show first, such as incident/INC-12")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Ask the daemon for a code and open the page with it."""
    if options.view and not _VIEW.fullmatch(options.view):
        fail(f"--view {options.view!r}: a path of the page, such as incident/INC-12", EX_USAGE)
    state = context.state_of(options)
    lang = options.lang or context.settings_of(options)[0].station.lang
    try:
        answer = control.ask(state, {"op": "page.code"}, ASK_WITHIN_S)
    except control.ControlAbsent:
        fail(say("The checker is not running; nothing is known of this desk.", lang), EX_UNAVAILABLE)
    except control.ControlError as error:
        fail(error.message, EX_UNAVAILABLE)
    if options.code:
        print(f"{answer['address']}/\n{answer['code']}")
        return 0
    url = answer["url"] + (f"&v={options.view.lstrip('/')}" if options.view else "")
    if options.print:
        print(url)
    elif not webbrowser.open(url):
        message = say("No browser could be started. Open this address within a minute: {url}", lang, url=url)
        print(message, file=sys.stderr)
        return EX_UNAVAILABLE
    return 0
