"""`explain`: one run of one check on one page, from target to words, for IT."""

import argparse
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from agent import runner, words
from agent.cli import context
from agent.cli.main import EX_USAGE, fail
from agent.plan import Job, found_by_os, plan
from agent.result import Result
from agent.telling import context as context_values
from agent.words import Lang
from config.nearest import nearest
from config.procedure import Procedure
from config.settings import Settings

_HIDDEN = "••••"
_SECRET_FIELDS = ("community", "auth", "privacy")


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
    row = job.row
    yield f"{row.id}  {words.text(row.title, lang)}"
    yield f"  device    {job.device}"
    yield f"  target    {_target(job.target)}"
    yield f"  params    {_json(job.params)}"
    yield f"  level     {row.level}   every {row.interval_s:g} s, at most {row.timeout_s:g} s"
    yield f"  state     {result.state}" + (
        f"   {result.reason}: {words.reason(result.reason, lang)}" if result.reason else ""
    )
    yield f"  took      {result.took_s * 1000:.1f} ms"
    for name, value in result.facts.items():
        yield f"  fact      {name} = {_json(value)}"
    yield from _findings(result, procedure, settings, lang)
    for sample in result.samples:
        labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
        yield f"  sample    {sample.metric}{{{labels}}} {sample.value:g}"
    for line in lines:
        yield f"  log       {line}"


def _findings(result: Result, procedure: Procedure, settings: Settings, lang: Lang) -> Iterator[str]:
    for fault in result.findings:
        values = {**context_values(settings, result.device, []), **fault.values}
        card = words.card(procedure.faults[fault.code], values, lang, "linux")
        yield f"  finding   {fault.code} ({fault.severity})  clauses {', '.join(fault.clauses)}"
        yield f"            {_json(fault.values)}"
        for text in (card.cause, *card.now, card.stop, card.alternate):
            yield f"            {text}"


def _target(target: object) -> str:
    """Write the target with its secrets hidden; a community that everybody knows is said to be so."""
    if target is None:
        return "not set up"
    tree = msgspec.to_builtins(target)
    snmp = tree.get("snmp") if isinstance(tree, dict) else None
    if isinstance(snmp, dict):
        for name in _SECRET_FIELDS:
            is_default = name == "community" and snmp[name] == "public"
            snmp[name] = "public (default community)" if is_default else snmp[name] and _HIDDEN
    return _json(tree)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


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
