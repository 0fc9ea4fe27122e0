"""Supplies: is there enough toner or ink?

Clause 4.1.3a. Where a forecast is known the days decide, else the share. Source: prtMarkerSuppliesTable,
the bits lowToner and noToner, and the alert table (RFC 3805); the same from IPP. Waste containers are never
judged by level: vendors disagree whether it tells what is in them or what still goes in. A level of 0 is a
low level: only the printer's own word that it is empty stops it.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from checks.model import Check, Finding, ProbeError, Sample
from checks.printer import alerts, forecast, mib, names, reading, rows
from checks.printer.facts import Reading
from checks.printer.rows import Supply
from config.devices import Printer

_DAY_S = 86400


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A toner or ink is low if it lasts `warn_days_left` days or less; without a forecast at `warn_pct`."""

    warn_pct: float = 10.0
    warn_days_left: float = 5.0


class Facts(msgspec.Struct, frozen=True):
    """`level_pct` is the lowest share of all toners and inks that give one; `level_known`: all are known.

    `told_low` are ids of the supplies that the printer itself calls low or empty; `is_told_low`: it says
    so of at least one, perhaps without saying which. `near_end` are other parts that it calls nearly full
    or worn out. `day` counts from 1970-01-01 UTC; `history` and `pages` are one point a day, and `days`
    what they forecast by the supply's id: days until it is used up; `days_left` is the least of them.
    """

    supplies: tuple[Supply, ...]
    level_pct: float | None
    level_known: bool
    told_low: tuple[str, ...]
    is_told_low: bool
    near_end: tuple[mib.Kind, ...] = ()
    days_left: float | None = None
    day: int = 0
    page_count: int | None = None
    history: forecast.History = {}
    pages: tuple[forecast.Point, ...] = ()
    pages_per_day: float | None = None
    days: Mapping[str, float] = {}


def probe(target: Printer, params: Params) -> Facts:
    """Read the supplies.

    Raises what `reading.read` raises, "printer.no_supplies" where the printer lists no toner or ink, and
    "printer.level_unknown" where it does not say of each whether there is enough, and of none that it is low.
    """
    facts = facts_of(reading.read(target))
    if not facts.level_known and not any(judge(facts, params)):
        raise ProbeError("printer.level_unknown")
    return facts


def facts_of(read: Reading) -> Facts:
    """Take the supplies out of a reading. Raises ProbeError("printer.no_supplies")."""
    printing = rows.printing(read.supplies)
    said = alerts.told(read)
    told = [alert for alert in said if alerts.is_toner_low(alert)]
    near_end = {kind for alert in said if (kind := alerts.part_near_end(alert)) is not None}
    is_shown = names.says_toner_low(read.console)
    is_told_low = bool(told) or is_shown or bool({"lowToner", "noToner"} & set(read.errors or ()))
    if not (printing or is_told_low or near_end):
        raise ProbeError("printer.no_supplies")
    shares = [one.level.percent for one in printing if one.level.percent is not None]
    rows_low = {alert.supply_row for alert in told}
    return Facts(
        supplies=read.supplies,
        level_pct=min(shares, default=None),
        level_known=bool(printing) and all(one.level.state in rows.KNOWN_LEVELS for one in printing),
        told_low=tuple(one.id for one in printing if one.row in rows_low or _is_shown_low(one, read)),
        is_told_low=is_told_low,
        near_end=tuple(sorted(near_end)),
        day=int(read.read_at // _DAY_S),
        page_count=read.page_count,
    )


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Add today's levels to the history and forecast from it."""
    history = forecast.extended(previous.history if previous else {}, current.supplies, current.day)
    pages = forecast.counted(previous.pages if previous else (), current.day, current.page_count)
    there = {one.id for one in current.supplies}
    days = {key: left for key, points in history.items() if (left := forecast.days_left(points)) is not None}
    days = {key: left for key, left in days.items() if key in there}
    return msgspec.structs.replace(
        current,
        history=history,
        pages=pages,
        pages_per_day=forecast.pages_per_day(pages),
        days=days,
        days_left=min(days.values(), default=None),
    )


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield PRN_TONER_LOW for each toner or ink that is low, by its share or by the printer's word.

    Where the printer says so of none in particular, the only toner is meant, else none is named. Other
    parts are told by the printer's word only.
    """
    days = facts.days
    low = [
        one for one in facts.supplies if one.id in facts.told_low or _is_low(one, days.get(one.id), params)
    ]
    for one in low:
        yield _toner_low(one.colour, one.kind, one.level.percent, days.get(one.id))
    printing = rows.printing(facts.supplies)
    if facts.is_told_low and not low:
        only = printing[0] if len(printing) == 1 else None
        percent = only.level.percent if only else None
        yield _toner_low(only.colour if only else None, rows.printing_kind(printing), percent)
    for kind in facts.near_end:
        yield _toner_low(None, kind, None)


def measure(facts: Facts) -> Iterable[Sample]:
    """Give the share left of each supply that tells one; of a waste container, what the device gives."""
    for one in facts.supplies:
        if one.level.percent is not None:
            labels = {"supply": one.id, "kind": one.kind, "colour": one.colour or "unknown"}
            yield Sample("deskready_printer_supply_ratio", one.level.percent / 100, labels)
            if one.id in facts.days:
                yield Sample("deskready_printer_supply_days_left", facts.days[one.id], labels)


def _is_shown_low(supply: Supply, read: Reading) -> bool:
    """Whether the display says of this very colour that it is low: "Toner Low: BK"."""
    is_said = names.says_toner_low(read.console)
    return is_said and supply.colour is not None and supply.colour == names.colour(read.console)


def _is_low(supply: Supply, days_left: float | None, params: Params) -> bool:
    level = supply.level
    is_little = level.percent is not None and level.percent <= params.warn_pct
    if days_left is not None and level.percent:
        is_little = days_left <= params.warn_days_left
    return supply.kind in rows.PRINTS and (level.state == "empty" or is_little)


def _toner_low(
    colour: mib.Colour | None, kind: mib.Kind | None, percent: float | None, days_left: float | None = None
) -> Finding:
    values = {"color": colour, "colour": colour, "kind": kind, "percent": percent, "days_left": days_left}
    return Finding("PRN_TONER_LOW", values, is_warning=True)


CHECK = Check(
    "printer.supplies",
    target=Printer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    measure=measure,
    carry=carry,
    kept=("history", "pages"),
    faults={"PRN_TONER_LOW": ("color", "colour", "kind", "percent", "days_left")},
)
