"""Ask the running daemon, or, where there is none, a desk of one's own; and print what comes back.

Exit 4 where a rule of the procedure refuses, 64 for a slip, 69 for what cannot be done now, 75 where
another process has the store.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import msgspec

from agent import control
from agent.cli import context
from agent.cli.main import EX_UNAVAILABLE, EX_USAGE, fail
from agent.store.errors import StoreError, StoreLocked

EX_LOCKED, EX_REFUSED = 75, 4
ANSWER_WITHIN_S = 90.0  # a retest may take most of it

Answer: TypeAlias = dict[str, Any]


def ask(options: argparse.Namespace, request: Mapping[str, Any]) -> Answer:
    """Ask the daemon; without one take the lock and look oneself. Ends the program where it is refused."""
    state = context.state_of(options)
    try:
        return control.ask(state, dict(request), ANSWER_WITHIN_S)
    except control.ControlAbsent:
        pass
    except control.ControlError as error:
        _refuse(error)
    return _own_answer(options, state, request)


def _own_answer(options: argparse.Namespace, state: Path, request: Mapping[str, Any]) -> Answer:
    from agent.orders import answer  # noqa: PLC0415  only the one who looks needs the checks
    from agent.station import Station  # noqa: PLC0415

    settings, _ = context.settings_of(options)
    try:
        station = Station(settings, context.procedure_of(settings), state)
    except StoreLocked as error:
        fail(str(error), EX_LOCKED)
    except StoreError as error:
        fail(str(error), EX_UNAVAILABLE)
    try:
        return answer(station, request, lambda _line: None)
    except control.ControlError as error:
        _refuse(error)
    finally:
        station.close()


def _refuse(error: control.ControlError) -> NoReturn:
    """End with one line: 4 for a rule, 64 for a slip, 69 for what cannot be done now."""
    status = {"refused": EX_REFUSED, "bad_request": EX_USAGE}.get(error.code, EX_UNAVAILABLE)
    fail(error.message, status)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines for people."""
    print("\n".join(lines))


def print_json(answer: Answer) -> int:
    """Print an answer as JSON; returns 0."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=1).decode() + "\n")
    return 0
