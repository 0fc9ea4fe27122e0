"""`discover`: the printers, scanners and room sensors that this computer knows, as settings to paste."""

import argparse
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import msgspec

from agent.plan import Found, found_by_os
from agent.words import Lang, number, say
from checks.room import search
from checks.room.reading import Reading
from checks.room.search import Candidate
from config.settings import Settings

SCHEMA = "deskready.discover/1"


def add_parsers(subparsers: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401  argparse names no type
    """Add the command."""
    parser = subparsers.add_parser("discover", parents=[common], help="find devices, print settings to paste")
    parser.add_argument(
        "--port",
        metavar="PORT",
        action="append",
        help="look for a room sensor here, in place of USB adapters",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Ask the operating system and the serial adapters; nothing is saved and nothing is changed."""
    found = found_by_os(Settings())
    sensors = tuple(search.candidates(options.port or search.usb_ports()))
    if options.json:
        print(json.dumps(_tree(found, sensors), ensure_ascii=False))
    else:
        print("\n".join(page(found, sensors, options.lang or "zh")))
    return 0


def page(found: Found, sensors: tuple[Candidate, ...], lang: Lang) -> Iterator[str]:
    """Yield lines of a settings file; what a person must decide stands in its comments."""
    if not (found.printers or found.scanners or sensors):
        yield "# " + say("No printer, scanner or room sensor was found.", lang)
        return
    yield "# " + say("Copy what this desk uses into deskready.toml and delete the rest.", lang)
    for table, rows in (("printer", found.printers), ("scanner", found.scanners)):
        for row in rows:
            yield from _row(table, row)
    for _port, group in groupby(sensors, key=lambda one: one.sensor.port):
        yield from _sensor(tuple(group), lang)


def _sensor(ways: tuple[Candidate, ...], lang: Lang) -> Iterator[str]:
    """Yield the first way to read a sensor; the others as comments, each with what it reads."""
    yield ""
    yield "# " + say("Compare with a thermometer and keep the model whose values are right:", lang)
    for way in ways:
        yield f"#   {way.sensor.profile}: {_amounts(way.reading)}"
    yield from _row("sensor", ways[0].sensor)
    for way in ways[1:]:
        yield f"#profile = {json.dumps(way.sensor.profile)}"


def _amounts(reading: Reading) -> str:
    amounts = ((reading.celsius, "°C"), (reading.humidity_percent, "%"), (reading.co2_ppm, "ppm"))
    return ", ".join(f"{number(amount)} {unit}" for amount, unit in amounts if amount is not None)


def _row(table: str, row: msgspec.Struct) -> Iterator[str]:
    yield ""
    yield f"[[{table}]]"
    for name, value in _set(row):
        yield f"{name} = {json.dumps(value, ensure_ascii=False)}"


def _set(row: msgspec.Struct) -> Iterator[tuple[str, str | int]]:
    """Yield the keys whose values are not the default: texts and numbers."""
    for field in msgspec.structs.fields(row):
        value = getattr(row, field.name)
        if value != field.default and isinstance(value, str | int):
            yield field.name, value


def _tree(found: Found, sensors: Iterable[Candidate]) -> dict[str, object]:
    """Return the same for programs: rows as the settings write them; of a sensor, what it reads, too."""
    rows = [
        dict(_set(way.sensor))
        | {"reading": {key: getattr(way.reading, key) for key in ("celsius", "humidity_percent", "co2_ppm")}}
        for way in sensors
    ]
    return {
        "schema": SCHEMA,
        "printer": [dict(_set(row)) for row in found.printers],
        "scanner": [dict(_set(row)) for row in found.scanners],
        "sensor": rows,
    }
