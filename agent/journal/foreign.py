"""Entries of another program: its columns, steps and ticks in our words. Pure.

A mapping is a TOML file: `[columns]` names their column for each of ours (case, step, at, ticks, reason, and
fields as "field.NAME"), `[steps]` and `[ticks]` give our name for each of theirs. `system` names the program.
"""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from agent.journal.model import Entry
from agent.journal.refusals import BadEntry
from config.nearest import nearest

OWN_COLUMNS = ("case", "step", "at", "ticks", "reason")
_NEEDED = ("case", "step", "at")
_BETWEEN_TICKS = "、,;； "


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping file. `columns` is ours → theirs; `steps` and `ticks` are theirs → ours."""

    system: str
    columns: dict[str, str]
    steps: dict[str, str] = {}
    ticks: dict[str, str] = {}


def names(text: str) -> Names:
    """Read a mapping file. Raises BadEntry that names the place."""
    try:
        found = msgspec.convert(tomllib.loads(text), Names)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadEntry(f"mapping: {error}") from None
    for ours in found.columns:
        if ours not in OWN_COLUMNS and not ours.startswith("field."):
            hint = nearest(ours, OWN_COLUMNS)
            raise BadEntry(
                f"mapping: columns.{ours} is not known" + (f"; did you mean {hint!r}?" if hint else "")
            )
    missing = [ours for ours in _NEEDED if ours not in found.columns]
    if missing:
        raise BadEntry(f"mapping: columns.{missing[0]} is missing")
    return found


def rows(text: str, mapping: Names) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the rows of a CSV file with their line numbers. Raises BadEntry where a column is missing."""
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    found = table.fieldnames or ()
    for theirs in mapping.columns.values():
        if theirs not in found:
            hint = nearest(theirs, found)
            raise BadEntry(f"no column {theirs!r}" + (f"; did you mean {hint!r}?" if hint else ""))
    try:
        for row in table:
            yield (
                table.line_num,
                {name: (row[theirs] or "").strip() for name, theirs in mapping.columns.items()},
            )
    except csv.Error as error:
        raise BadEntry(f"line {table.line_num}: {error}") from None


def entry(row: Mapping[str, str], mapping: Names, ref: str, zone: tzinfo) -> Entry:
    """Return a row as an entry of a case; a time without a zone is the desk's. Raises BadEntry."""
    try:
        at = datetime.fromisoformat(row["at"])
    except ValueError:
        raise BadEntry(f"at: {row['at'][:32]!r} is no time such as 2026-11-23 10:00") from None
    ticks = row.get("ticks", "")
    for mark in _BETWEEN_TICKS:
        ticks = ticks.replace(mark, "\0")
    fields: dict[str, Any] = {
        name.removeprefix("field."): text for name, text in row.items() if name.startswith("field.") and text
    }
    return Entry(
        case=ref,
        step=mapping.steps.get(row["step"], row["step"]),
        at=at if at.tzinfo else at.replace(tzinfo=zone),
        ticks=tuple(mapping.ticks.get(tick, tick) for tick in ticks.split("\0") if tick),
        fields=fields,
        reason=row.get("reason") or None,
        source="import",
    )
