"""The rows of a printer's tables as typed values: supplies, trays, alerts, error bits. Pure.

A number that a device sends means what RFC 3805 says and nothing more: no percent is ever made up.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeAlias

import msgspec

from checks.io import text
from checks.io.snmp_message import Oid, Value
from checks.printer import mib, names

Cells: TypeAlias = Mapping[Oid, Value]
LevelState: TypeAlias = Literal["percent", "count", "some", "empty", "unlimited", "unknown", "invalid"]
PRINTS: Final = frozenset({"toner", "ink", "ribbon"})  # kinds that are used up on the page
KNOWN_LEVELS: Final = frozenset({"percent", "count", "some", "empty", "unlimited"})

_UNLIMITED, _UNKNOWN, _SOME = -1, -2, -3  # prtMarkerSuppliesLevel, prtInputCurrentLevel
_RICOH_EMPTY = -100  # not in the RFC; Ricoh devices send it for an empty cartridge
_MAX_PERCENT = 100


class Level(msgspec.Struct, frozen=True):
    """`percent` is 0..100 where the device gives a share, else None. "some": it is not empty, no more."""

    state: LevelState
    percent: float | None = None


class Supply(msgspec.Struct, frozen=True):
    """One row of prtMarkerSuppliesTable. `id` is the printer's own index, such as "1.3"."""

    id: str
    kind: mib.Kind
    colour: mib.Colour | None
    name: str
    level: Level
    level_age_s: float = 0.0  # older than 0: the last level known, the printer gives none just now

    @property
    def row(self) -> int:
        """The index within the printer, to which an alert points."""
        return int(self.id.rpartition(".")[2])


class Tray(msgspec.Struct, frozen=True):
    """One row of prtInputTable. `is_bypass`: hand-fed; `is_virtual`: no tray, a choice among trays."""

    id: str
    name: str
    level: Level
    paper_size: str | None
    is_bypass: bool
    is_virtual: bool

    @property
    def row(self) -> int:
        """The index within the printer, to which an alert points."""
        return int(self.id.rpartition(".")[2])


class Alert(msgspec.Struct, frozen=True):
    """One row of prtAlertTable. `code` is PrtAlertCodeTC; `subunit` the row in its group's table."""

    severity: mib.Severity
    group: int
    subunit: int
    code: int
    text: str


def level(value: int | None, maximum: int | None, unit: int | None = None) -> Level:
    """Say what a level means. None: the device has no such object or sent another type."""
    if value is None or value == _UNKNOWN:
        return Level("unknown")
    special: dict[int, LevelState] = {_UNLIMITED: "unlimited", _SOME: "some", _RICOH_EMPTY: "empty"}
    if value < 0:
        return Level(special.get(value, "invalid"))
    if maximum is not None and maximum > 0:
        is_share = value <= maximum
        return Level("percent", round(100 * value / maximum, 1)) if is_share else Level("invalid")
    if unit == mib.UNIT_PERCENT:
        return Level("percent", float(value)) if value <= _MAX_PERCENT else Level("invalid")
    return Level("count") if value else Level("unknown")


def merged(known: tuple[Supply, ...], others: tuple[Supply, ...]) -> tuple[Supply, ...]:
    """Return `known` with what `others` say of the same parts: the lower share, or the only one.

    Two are the same part if their kind and colour are, and no other of its list has those. `others` stand
    alone where nothing is known. What a printer tells in two ways is one supply, never two.
    """
    if not known:
        return others
    return tuple(_merged(one, _alike(one, known), _alike(one, others)) for one in known)


def _alike(supply: Supply, among: tuple[Supply, ...]) -> tuple[Supply, ...]:
    return tuple(one for one in among if (one.kind, one.colour) == (supply.kind, supply.colour))


def _merged(supply: Supply, own: tuple[Supply, ...], others: tuple[Supply, ...]) -> Supply:
    if supply.kind == "waste" or len(own) != 1 or len(others) != 1 or others[0].level.percent is None:
        return supply
    if supply.level.state not in {"percent", "some", "count", "unknown", "invalid"}:
        return supply
    if supply.level.percent is not None and supply.level.percent <= others[0].level.percent:
        return supply
    return msgspec.structs.replace(supply, level=others[0].level)


def is_spent(supply: Supply) -> bool:
    """Whether a toner, ink or ribbon is at 0."""
    return supply.kind in PRINTS and (supply.level.state == "empty" or supply.level.percent == 0)


def printing(supplies: Iterable[Supply]) -> tuple[Supply, ...]:
    """Return the toners, inks and ribbons."""
    return tuple(supply for supply in supplies if supply.kind in PRINTS)


def printing_kind(supplies: Iterable[Supply]) -> mib.Kind | None:
    """Return what the printer prints with, None where it lists nothing or several kinds."""
    kinds = {supply.kind for supply in printing(supplies)}
    return kinds.pop() if len(kinds) == 1 else None


def error_bits(value: Value) -> tuple[mib.ErrorBit, ...] | None:
    """Return the set bits of hrPrinterDetectedErrorState; None: no information (absent or no byte)."""
    if not isinstance(value, bytes) or not value:
        return None
    bits = "".join(f"{byte:08b}" for byte in value[:2])
    return tuple(name for name, bit in zip(mib.ERROR_BITS, bits, strict=False) if bit == "1")


def number(cells: Cells, name: Oid) -> int | None:
    """Return the INTEGER at `name`, None where there is none."""
    value = cells.get(name)
    return value if isinstance(value, int) else None


def words(cells: Cells, name: Oid, charset: int | None) -> str:
    """Return the text at `name`, cleaned; empty where there is none."""
    value = cells.get(name)
    return text.clean(value, charset) if isinstance(value, bytes) else ""


def indexes(cells: Cells, column: Oid) -> list[Oid]:
    """Return the row indexes that a column has, in the device's order."""
    return sorted(name[len(column) :] for name in cells if name[: len(column)] == column)


def first_value(cells: Cells, column: Oid) -> Value:
    """Return what stands in the first row of a column, None where there is none."""
    return next((cells[column + index] for index in indexes(cells, column)), None)


def first_number(cells: Cells, column: Oid) -> int | None:
    """Return the INTEGER in the first row of a column, None where there is none."""
    return next((number(cells, column + index) for index in indexes(cells, column)), None)


def first_words(cells: Cells, column: Oid, charset: int | None) -> str:
    """Return the text in the first row of a column, cleaned; empty where there is none."""
    return next((words(cells, column + index, charset) for index in indexes(cells, column)), "")


def supplies(cells: Cells, charset: int | None) -> tuple[Supply, ...]:
    """Read every row that has a level."""
    found = [
        Supply(
            id=".".join(map(str, index)),
            kind=_kind(cells, index),
            colour=_colour(cells, index, charset),
            name=words(cells, mib.SUPPLY_DESCR + index, charset),
            level=level(
                number(cells, mib.SUPPLY_LEVEL + index),
                number(cells, mib.SUPPLY_MAX + index),
                number(cells, mib.SUPPLY_UNIT + index),
            ),
        )
        for index in indexes(cells, mib.SUPPLY_LEVEL)
    ]
    toners = [supply for supply in found if supply.kind == "toner"]
    if len(toners) == 1 and toners[0].colour is None:  # a printer with one toner prints in black
        place = found.index(toners[0])
        found[place] = msgspec.structs.replace(toners[0], colour="black")
    return tuple(found)


def trays(cells: Cells, charset: int | None) -> tuple[Tray, ...]:
    """Read every row that has a level."""
    return tuple(_tray(cells, index, charset) for index in indexes(cells, mib.INPUT_LEVEL))


def alerts(cells: Cells, charset: int | None) -> tuple[Alert, ...]:
    """Read the alert table; rows of nothing but zeros, which some devices keep, are left out."""
    found = (_alert(cells, index, charset) for index in indexes(cells, mib.ALERT_SEVERITY))
    return tuple(alert for alert in found if alert.code > 0 or alert.text)


def _alert(cells: Cells, index: Oid, charset: int | None) -> Alert:
    return Alert(
        severity=mib.ALERT_SEVERITIES.get(number(cells, mib.ALERT_SEVERITY + index) or 0, "other"),
        group=number(cells, mib.ALERT_GROUP + index) or 0,
        subunit=number(cells, mib.ALERT_GROUP_INDEX + index) or 0,
        code=number(cells, mib.ALERT_CODE + index) or 0,
        text=words(cells, mib.ALERT_DESCR + index, charset),
    )


def _tray(cells: Cells, index: Oid, charset: int | None) -> Tray:
    name = words(cells, mib.INPUT_NAME + index, charset) or words(cells, mib.INPUT_DESCR + index, charset)
    is_manual = number(cells, mib.INPUT_TYPE + index) == mib.INPUT_MANUAL
    return Tray(
        id=".".join(map(str, index)),
        name=name,
        level=tray_level(number(cells, mib.INPUT_LEVEL + index), number(cells, mib.INPUT_MAX + index)),
        paper_size=_paper_size(cells, index),
        is_bypass=is_manual or names.is_bypass(name),
        is_virtual=names.is_virtual(name),
    )


def tray_level(value: int | None, maximum: int | None) -> Level:
    """Trays count sheets: 0 is an empty tray unless it holds 0 at most; a heap may exceed the capacity."""
    if value == 0 and maximum != 0:
        return Level("empty")
    found = level(value, maximum)
    return Level("count") if found.state == "invalid" and value is not None and value > 0 else found


def _paper_size(cells: Cells, index: Oid) -> str | None:
    """Name the size that the tray is set to; None where the device gives none, or one without a name."""
    scale = mib.MICROMETERS_PER_UNIT.get(first_number(cells, mib.INPUT_UNIT) or 0)  # one for all trays
    edges = [number(cells, column + index) for column in (mib.INPUT_FEED, mib.INPUT_ACROSS)]
    if scale is None or any(edge is None or edge <= 0 for edge in edges):
        return None
    return names.paper_size([edge * scale / 1000 for edge in edges if edge is not None])


def _kind(cells: Cells, index: Oid) -> mib.Kind:
    if number(cells, mib.SUPPLY_CLASS + index) == mib.CLASS_FILLED:
        return "waste"
    return mib.KINDS.get(number(cells, mib.SUPPLY_TYPE + index) or 0, "other")


def _colour(cells: Cells, index: Oid, charset: int | None) -> mib.Colour | None:
    """Return the colour by the colorant's row, else by the words of the name."""
    colorant = number(cells, mib.SUPPLY_COLORANT + index)
    if colorant is not None:
        found = names.colour(words(cells, (*mib.COLORANT, *index[:1], colorant), charset))
        if found is not None:
            return found
    return names.colour(words(cells, mib.SUPPLY_DESCR + index, charset))
