"""`test function_print` and `test performance_print`: paper is used, so a person is asked first.

Run by the command itself, on one printer; nothing is printed for a daemon by itself.
"""

import argparse
import json
import secrets
import sys
from collections.abc import Iterable, Sequence

import msgspec

from agent import runner, words
from agent.cli.main import EX_UNAVAILABLE, EX_USAGE, fail
from agent.plan import Found, found_by_os, plan
from agent.result import Result
from agent.words import Lang, say
from checks.model import ProbeError
from checks.printer import printing, reading
from checks.printer.printing import Printed
from config.devices import Printer
from config.messages import mark
from config.nearest import nearest
from config.procedure import Procedure
from config.schema import Test
from config.settings import Settings

_EXIT_OF = {"green": 0, "amber": 1, "red": 2, "grey": 3}
_CONSENT = mark("This prints {count} pages on {device}. Go on? [y/N] ")
_DOCUMENT = mark("Document {number}: {state}, {seconds} s")
_STATES = {
    "completed": mark("printed"),
    "aborted": mark("given up by the printer"),
    "cancelled": mark("cancelled"),
    "stuck": mark("not printed in time and cancelled"),
}
_COUNT = mark("Pages expected: {expected}. Pages counted by the printer: {counted}.")
_COUNTS_NOTHING = mark("Pages expected: {expected}. The printer counts none.")
_NOT_ASKED = mark("Nobody has said how the page looks, so the test is not passed yet.")


class Outcome(msgspec.Struct, frozen=True):
    """What a test came to. `counted` is of prtMarkerLifeCount, None where the printer does not count."""

    test: str
    device: str
    documents: tuple[Printed, ...]
    expected: int
    counted: int | None
    is_clear: bool | None  # what a person said of the page; None: nobody was asked, or need be
    verdict: str = "grey"
    schema: str = "deskready.test/1"


def run(options: argparse.Namespace, settings: Settings, procedure: Procedure) -> int:
    """Print, follow, count, ask; exit as a verdict."""
    test = procedure.tests[options.name]
    target = _printer(options, settings)
    documents = int(test.params.get("documents", 1))
    sheets = int(test.params.get("pages_each", test.paper_pages))
    _ask_for_paper(options, target, documents * sheets)
    nonce = secrets.token_hex(3)
    pages = [printing.page(nonce, number, sheets) for number in range(1, documents + 1)]
    before = printing.life_count(target)
    try:
        printed = tuple(_told(options, printing.print_all(target, pages, test.max_s / documents)))
    except ProbeError as error:
        reason = words.reason(error.code, options.lang)
        fail(f"{target.device_id}: {error.code}: {reason}", EX_UNAVAILABLE)
    after = _later_count(target) if before is not None else None
    counted = None if before is None or after is None else after - before
    is_clear = _asked_of_page(options, procedure, test) if _all_printed(printed, documents) else None
    outcome = Outcome(test.id, target.device_id, printed, documents * sheets, counted, is_clear)
    results = _checked(target, settings, procedure, test.checks)
    verdict = _verdict(outcome, documents, results, needs_eye=bool(test.attest))
    _show(options, msgspec.structs.replace(outcome, verdict=verdict), results, procedure)
    return _EXIT_OF[verdict]


def _printer(options: argparse.Namespace, settings: Settings) -> Printer:
    printers = {
        one.device_id: one for one in settings.printer or found_by_os(settings).printers if one.enabled
    }
    if options.device is None and len(printers) != 1:
        fail(f"which printer? --device {' or '.join(printers) or '(none is set up)'}", EX_USAGE)
    name = options.device or next(iter(printers))
    if name not in printers:
        hint = nearest(name, printers)
        fail(f"no printer {name!r}" + (f"; did you mean {hint!r}?" if hint else ""), EX_USAGE)
    return printers[name]


def _ask_for_paper(options: argparse.Namespace, target: Printer, count: int) -> None:
    """End here unless a person agrees, on the command line or on the terminal."""
    if options.yes:
        return
    if not sys.stdin.isatty():
        fail(f"{options.name} prints {count} pages on {target.device_id}; say --yes to agree", EX_USAGE)
    if not _is_yes(say(_CONSENT, options.lang, count=count, device=target.device_id)):
        raise SystemExit(EX_USAGE)


def _told(options: argparse.Namespace, documents: Iterable[Printed]) -> Sequence[Printed]:
    """Say of each document how it ended, as it ends."""
    found: list[Printed] = []
    for printed in documents:
        found.append(printed)
        if not options.json:
            state = say(_STATES[printed.state], options.lang)
            print(say(_DOCUMENT, options.lang, number=len(found), state=state, seconds=printed.took_s))
    return found


def _later_count(target: Printer) -> int | None:
    reading.forget()  # a reading of before the pages may still be shared
    return printing.life_count(target)


def _asked_of_page(options: argparse.Namespace, procedure: Procedure, test: Test) -> bool | None:
    """Ask the person at the terminal the test's question; None where nobody is there or nothing to ask."""
    questions = [procedure.attestations[name] for name in test.attest if name in procedure.attestations]
    if not questions or options.json or not sys.stdin.isatty():
        return None
    return all(_is_yes(f"{words.text(one.question, options.lang)} [y/N] ") for one in questions)


def _is_yes(question: str) -> bool:
    try:
        return input(question).strip().lower() in {"y", "yes", "j", "是"}
    except EOFError:
        return False


def _checked(
    target: Printer, settings: Settings, procedure: Procedure, checks: Sequence[str]
) -> tuple[Result, ...]:
    """Run the test's own checks on the printer, after the pages."""
    own = msgspec.structs.replace(settings, printer=(target,))
    jobs = [job for job in plan(procedure, own, Found()) if job.row.id in checks and job.off is None]
    return tuple(runner.run(job, None, procedure)[0] for job in jobs)


def _all_printed(printed: Sequence[Printed], documents: int) -> bool:
    return len(printed) == documents and all(one.state == "completed" for one in printed)


def _verdict(outcome: Outcome, documents: int, results: Sequence[Result], *, needs_eye: bool) -> str:
    """Worst first: not printed or broken, bad or miscounted pages, nothing known of them, all well."""
    if not _all_printed(outcome.documents, documents) or any(one.state == "fail" for one in results):
        return "red"
    is_miscounted = outcome.counted is not None and outcome.counted < outcome.expected
    if outcome.is_clear is False or is_miscounted or any(one.state == "warn" for one in results):
        return "amber"
    is_open = needs_eye and outcome.is_clear is None
    return "grey" if is_open or any(one.state == "unknown" for one in results) else "green"


def _show(
    options: argparse.Namespace, outcome: Outcome, results: Sequence[Result], procedure: Procedure
) -> None:
    if options.json:
        told = msgspec.to_builtins(outcome)
        checks = {one.check: {"state": one.state, "reason": one.reason} for one in results}
        print(json.dumps(told | {"checks": checks}, ensure_ascii=False))
        return
    lang: Lang = options.lang
    expected = {"expected": outcome.expected}
    if outcome.counted is None:
        print(say(_COUNTS_NOTHING, lang, **expected))
    else:
        print(say(_COUNT, lang, counted=outcome.counted, **expected))
    for one in results:
        faults = [words.text(procedure.faults[fault.code].title, lang) for fault in one.findings]
        said = ", ".join(faults) or (
            words.reason(one.reason, lang) if one.reason else words.state(one.state, lang)
        )
        print(f"{words.text(procedure.checks[one.check].title, lang)}: {said}")
    if outcome.is_clear is None and procedure.tests[outcome.test].attest and outcome.verdict == "grey":
        print(say(_NOT_ASKED, lang))
    print(words.verdict(outcome.verdict, lang))
