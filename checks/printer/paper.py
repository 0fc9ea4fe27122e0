"""Paper: has this printer paper to print on?

Clause 4.1.3c. Source: prtInputTable, the bits noPaper and inputTrayEmpty, and the alert table (RFC 3805).
A tray fed by hand is empty by nature, and one tray with paper keeps a printer usable, unless the printer
itself stands still for want of paper.
"""

from collections.abc import Iterator, Sequence

import msgspec

from checks.model import Check, Finding, NoParams, ProbeError
from checks.printer import alerts, reading
from checks.printer.facts import Reading
from checks.printer.rows import Level, Tray
from config.devices import Printer

_HAS_PAPER = frozenset({"percent", "count", "some", "unlimited"})


class Facts(msgspec.Struct, frozen=True):
    """`paper_low` and `paper_out` are the printer's own error bits, None where it tells none.

    `named_empty` are ids of the trays which critical alerts call empty, `is_alerted` whether one does.
    `stands_still`: the printer is down and names want of paper.
    """

    trays: tuple[Tray, ...]
    paper_low: bool | None
    paper_out: bool | None
    named_empty: tuple[str, ...]
    is_alerted: bool
    stands_still: bool


def probe(target: Printer, _params: NoParams) -> Facts:
    """Read the trays. Raises what `reading.read` raises, and "printer.no_paper_state" where it tells none."""
    return facts_of(reading.read(target))


def facts_of(read: Reading) -> Facts:
    """Take the paper out of a reading. Raises ProbeError("printer.no_paper_state")."""
    told = [alert for alert in alerts.critical(alerts.told(read)) if alerts.is_no_paper(alert)]
    is_known = any(tray.level.state in _HAS_PAPER | {"empty"} for tray in _own_trays(read.trays))
    if read.errors is None and not told and not is_known:
        raise ProbeError("printer.no_paper_state")
    errors = None if read.errors is None else set(read.errors)
    is_lacking = bool(told) or bool(errors and errors & {"noPaper", "inputTrayEmpty"})
    rows = {alert.tray_row for alert in told}
    return Facts(
        trays=read.trays,
        paper_low=None if errors is None else "lowPaper" in errors,
        paper_out=None if errors is None else "noPaper" in errors,
        named_empty=tuple(tray.id for tray in read.trays if tray.row in rows),
        is_alerted=bool(told),
        stands_still=is_lacking and read.device_status == "down",
    )


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield PRN_PAPER_OUT where nothing but a hand-fed tray can be left, or the printer stands still."""
    trays = [tray for tray in _own_trays(facts.trays) if tray.id not in facts.named_empty]
    has_paper = any(_has_paper(tray.level) for tray in trays)
    is_all_empty = bool(_own_trays(facts.trays)) and all(tray.level.state == "empty" for tray in trays)
    is_said = bool(facts.paper_out) or facts.is_alerted
    if facts.stands_still or is_all_empty or (is_said and not has_paper):
        tray = _emptiest(facts)
        yield Finding(
            "PRN_PAPER_OUT",
            {"tray": tray.name or tray.id if tray else None, "paper_size": tray.paper_size if tray else None},
        )


def _own_trays(trays: Sequence[Tray]) -> list[Tray]:
    """Return the trays that hold paper of their own between jobs."""
    return [tray for tray in trays if not tray.is_bypass and not tray.is_virtual]


def _has_paper(level: Level) -> bool:
    return level.state in _HAS_PAPER and level.percent != 0


def _emptiest(facts: Facts) -> Tray | None:
    """Return the tray to fill: one that an alert names, else one that is known to be empty."""
    named = [tray for tray in facts.trays if tray.id in facts.named_empty]
    known = [tray for tray in _own_trays(facts.trays) if tray.level.state == "empty"]
    only = _own_trays(facts.trays) if len(_own_trays(facts.trays)) == 1 else []
    return next(iter([*named, *known, *only]), None)


CHECK = Check(
    "printer.paper",
    target=Printer,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PRN_PAPER_OUT": ("tray", "paper_size")},
)
