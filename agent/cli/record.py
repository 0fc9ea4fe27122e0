"""`record`: a printer's answers as a file, without what names it or its owner, for a bug report or a test."""

import argparse
import os
from pathlib import Path
from typing import Any

from agent import words
from agent.cli import context
from agent.cli.main import EX_UNAVAILABLE, EX_USAGE, fail
from agent.plan import found_by_os
from agent.words import say
from checks.model import ProbeError
from checks.printer import recording
from config.messages import mark
from config.nearest import nearest
from config.settings import Settings

_WRITTEN = mark("{path}: {count} values. Read it before you send it to anyone.")


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add the command."""
    parser = subparsers.add_parser("record", parents=[common], help="write a printer's answers to a file")
    parser.add_argument("device", metavar="printer:NAME")
    parser.add_argument("--output", metavar="FILE", help="default: NAME.snmprec in this folder")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Walk the printer and write the file, which must not exist yet."""
    settings, _ = context.settings_of(options)
    printers = {one.device_id: one for one in _printers(settings)}
    target = printers.get(options.device)
    if target is None:
        hint = nearest(options.device, printers)
        fail(f"no printer {options.device!r}" + (f"; did you mean {hint!r}?" if hint else ""), EX_USAGE)
    try:
        text = recording.record(target)
    except ProbeError as error:
        fail(f"{options.device}: {error.code}: {words.reason(error.code, options.lang)}", EX_UNAVAILABLE)
    path = Path(options.output or f"{target.name}.snmprec")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        fail(f"{path}: {error.strerror}", EX_USAGE)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
    print(say(_WRITTEN, options.lang, path=str(path), count=len(text.splitlines())))
    return 0


def _printers(settings: Settings) -> tuple[Any, ...]:
    return settings.printer or found_by_os(settings).printers
