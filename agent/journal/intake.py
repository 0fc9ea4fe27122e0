"""Taking a file of entries in: all of it or nothing, unless the good rows alone are asked for.

It is one transaction: a dry run, or a bad row, leaves nothing behind, not even a reference.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from agent.journal import external, foreign
from agent.journal.foreign import Names
from agent.journal.log import Log, Once
from agent.journal.refusals import BadEntry, Refused
from agent.store.writing import Transaction

ROWS_MAX = 100_000


class Bad(msgspec.Struct, frozen=True):
    """A row that is not kept: its line in the file, and why."""

    line: int
    why: str


class Taken(msgspec.Struct, frozen=True):
    """What came of a file. `is_kept` is False after a dry run, and where a bad row kept everything out."""

    good_count: int
    bad: tuple[Bad, ...]
    is_kept: bool


class How(msgspec.Struct, frozen=True):
    """How to take a file in: by whom, when, under which key, with which secret for foreign numbers."""

    by: str
    now: datetime
    once: Once
    secret: bytes
    is_dry: bool = False
    keeps_good: bool = False


class _Undone(Exception):  # noqa: N818  takes the transaction back
    def __init__(self, taken: Taken) -> None:
        self.taken = taken


def take(log: Log, rows: Iterable[tuple[int, Mapping[str, str]]], names: Names, how: How) -> Taken:
    """Take the rows of a file in. Raises BadEntry, Refused (the file was taken in before), StoreError."""
    try:
        return log.together(lambda tx: _take(tx, log, rows, names, how))
    except _Undone as undone:
        return undone.taken


def _take(
    tx: Transaction, log: Log, rows: Iterable[tuple[int, Mapping[str, str]]], names: Names, how: How
) -> Taken:
    if log.is_known(tx, how.once):
        raise Refused(("another file",), "this file was taken in before")
    numbers: list[int] = []
    bad: list[Bad] = []
    for line, row in rows:
        if len(numbers) + len(bad) >= ROWS_MAX:
            raise BadEntry(f"a file has at most {ROWS_MAX} rows")
        try:
            entry = foreign.entry(row, names, _ref(tx, log, row["case"], names, how), log.zone)
            numbers.append(log.keep_in(tx, entry, how.by, how.now).number)
        except (BadEntry, Refused) as refused:
            bad.append(Bad(line, str(refused)))
    is_kept = not how.is_dry and (not bad or how.keeps_good)
    taken = Taken(len(numbers), tuple(bad), is_kept)
    if not is_kept:
        raise _Undone(taken)
    log.remember(tx, how.once, numbers, how.now)
    return taken


def _ref(tx: Transaction, log: Log, number: str, names: Names, how: How) -> str:
    """Return our reference of their case. A number of their own is hashed and forgotten."""
    if re.fullmatch(log.ref_pattern, number):
        return number
    if not number or len(number) > 128:  # noqa: PLR2004  of any system's number
        raise BadEntry("case: a number of 1 to 128 characters")
    return external.ref_in(tx, external.digest(how.secret, names.system, number))
