"""`journal`: the journal as a file, in and out, and whether it is as it was written.

Exit 1 where the journal is damaged, 4 where a rule refuses a file, 75 where the daemon has to stop first.
"""

import argparse
import csv
import hashlib
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from agent.cli import context
from agent.cli.asking import EX_REFUSED, ask, print_json, print_lines, worker
from agent.cli.journal_row import COLUMNS, row
from agent.cli.main import EX_LOCKED, EX_UNAVAILABLE, EX_USAGE, fail
from agent.journal import external, foreign, intake
from agent.journal.log import Log, Once
from agent.journal.refusals import BadEntry, Refused
from agent.recorder import Recorder
from agent.store.errors import StoreError, StoreLocked
from agent.words import Lang, say
from config.messages import mark
from config.procedure import Procedure

_NOT_STATUTORY = mark("This journal is not the statutory business file.")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run
_FILE_MAX_BYTES = 50 * 1024 * 1024
EX_BROKEN = 1


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add `journal` with its three commands."""
    journal = subparsers.add_parser(
        "journal", parents=[common], help="the journal as a file; whether it is whole"
    )
    ways = journal.add_subparsers(dest="way", metavar="export|import|verify", required=True)
    export = ways.add_parser("export", parents=[common], help="everything that was written, oldest first")
    export.add_argument("--format", choices=("json", "csv"), default="json")
    export.set_defaults(run=run_export)
    taking = ways.add_parser(
        "import", parents=[common], help="a file of another program, whole or not at all"
    )
    taking.add_argument("file", metavar="FILE", type=Path)
    taking.add_argument("--map", metavar="FILE", type=Path, required=True, help="their names in our words")
    taking.add_argument("--dry-run", action="store_true", help="say what would be kept; keep nothing")
    taking.add_argument("--keep-good", action="store_true", help="keep the good rows of a file with bad ones")
    taking.add_argument("--by", metavar="WHO", help="who did it, if not you")
    taking.set_defaults(run=run_import)
    verify = ways.add_parser("verify", parents=[common], help="whether every row is as it was written")
    verify.set_defaults(run=run_verify)
    for parser in (taking, verify):
        parser.add_argument("--json", action="store_true", help="print JSON")


def run_export(options: argparse.Namespace) -> int:
    """Write every entry to standard output: one JSON object a line, or CSV for a spreadsheet."""
    context.settings_of(options)
    if options.format == "csv":
        print(f"# {say(_NOT_STATUTORY, options.lang)}")
        table = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(
            {name: _safe(text) for name, text in row(event).items()} for event in _events(options)
        )
        return 0
    for event in _events(options):
        print(msgspec.json.encode(event).decode())
    return 0


def run_import(options: argparse.Namespace) -> int:
    """Take a file of another program in; every row that is bad is named. Needs the daemon stopped."""
    settings, _ = context.settings_of(options)
    procedure, state = context.procedure_of(settings), context.state_of(options)
    try:
        mapping, text = _read(options.map), _read(options.file)
        taken = _take(
            text, mapping, Recorder(state, (procedure.edition, procedure.sha256)), procedure, options
        )
    except BadEntry as error:
        fail(str(error), EX_USAGE)
    except Refused as refused:
        fail(str(refused), EX_REFUSED)
    except StoreLocked:
        fail("the daemon is running; stop it for the import", EX_LOCKED)
    except (StoreError, OSError) as error:
        fail(str(error), EX_UNAVAILABLE)
    if options.json:
        print_json(msgspec.to_builtins(taken))
    else:
        print_lines(_taken(taken, options.lang))
    return EX_REFUSED if taken.bad and not taken.is_kept else 0


def _take(
    text: str, mapping: str, recorder: Recorder, procedure: Procedure, options: argparse.Namespace
) -> intake.Taken:
    names = foreign.names(mapping)
    digest = hashlib.sha256(f"{mapping}\0{text}".encode()).hexdigest()
    try:
        how = intake.How(
            by=options.by or worker(),
            now=datetime.now(UTC),
            once=Once(f"import:{digest}", digest),
            secret=external.key(context.state_of(options)),
            is_dry=options.dry_run,
            keeps_good=options.keep_good,
        )
        return intake.take(Log(recorder, procedure), foreign.rows(text, names), names, how)
    finally:
        recorder.close()


def _taken(taken: intake.Taken, lang: Lang) -> Iterator[str]:
    for bad in taken.bad:
        yield say(mark("Line {line} is not kept: {why}"), lang, line=bad.line, why=bad.why)
    kept = (
        mark("{count} rows are kept.") if taken.is_kept else mark("Nothing is kept; {count} rows are good.")
    )
    yield say(kept, lang, count=taken.good_count)


def _read(path: Path) -> str:
    """Return a text file of at most 50 MiB. Raises OSError, BadEntry."""
    data = path.read_bytes()
    if len(data) > _FILE_MAX_BYTES:
        raise BadEntry(f"{path.name}: more than {_FILE_MAX_BYTES} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            raise BadEntry(f"{path.name}: neither UTF-8 nor GB 18030") from None


def run_verify(options: argparse.Namespace) -> int:
    """Say whether the journal is as it was written; exit 1 where it is not."""
    answer = ask(options, {"op": "journal.verify"})
    if options.json:
        print_json(answer)
    else:
        context.settings_of(options)
        print_lines(_verified(answer, options.lang))
    return EX_BROKEN if answer["breaks"] or answer["salvages"] else 0


def _events(options: argparse.Namespace) -> Iterator[Mapping[str, Any]]:
    after = 0
    while events := ask(options, {"op": "journal.export", "after": after})["events"]:
        yield from events
        after = events[-1]["number"]


def _verified(answer: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    for one in answer["salvages"]:
        message = mark(
            "{at}: {altered} rows were not as they were written and {missing} were gone; see {file}."
        )
        yield say(message, lang, **one)
    if not answer["breaks"]:
        yield say(
            mark("The journal is whole: {count} rows are as they were written."), lang, count=answer["rows"]
        )
    for one in answer["breaks"]:
        message = mark("{table} {key}: this row is not as it was written ({why}).")
        yield say(message, lang, table=one["table"], key=one["key"], why=one["why"])


def _safe(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
