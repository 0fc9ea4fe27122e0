"""`tray`: the icon in the panel, for one user, and the file that starts it at log-in."""

import argparse
import os
from importlib.util import find_spec
from typing import Any

from agent.cli import context
from agent.cli.main import EX_UNAVAILABLE, fail
from agent.words import Lang, say


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add the command."""
    parser = subparsers.add_parser("tray", parents=[common], help="show the light in the panel")
    file = parser.add_mutually_exclusive_group()
    file.add_argument("--install-autostart", action="store_true", help="start it at each log-in of this user")
    file.add_argument("--remove-autostart", action="store_true", help="no longer start it at log-in")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Show the tray until it is told to quit; 69 without the extra or a desktop, 75 if it runs already."""
    lang: Lang = options.lang or "zh"
    if options.install_autostart or options.remove_autostart:
        return _autostart(options)
    if find_spec("PySide6") is None:
        command = "pip install 'deskready[tray]'"
        fail(say("The tray is not installed: {command}", lang, command=command), EX_UNAVAILABLE)
    from agent.tray import app  # noqa: PLC0415  Qt is loaded by the tray alone

    return app.run(context.state_of(options), lang)


def _autostart(options: argparse.Namespace) -> int:
    from agent.tray import autostart  # noqa: PLC0415

    given = {"--config": options.config, "--state": options.state, "--lang": options.lang}
    words = [word for name, value in given.items() if value for word in (name, str(value))]
    try:
        if options.remove_autostart:
            print(autostart.remove(os.environ))
        else:
            print(autostart.install(os.environ, ["tray", *words]))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", EX_UNAVAILABLE)
    return 0
