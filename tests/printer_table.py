"""The table of docs/printers.md: what a reader of RFC 3805 makes of each recorded supply, and a naive one.

Run in the tests' folder to print it: python printer_table.py
"""

from collections.abc import Iterator
from pathlib import Path

import snmp_server

from checks.io.snmp_message import Oid, Value
from checks.printer import mib, rows, vendors
from checks.printer.rows import Supply

HEAD = (
    "| recording | row | supply | level / max | our reading | naive | why |",
    "|---|---|---|---|---|---|---|",
)
_OURS = {
    "some": "some left",
    "unknown": "not known",
    "count": "no share",
    "unlimited": "no limit",
    "invalid": "invalid",
    "empty": "empty",
}
_WHY = {
    "percent": "0 ≤ level ≤ max",
    "some": "-3 is “some left”, without a number",
    "unknown": "-2 is “unknown”",
    "count": "a number without a maximum and without a unit of percent",
    "unlimited": "-1 is “no limit”",
    "invalid": "outside its range",
    "empty": "-100 of Ricoh's",
}
_INTEGERS = {"2", "65", "66", "67", "70"}
_MAX_NAME = 34


def lines(folder: Path = snmp_server.REAL) -> Iterator[str]:
    """Yield the table's rows, one for each supply of each recording."""
    for path in sorted(folder.glob("*.snmprec")):
        cells = dict(_cells(path.read_text(errors="replace")))
        found = vendors.sharpened(rows.supplies(cells, None), cells, None)
        for supply in found:
            yield _line(path.stem, supply, cells)
        if not found:
            yield f"| {path.stem} | – | none listed | – | not known | – | a description and a serial only |"


def _line(name: str, supply: Supply, cells: rows.Cells) -> str:
    index = tuple(int(arc) for arc in supply.id.split("."))
    level, most = (rows.number(cells, column + index) for column in (mib.SUPPLY_LEVEL, mib.SUPPLY_MAX))
    naive = f"{100 * level / most:.0f} %" if level is not None and most else "–"
    share = supply.level.percent
    ours = f"{share:g} %" if share is not None else _OURS[supply.level.state]
    is_waste = supply.kind == "waste"
    why = _WHY[supply.level.state] + ("; a waste container is never judged by it" if is_waste else "")
    kind = f"{supply.kind}, {supply.colour}" if supply.colour else supply.kind
    called = supply.name.split(" S/N")[0][:_MAX_NAME].strip()
    return f"| {name} | {supply.id} | {called} ({kind}) | {level} / {most} | {ours} | {naive} | {why} |"


def _cells(text: str) -> Iterator[tuple[Oid, Value]]:
    """Yield the cells of a .snmprec; lines that trimming has spoilt are left out."""
    for line in text.splitlines():
        name, kind, told = [*line.split("|", 2), "", ""][:3]
        try:
            yield tuple(int(arc) for arc in name.split(".")), _value(kind, told)
        except ValueError:
            continue


def _value(kind: str, told: str) -> Value:
    if kind.endswith("x"):
        return bytes.fromhex(told)
    if kind in _INTEGERS:
        return int(told)
    return tuple(int(arc) for arc in told.split(".") if arc) if kind == "6" else told.encode()


if __name__ == "__main__":
    print(*HEAD, *lines(), sep="\n")
