"""Status: can this printer print now, or is it jammed, open, empty, broken or waiting for someone?

Clauses 2.2, 3.5a and 4.1.3c. Source: hrDeviceStatus, hrPrinterStatus and hrPrinterDetectedErrorState
(RFC 2790) with the alert table (RFC 3805). Vendors set some error bits loosely (no toner, service, all
past the first byte): those stop a printer only if it says itself that it is down or has a critical alert.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from checks.model import Check, Finding, ProbeError, Sample
from checks.printer import alerts, facts, mib, reading, rows
from checks.printer.alerts import Told
from checks.printer.facts import Reading, Source
from config.devices import Printer


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cover that was seen closed before may stand open for this long: someone is loading paper."""

    cover_open_grace_s: float = 60.0


class Facts(msgspec.Struct, frozen=True):
    """What the printer says of itself; None and "" where it says nothing.

    `serial` names the printer on every desk that shares it; `uptime_s` is of its network side.
    `cover_watched_s` counts from the reading that first saw the cover open, if one saw it closed before.
    `read_s` is time.monotonic(). `spent_colours` are of the toners and inks at 0; `prints_with` is None
    where the printer lists none of them, or several kinds. `sources` are what SNMP and IPP said, each.
    """

    device_status: mib.DeviceStatus | None
    printer_status: mib.PrinterStatus | None
    errors: tuple[mib.ErrorBit, ...] | None
    alerts: tuple[Told, ...]
    console: str
    is_asleep: bool
    is_cover_open: bool
    spent_colours: tuple[mib.Colour | None, ...]
    prints_with: mib.Kind | None
    page_count: int | None
    read_s: float
    serial: str = ""
    uptime_s: float | None = None
    cover_watched_s: float | None = None
    sources: tuple[Source, ...] = ()


def probe(target: Printer, _params: Params) -> Facts:
    """Read the printer. Raises what `reading.read` raises, and "printer.no_status" where it tells none."""
    return facts_of(reading.read(target))


def facts_of(read: Reading) -> Facts:
    """Take the status out of a reading. Raises ProbeError("printer.no_status")."""
    told = alerts.told(read)
    critical = alerts.critical(told)
    says_nothing = read.device_status in {None, "unknown"} and read.printer_status in {None, "unknown"}
    if says_nothing and read.errors is None and not critical:
        raise ProbeError("printer.no_status")
    errors = set(read.errors or ())
    return Facts(
        device_status=read.device_status,
        printer_status=read.printer_status,
        errors=read.errors,
        alerts=told,
        console=read.console,
        is_asleep=facts.is_asleep(read) and not _STOPPING & errors,
        is_cover_open="doorOpen" in errors or any(map(alerts.is_cover, critical)),
        spent_colours=tuple(one.colour for one in read.supplies if rows.is_spent(one)),
        prints_with=rows.printing_kind(read.supplies),
        page_count=read.page_count,
        read_s=read.read_s,
        serial=read.serial,
        uptime_s=read.uptime_s,
        sources=read.sources,
    )


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Count how long an open cover is being watched; from the first look on if it was open then."""
    if previous is None or not current.is_cover_open:
        return current
    if not previous.is_cover_open:
        return msgspec.structs.replace(current, cover_watched_s=0.0)
    if previous.cover_watched_s is None:
        return current
    watched_s = previous.cover_watched_s + max(0.0, current.read_s - previous.read_s)
    return msgspec.structs.replace(current, cover_watched_s=watched_s)


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield what stops the printer; paper is judged by printer.paper."""
    critical = alerts.critical(facts.alerts)
    errors = set(facts.errors or ())
    jams = [alert for alert in critical if alerts.is_jam(alert)]
    is_jammed = bool(jams) or "jammed" in errors
    if is_jammed:
        yield Finding("PRN_JAM", {"tray": next((jam.tray for jam in jams if jam.tray), None)})
    if facts.is_cover_open and _is_grace_over(facts, params):
        yield Finding("PRN_COVER_OPEN")
    is_stopped = facts.device_status == "down" or bool(critical)
    is_open_question = is_stopped and not is_jammed and not facts.is_cover_open
    empty = tuple(_empty(facts, critical, may_trust_bit=is_open_question))
    yield from empty
    failures = [alert for alert in critical if alerts.is_failure(alert)]
    if failures:
        yield Finding("PRN_SERVICE", {"alert": _said(facts, failures)})
    if is_open_question and not empty and not failures:
        yield from _unexplained(facts, critical, errors)


def measure(facts: Facts) -> Iterable[Sample]:
    """Give the pages printed in the printer's life, where it counts pages."""
    if facts.page_count is not None:
        yield Sample("deskready_printer_pages_total", facts.page_count)


_PAPER_BITS: frozenset[mib.ErrorBit] = frozenset({"noPaper", "inputTrayEmpty"})
_STOPPING: frozenset[mib.ErrorBit] = frozenset({"jammed", "doorOpen", "noPaper", "serviceRequested"})


def _is_grace_over(facts: Facts, params: Params) -> bool:
    return facts.cover_watched_s is None or facts.cover_watched_s >= params.cover_open_grace_s


def _empty(facts: Facts, critical: Sequence[Told], *, may_trust_bit: bool) -> Iterator[Finding]:
    """Yield PRN_TONER_EMPTY for the printer's own word only: a level of 0 % may still print for days."""
    told = [alert for alert in critical if alerts.is_toner_empty(alert)]
    for alert in told:
        yield _toner_empty(alert.colour, alert.kind or facts.prints_with)
    if not told and may_trust_bit and "noToner" in (facts.errors or ()):
        colours = facts.spent_colours
        yield _toner_empty(colours[0] if len(colours) == 1 else None, facts.prints_with)


def _toner_empty(colour: mib.Colour | None, kind: mib.Kind | None) -> Finding:
    return Finding("PRN_TONER_EMPTY", {"color": colour, "colour": colour, "kind": kind})


def _unexplained(facts: Facts, critical: Sequence[Told], errors: set[mib.ErrorBit]) -> Iterator[Finding]:
    """Yield why a printer stands still that is not jammed, open or out of toner, and names no broken part."""
    others = [alert for alert in critical if not alerts.is_no_paper(alert)]
    is_paper = len(others) < len(critical) or bool(errors & _PAPER_BITS)
    is_transient = facts.is_asleep or facts.printer_status == "warmup"
    if not others and (is_paper or is_transient):
        return
    code = "PRN_SERVICE" if "serviceRequested" in errors else "PRN_ATTENTION"
    yield Finding(code, {"alert": _said(facts, others)})


def _said(facts: Facts, stopping: Sequence[Told]) -> str | None:
    """Return the printer's own words for what is wrong, None where it has none: codes help no broker."""
    return next((alert.text for alert in stopping if alert.text), facts.console) or None


CHECK = Check(
    "printer.status",
    target=Printer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    measure=measure,
    carry=carry,
    faults={
        "PRN_JAM": ("tray",),
        "PRN_COVER_OPEN": (),
        "PRN_TONER_EMPTY": ("color", "colour", "kind"),
        "PRN_SERVICE": ("alert",),
        "PRN_ATTENTION": ("alert",),
    },
)
