"""`explain`: one run of one check on one page, from target to words, for IT."""

import argparse
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agent import runner
from agent.cli import context
from agent.cli.main import EX_USAGE, fail
from agent.explained import explained
from agent.plan import Job, found_by_os, plan
from agent.words import Lang
from config.nearest import nearest
from config.procedure import Procedure
from config.settings import Settings


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add the command."""
    parser = subparsers.add_parser("explain", parents=[common], help="one run of a check on one page")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--device", metavar="D")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the check once on each of its devices and print everything about it. Saves nothing."""
    settings, _ = context.settings_of(options)
    procedure = context.procedure_of(settings)
    if options.name not in procedure.checks:
        hint = nearest(options.name, procedure.checks)
        fail(f"unknown check {options.name!r}" + (f"; did you mean {hint!r}?" if hint else ""), EX_USAGE)
    is_findable = options.name.startswith(("printer.", "scanner."))
    jobs = [
        job
        for job in plan(procedure, settings, found_by_os(settings) if is_findable else None)
        if job.row.id == options.name and options.device in {None, job.device}
    ]
    if not jobs:
        fail(f"no device {options.device!r} has the check {options.name}", EX_USAGE)
    for job in jobs:
        print("\n".join(_page(job, procedure, settings, options.lang)))
    return 0


def _page(job: Job, procedure: Procedure, settings: Settings, lang: Lang) -> Iterator[str]:
    with _log_lines() as lines:
        result, _ = runner.run(job, None, procedure)
    one = explained(job, result, procedure, settings, lang, lines)
    yield f"{one.check}  {one.title}"
    yield f"  device    {one.device}"
    yield f"  target    {one.target}"
    yield f"  params    {one.params}"
    yield f"  level     {one.level}   every {one.interval_s:g} s, at most {one.timeout_s:g} s"
    yield f"  state     {one.state}" + (f"   {one.reason}: {one.reason_words}" if one.reason else "")
    yield f"  took      {one.took_ms:.1f} ms"
    for name, value in one.facts:
        yield f"  fact      {name} = {value}"
    for finding in one.findings:
        yield f"  finding   {finding.code} ({finding.severity})  clauses {', '.join(finding.clauses)}"
        yield f"            {finding.values}"
        for text in finding.texts:
            yield f"            {text}"
    for sample in one.samples:
        yield f"  sample    {sample}"
    for line in one.log:
        yield f"  log       {line}"


@contextmanager
def _log_lines() -> Iterator[list[str]]:
    """Collect what the program logs meanwhile."""
    lines: list[str] = []

    class _Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    root, collector = logging.getLogger(), _Collector()
    level = root.level
    root.addHandler(collector)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(collector)
        root.setLevel(level)
