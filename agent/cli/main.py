"""`deskready`: reads the command line and hands over to one family of commands.

Exit status: 0 to 3 are verdicts (green, amber, red, grey), 64 bad usage, 69 not built or not installed,
75 another daemon runs, 78 bad settings or procedure. An error is one line, never a traceback.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from config.errors import BadInput
from config.nearest import nearest

if TYPE_CHECKING:
    from agent.words import Lang

EX_USAGE, EX_UNAVAILABLE, EX_LOCKED, EX_CONFIG = 64, 69, 75, 78

# Each family's module has `add_parsers(subparsers, common)` and is loaded only when it is named.
FAMILIES = {
    "ready": "agent.cli.ready",
    "check": "agent.cli.ready",
    "status": "agent.cli.ready",
    "test": "agent.cli.ready",
    "explain": "agent.cli.explain",
    "run": "agent.cli.run",
    "open": "agent.cli.open",
    "procedure": "agent.cli.procedure",
    "config": "agent.cli.config",
    "incident": "agent.cli.incident",
    "maintenance": "agent.cli.maintenance",
    "tickets": "agent.cli.tickets",
    "log": "agent.cli.journal",
    "cases": "agent.cli.journal",
    "told": "agent.cli.journal",
    "journal": "agent.cli.journal_file",
    "discover": "agent.cli.discover",
    "tray": "agent.cli.tray",
    "record": "agent.cli.record",
}
NOT_BUILT = ("report",)


class _Parser(argparse.ArgumentParser):
    """Bad usage is one line on stderr and exit 64."""

    def error(self, message: str) -> NoReturn:
        fail(message.replace("\n", " "), EX_USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except BadInput as error:
        print(f"deskready: {error}", file=sys.stderr)
        return EX_CONFIG
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EX_USAGE
    except KeyboardInterrupt:
        return 130


def fail(message: str, status: int) -> NoReturn:
    """End with one line on stderr."""
    print(f"deskready: {message}", file=sys.stderr)
    raise SystemExit(status)


def _run(given: list[str]) -> int:
    common = _common()
    name = _command(given)
    lang = _lang()
    if name in NOT_BUILT:
        from agent.words import say  # noqa: PLC0415  see _lang

        fail(say("“{name}” is not built yet.", lang or "zh", name=name), EX_UNAVAILABLE)
    overview = _overview(lang or "zh") if name is None else None
    parser = _Parser(prog="deskready", parents=[common], description=overview)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for module in dict.fromkeys([FAMILIES[name]] if name in FAMILIES else FAMILIES.values()):
        import_module(module).add_parsers(subparsers, common)
    if name is not None and name not in FAMILIES:
        hint = nearest(name, (*FAMILIES, *NOT_BUILT))
        parser.error(f"unknown command {name!r}" + (f"; did you mean {hint!r}?" if hint else ""))
    options = parser.parse_args(given)
    if options.command is None:
        parser.print_help()
        return EX_USAGE
    for key in ("config", "state", "lang"):
        setattr(options, key, getattr(options, key, None))
    options.lang = options.lang or lang
    return int(options.run(options))


def _common() -> argparse.ArgumentParser:
    """Options that every command takes, before or after its name."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--config", metavar="FILE", help="settings (or DESKREADY_CONFIG)")
    common.add_argument("--state", metavar="DIR", help="state folder (or DESKREADY_STATE)")
    common.add_argument("--lang", choices=("zh", "en"), help="language of the words")
    return common


def _command(given: Sequence[str]) -> str | None:
    """Return the first word that is neither an option nor an option's value."""
    words_left = iter(given)
    for word in words_left:
        if word in {"--config", "--state", "--lang"}:
            next(words_left, None)
        elif not word.startswith("-"):
            return word
    return None


def _lang() -> "Lang | None":
    """Return the language of the environment, None if it is neither.

    `agent.words` is loaded only where something is said: the daemon's first page does not wait for it.
    """
    asked = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    if asked.startswith("en"):
        return "en"
    return "zh" if asked.startswith("zh") else None


def _overview(lang: "Lang") -> str:
    from agent.words import say  # noqa: PLC0415  see _lang

    return say("Checks whether this desk is ready for work, and says why not.", lang)


if __name__ == "__main__":
    sys.exit(main())
