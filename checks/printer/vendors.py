"""What two vendors say of their supplies outside the Printer MIB, where that says only "some is left". Pure.

Brother packs its levels into one string, a row of code, type, length and value after the other, ended by
FF: the share left in hundredths of a percent (read from the fixtures of bieniu/brother, whose fixed steps
of seven bytes misread the older HL-5350DN). Ricoh has a table of its own (librenms/librenms #4177). What
the Printer MIB gives as a share is believed; a waste container is left alone.
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

import msgspec

from checks.io.snmp_message import Oid
from checks.printer import mib, names, rows
from checks.printer.rows import Cells, Level, Supply

_Key: TypeAlias = tuple[mib.Kind, mib.Colour | None]
_COLOURS: Final[dict[int, mib.Colour]] = {0x6F: "black", 0x70: "cyan", 0x71: "magenta", 0x72: "yellow"}
_PARTS: Final[dict[int, mib.Kind]] = {0x41: "drum", 0x69: "transfer", 0x6A: "fuser"}
_END = 0xFF
_SHARE_BYTES = 4
_WHOLE = 10000  # hundredths of a percent
_UNTOLD: Final = frozenset({"some", "count", "unknown", "invalid"})


def sharpened(supplies: tuple[Supply, ...], cells: Cells, charset: int | None) -> tuple[Supply, ...]:
    """Return the supplies, with the vendor's own share where the Printer MIB gives none."""
    brother = _brother(cells)
    ricoh = _ricoh(cells, charset)
    return tuple(_sharpened(one, brother, ricoh) for one in supplies)


def records(packed: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (code, value) of Brother's packed string; it ends at FF, or where a record is cut."""
    place = 0
    while place + 3 <= len(packed) and packed[place] != _END:
        value = packed[place + 3 : place + 3 + packed[place + 2]]
        if len(value) < packed[place + 2]:
            return
        yield packed[place], value
        place += 3 + len(value)


def _sharpened(supply: Supply, brother: Mapping[_Key, float], ricoh: Mapping[str, Level]) -> Supply:
    if supply.kind == "waste" or supply.level.state not in _UNTOLD:
        return supply
    colour = supply.colour if supply.kind in rows.PRINTS else None
    percent = brother.get((supply.kind, colour))
    own = Level("percent", percent) if percent is not None else ricoh.get(supply.name)
    return supply if own is None else msgspec.structs.replace(supply, level=own)


def _brother(cells: Cells) -> Mapping[_Key, float]:
    """Return the share left in percent by what it is of."""
    found: dict[_Key, float] = {}
    packed = rows.first_value(cells, mib.BROTHER_MAINTENANCE)
    for code, value in records(packed) if isinstance(packed, bytes) else ():
        share = int.from_bytes(value, "big")
        if len(value) != _SHARE_BYTES or share > _WHOLE:
            continue
        percent = round(share / 100, 1)
        if code in _PARTS:
            found[_PARTS[code], None] = percent
        elif code in _COLOURS:
            found["toner", _COLOURS[code]] = found["ink", _COLOURS[code]] = percent
    return found


def _ricoh(cells: Cells, charset: int | None) -> Mapping[str, Level]:
    """Return levels by the supply's name: the two tables count their rows differently."""
    found: dict[str, Level] = {}
    for index in rows.indexes(cells, mib.RICOH_SUPPLY_LEVEL):
        name = rows.words(cells, mib.RICOH_SUPPLY_NAME + index, charset)
        level = rows.level(rows.number(cells, mib.RICOH_SUPPLY_LEVEL + index), 100, mib.UNIT_PERCENT)
        if name and level.state in rows.KNOWN_LEVELS:
            found[name] = level
    return found


def is_ricoh(cells: Cells, charset: int | None) -> bool:
    """Whether the table of Ricoh's is worth a question: by sysObjectID, else by the name it goes by."""
    told = rows.first_value(cells, mib.SYS_OBJECT_ID)
    is_oid: bool = isinstance(told, tuple) and _starts(told, mib.RICOH)
    return is_oid or names.is_ricoh(rows.first_words(cells, mib.SYS_DESCR, charset))


def _starts(name: Oid, prefix: Oid) -> bool:
    return name[: len(prefix)] == prefix
