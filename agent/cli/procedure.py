"""`procedure lint|coverage|diff|render`: the procedure as data.

Exit status: 1 where lint finds an error; 78 where a procedure cannot be read.
"""

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from agent import words
from agent.cli import context
from agent.cli.shipped import shipped
from agent.words import Lang, say
from config import procedure as procedures
from config.coverage import Part, Served, coverage, totals
from config.diff import Change, diff
from config.lint import MESSAGES, Problem, lint
from config.lint.problem import KINDS
from config.lint.shape import Source, hidden_texts, read, shapes
from config.messages import mark
from config.procedure import Procedure
from config.render import WORDS, render

EX_ERRORS = 1
_MARKS = {"built": "✓", "partly": "~", "missing": "✗", "off": "-"}
_PART_STATES = {"partly": mark("partly"), "missing": mark("not built"), "off": mark("switched off")}


def add_parsers(subparsers: Any, common: argparse.ArgumentParser | None = None) -> None:  # noqa: ANN401  argparse names no type
    """Add the family."""
    parents = [common] if common else []
    family = subparsers.add_parser("procedure", parents=parents, help="the procedure as data")
    commands = family.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, function, help_text in (
        ("lint", run_lint, "find every error in the procedure"),
        ("coverage", run_coverage, "what serves each clause, and whether it is built"),
        ("render", run_render, "write the procedure as a document"),
    ):
        parser = commands.add_parser(name, parents=parents, help=help_text)
        parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="in place of the one in force")
        parser.add_argument("--overlays", metavar="DIR", type=Path, help="folder of overlays for FILE")
        parser.set_defaults(run=function)
        if name == "coverage":
            parser.add_argument("--json", action="store_true", help="print JSON")
        if name == "render":
            parser.add_argument("--format", choices=("md", "html"), default="md")
    parser = commands.add_parser("diff", parents=parents, help="what changed between two editions")
    parser.add_argument("old", metavar="OLD", type=Path)
    parser.add_argument("new", metavar="NEW", type=Path)
    parser.set_defaults(run=run_diff)


def run_lint(options: argparse.Namespace) -> int:
    """Print every problem on a line of its own; 1 where one of them is an error."""
    source = read(*_files(options))
    found = list(shapes(source.tree))
    if not found:
        rows = procedures.typed(dict(source.tree), source.base)
        found = [*lint(rows, shipped()), *hidden_texts(source, rows)]
    for problem in found:
        print(line(problem, source, options.lang))
    errors = sum(problem.is_error for problem in found)
    counts = {"errors": errors, "remarks": len(found) - errors}
    print(say(mark("Errors: {errors}. Remarks: {remarks}."), options.lang, **counts))
    return EX_ERRORS if errors else 0


def run_coverage(options: argparse.Namespace) -> int:
    """Print each clause with what serves it."""
    procedure = _load(options)
    served = coverage(procedure.rows, shipped())
    if options.json:
        _print_json(procedure, served)
        return 0
    lang = options.lang
    for clause in served:
        print(f"{_MARKS[clause.state]} {clause.id:<7} {words.text(clause.title, lang)}")
        print(f"          {_separator(lang).join(_parts(clause, lang))}")
    message = mark("Clauses: {all}. Built: {built}. Partly: {partly}. Missing: {missing}.")
    print(say(message, lang, all=len(served), **totals(served)))
    return 0


def run_diff(options: argparse.Namespace) -> int:
    """Print what changed; two equal editions print that and nothing else."""
    old, new = procedures.read_tree(options.old), procedures.read_tree(options.new)
    changes = diff(old, new)
    for change in changes:
        print("\n".join(_change(change)))
    print(say(mark("Changes: {count}."), options.lang or "zh", count=len(changes)))
    return 0


def run_render(options: argparse.Namespace) -> int:
    """Write the document to standard output."""
    rows = _load(options).rows
    sys.stdout.write(render(rows, options.lang, options.format, partial(say, lang=options.lang)))
    return 0


def line(problem: Problem, source: Source, lang: Lang) -> str:
    """Say one problem: file, table, id, field, and what is wrong."""
    place = " ".join(part for part in (problem.table, problem.id, problem.field) if part)
    values = dict(problem.values)
    kind = KINDS.get(values.get("kind", ""))
    if kind is not None:
        values["kind"] = say(kind, lang)
    remark = "" if problem.is_error else f"{say(mark('remark'), lang)}: "
    return f"{source.file(problem)}: {place}: {remark}{say(MESSAGES[problem.code], lang, **values)}"


def _files(options: argparse.Namespace) -> tuple[Path, Path | None]:
    """Return the file and the overlays that are named, else those in force on this desk."""
    if options.file is not None:
        options.lang = options.lang or "zh"
        return options.file, options.overlays
    base, overlays = procedures.paths(context.settings_of(options)[0].procedure)
    return base, options.overlays or overlays


def _load(options: argparse.Namespace) -> Procedure:
    return procedures.load(*_files(options))


def _parts(clause: Served, lang: Lang) -> Iterator[str]:
    for part in clause.served_by:
        how = f" ({say(_PART_STATES[part.state], lang)})" if part.state in _PART_STATES else ""
        yield f"{_MARKS[part.state]} {_named(part, lang)}{how}"


def _separator(lang: Lang) -> str:
    return "、" if lang == "zh" else ", "


def _named(part: Part, lang: Lang) -> str:
    mechanism = say(WORDS[part.mechanism], lang) if part.mechanism in WORDS else part.mechanism
    return f"{mechanism} {part.name}".rstrip()


def _change(change: Change) -> Iterator[str]:
    place = " ".join(part for part in (change.table, change.id, change.field) if part)
    yield f"{change.sign} {place}"
    if change.field:
        if change.old is not None:
            yield f"    - {_value(change.old)}"
        if change.new is not None:
            yield f"    + {_value(change.new)}"


def _value(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _print_json(procedure: Procedure, served: tuple[Served, ...]) -> None:
    document = {
        "schema": "deskready.coverage/1",
        "edition": procedure.edition,
        "sha256": procedure.sha256,
        "totals": totals(served),
        "clauses": served,
    }
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n")
