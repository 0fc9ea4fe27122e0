"""Ask the running daemon, or, where there is none, a desk of one's own; and print what comes back.

Exit 4 where a rule of the procedure refuses, 64 for a slip, 69 for what cannot be done now, 75 where
another process has the store.
"""

import argparse
import getpass
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import msgspec

from agent import control
from agent.cli import context
from agent.cli.main import EX_LOCKED, EX_UNAVAILABLE, EX_USAGE, fail
from agent.store.errors import StoreError, StoreLocked
from config.procedure import Procedure
from config.settings import Settings

EX_REFUSED = 4
ANSWER_WITHIN_S = 90.0  # a retest may take most of it
LOCKED_WAIT_S = 5.0
_LOOK_AGAIN_S = 0.1
_LOOKS_AT_DEVICES = {"ready", "check"}

Answer: TypeAlias = dict[str, Any]
Progress: TypeAlias = Callable[[Answer], None]
Parts: TypeAlias = tuple[Settings, Procedure]


def ask(
    options: argparse.Namespace,
    request: Mapping[str, Any],
    progress: Progress = lambda _line: None,
    parts: Parts | None = None,
) -> Answer:
    """Ask the daemon; without one take the lock and look oneself. Ends the program where it is refused.

    A lock without a daemon that answers is a daemon that starts, or another command: it is waited for.
    `parts` are the settings and the procedure where the caller has read them already.
    """
    state = context.state_of(options)
    deadline_s = time.monotonic() + LOCKED_WAIT_S
    while True:
        try:
            return control.ask(state, dict(request), ANSWER_WITHIN_S, progress)
        except control.ControlError as error:
            refuse(error)
        except control.ControlAbsent:
            parts = parts or _parts(options)
        try:
            return _own_answer(parts, state, request, progress)
        except StoreLocked as error:
            if time.monotonic() > deadline_s:
                fail(str(error), EX_LOCKED)
        time.sleep(_LOOK_AGAIN_S)


def _parts(options: argparse.Namespace) -> Parts:
    settings, _ = context.settings_of(options)
    return settings, context.procedure_of(settings)


def _own_answer(parts: Parts, state: Path, request: Mapping[str, Any], progress: Progress) -> Answer:
    """Do the work in this process. Raises StoreLocked."""
    from agent.orders import answer  # noqa: PLC0415  only the one who looks needs the checks
    from agent.station import Station  # noqa: PLC0415

    try:
        station = Station(*parts, state)
    except StoreLocked:
        raise
    except StoreError as error:
        fail(str(error), EX_UNAVAILABLE)
    try:
        if request["op"] in _LOOKS_AT_DEVICES:
            station.find_devices()
        return answer(station, request, progress)
    except control.ControlError as error:
        refuse(error)
    finally:
        station.close()


def refuse(error: control.ControlError) -> NoReturn:
    """End with one line: 4 for a rule, 64 for a slip, 69 for what cannot be done now."""
    status = {"refused": EX_REFUSED, "bad_request": EX_USAGE}.get(error.code, EX_UNAVAILABLE)
    fail(error.message, status)


def worker() -> str:
    """Return the name that the journal keeps for whoever calls, in the letters that it allows."""
    from agent.incidents.actions import worker_name  # noqa: PLC0415  only where somebody does something

    return worker_name(getpass.getuser())


def print_lines(lines: Iterable[str]) -> None:
    """Print lines for people."""
    print("\n".join(lines))


def print_json(answer: Answer) -> int:
    """Print an answer as JSON; returns 0."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=1).decode() + "\n")
    return 0
