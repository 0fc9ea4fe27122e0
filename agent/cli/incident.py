"""`incident`: list them, show one, do what a person does to it. Asks the daemon, or a desk of its own.

Exit 4 where a rule of the procedure refuses; the line names the step, field or device that is missing.
"""

import argparse
import base64
from pathlib import Path
from typing import Any

from agent.cli import context
from agent.cli.asking import EX_REFUSED, Answer, ask, print_json, print_lines, worker
from agent.cli.main import EX_UNAVAILABLE, fail
from agent.words import say


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add `incident` with its three commands."""
    incident = subparsers.add_parser("incident", parents=[common], help="list, show and work on incidents")
    ways = incident.add_subparsers(dest="way", metavar="list|show|act", required=True)
    listing = ways.add_parser("list", parents=[common], help="open incidents")
    listing.add_argument("--all", action="store_true", help="ended ones too")
    listing.set_defaults(run=run_list)
    showing = ways.add_parser("show", parents=[common], help="one incident with its six steps")
    showing.add_argument("id", metavar="ID")
    showing.add_argument("--html", metavar="FILE", type=Path, help="write its report as a page")
    showing.add_argument("--pdf", metavar="FILE", type=Path, help="write its report as PDF")
    showing.set_defaults(run=run_show)
    acting = ways.add_parser("act", parents=[common], help="say what was done")
    _add_act(acting)
    for parser in (listing, showing, acting):
        parser.add_argument("--json", action="store_true", help="print JSON")


def _add_act(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID")
    parser.add_argument("order", metavar="ACTION", help="worked, still-broken, fixed, substitute, retest, …")
    parser.add_argument("name", metavar="NAME", nargs="?", help="substitute, workaround or case")
    parser.add_argument("--action", metavar="CODE", help="how it was fixed")
    parser.add_argument("--part", metavar="NO", help="number of the part that was changed")
    parser.add_argument("--minutes", type=float, metavar="N")
    parser.add_argument("--by", metavar="WHO", help="who did it, if not you")
    parser.add_argument("--category", metavar="CODE", help="what kind of cause")
    parser.add_argument("--skip-reason", metavar="TEXT", help="why there was no restart")
    parser.add_argument("--reason", metavar="TEXT", help="why it is cancelled")
    parser.add_argument("--answer", choices=("ok", "problem"), help="a person's part of the retest")
    parser.add_argument("--question", metavar="ID", help="which part")
    parser.set_defaults(run=run_act)


def run_list(options: argparse.Namespace) -> int:
    """The open incidents, a line each."""
    answer = ask(options, {"op": "incident.list", "all": options.all})
    if options.json:
        return print_json(answer)
    from agent.cli.incident_text import lines  # noqa: PLC0415  words only where people read

    settings, _ = context.settings_of(options)
    print_lines(lines(answer, context.procedure_of(settings), options.lang))
    return 0


def run_show(options: argparse.Namespace) -> int:
    """One incident: where it stands, the six steps, what could be copied for IT; its report as a file."""
    answer = ask(options, {"op": "incident.show", "id": options.id, "pdf": bool(options.pdf)})
    if options.html or options.pdf:
        return _write_report(answer, options)
    return show(answer, options)


def run_act(options: argparse.Namespace) -> int:
    """Say what was done, and show what came of it."""
    names = ("name", "action", "part", "minutes", "category", "skip_reason", "reason", "answer", "question")
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    by = options.by or worker()
    request = {"op": "incident.act", "id": options.id, "action": options.order, "options": given, "by": by}
    return show(ask(options, request), options)


def show(answer: Answer, options: argparse.Namespace) -> int:
    """Print one incident, in words or as JSON."""
    if options.json:
        return print_json(answer)
    from agent.cli.incident_text import whole  # noqa: PLC0415  words only where people read

    settings, _ = context.settings_of(options)
    print_lines(whole(answer, context.procedure_of(settings), options.lang))
    return 0


def _write_report(answer: Answer, options: argparse.Namespace) -> int:
    html, pdf = answer["report_html"], answer["report_pdf"]
    if html is None:
        fail(say("There is no report yet: it is written after the passed retest.", options.lang), EX_REFUSED)
    if options.html:
        options.html.write_text(html, encoding="utf-8")
    if options.pdf:
        if pdf is None:
            fail(say("There is no PDF: the extra [reports] is not installed.", options.lang), EX_UNAVAILABLE)
        options.pdf.write_bytes(pdf if isinstance(pdf, bytes) else base64.b64decode(pdf))
    return 0
