"""`config check`: whether the settings can be used, and everything they refer to can be reached."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.cli import context
from agent.cli.main import EX_CONFIG
from agent.transaction import conditions
from agent.words import say
from config import secrets
from config.procedure import ProcedureError
from config.secrets import SecretError
from config.settings import Settings, SettingsError, warnings
from config.strict import written

_FILES = (("metrics", "tls_cert"), ("metrics", "tls_key"), ("ticket", "ca_file"), ("fleet", "ca_file"))


def add_parsers(subparsers: Any, common: argparse.ArgumentParser | None = None) -> None:  # noqa: ANN401  argparse names no type
    """Add the command."""
    parents = [common] if common else []
    family = subparsers.add_parser("config", parents=parents, help="this desk's settings")
    commands = family.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = commands.add_parser("check", parents=parents, help="find every error in the settings")
    check.add_argument("file", metavar="FILE", nargs="?", help="settings file in place of the usual one")
    check.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a line for each error on stderr and return 78, or say that all is well and return 0."""
    options.config = options.file or options.config
    try:
        settings, path = context.settings_of(options)
    except SettingsError as error:
        return _refused(error.lines)
    name = path.name if path else "deskready.toml"
    errors = [f"{name}: {line}" for line in unreachable(settings, path)]
    for line in warnings(settings):
        print(f"{name}: {say('warning', options.lang)}: {line}", file=sys.stderr)
    if errors:
        return _refused(errors)
    print(say("{file}: no errors", options.lang, file=str(path)) if path else _no_file(options))
    return 0


def unreachable(settings: Settings, path: Path | None) -> Iterator[str]:
    """Yield a line for each secret, file or procedure that the settings name and this user cannot have."""
    for key_path, reference in secrets.references(settings):
        try:
            secrets.resolve(reference, path)
        except SecretError as error:
            yield f"{written(key_path)}: {error}"
    for index, one in enumerate(settings.transaction):
        for number, step in enumerate(one.step):
            if condition := conditions.unreadable(step.expect):
                yield f"transaction[{index}].step[{number}].expect.json: not JMESPath: {condition}"
    for key, file in _files(settings):
        try:
            file.open("rb").close()
        except OSError as error:
            yield f"{key}: {file}: {error.strerror}"
    try:
        context.procedure_of(settings)
    except ProcedureError as error:
        yield f"procedure: {error}"


def _files(settings: Settings) -> Iterator[tuple[str, Path]]:
    for table, key in _FILES:
        if name := getattr(getattr(settings, table), key):
            yield f"{table}.{key}", Path(name)
    for table in ("system", "transaction"):
        for index, row in enumerate(getattr(settings, table)):
            if row.ca_file:
                yield f"{table}[{index}].ca_file", Path(row.ca_file)


def _refused(lines: tuple[str, ...] | list[str]) -> int:
    print("\n".join(lines), file=sys.stderr)
    return EX_CONFIG


def _no_file(options: argparse.Namespace) -> str:
    return say("There is no settings file; every default holds.", options.lang)
