"""How one SNMP agent must be asked: learnt from its silence and its refusals, and kept by the caller.

Agents differ: some know v1 only, some answer GETBULK with silence or a few rows, some lose a request with
many names. What worked is asked first the next time.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import msgspec

from checks.io.snmp_message import Kind, Oid, Request, Version, random_id

MAX_NAMES: Final = 40  # in one request: about 900 bytes of integers
_FEW_ROWS = 2
_FEW_NAMES = 10


class Manners(msgspec.Struct):
    """`is_proven`: this agent has answered to them, so that no other version is tried.

    `most_rows` are of GETBULK, for each name, None: as many as the caller wants.
    """

    version: Version = "2c"
    has_bulk: bool = True
    most_rows: int | None = None
    most_names: int = MAX_NAMES
    is_proven: bool = False

    @property
    def can_bulk(self) -> bool:
        """Version 1 has no GETBULK."""
        return self.has_bulk and self.version != "1"

    def rows(self, wanted: int) -> int:
        """Return how many rows to ask for at once."""
        return min(wanted, self.most_rows or wanted) if self.can_bulk else 1

    def learn(self, attempt: "Attempt", first: "Attempt") -> None:
        """Take up what was answered, where it was not what was asked `first`."""
        request, asked = attempt.request, first.request
        self.version, self.is_proven = attempt.version, True
        if attempt is first:
            return
        if asked.kind == "bulk" and request.kind == "next" and attempt.version != "1":
            self.has_bulk = False
        if request.kind == "bulk":
            self.most_rows = request.repetitions
        if len(request.names) < len(asked.names):
            self.most_names = len(request.names)


class Attempt(msgspec.Struct, frozen=True):
    """One way to ask."""

    request: Request
    version: Version


def ways(
    what: Literal["get", "walk"], names: Sequence[Oid], heads: int, rows: int, manners: Manners
) -> tuple[Attempt, ...]:
    """Return how to ask, best first; each is a smaller question than the one before, or an older version.

    A caller who gets the answer to a smaller question asks on for the rest.
    """
    return tuple(_ways(what, names, heads, rows, manners))


def _ways(
    what: Literal["get", "walk"], names: Sequence[Oid], heads: int, rows: int, manners: Manners
) -> Iterator[Attempt]:
    version = manners.version
    plain: Kind = "get" if what == "get" else "next"
    if what == "walk" and manners.can_bulk:
        yield _attempt("bulk", names, version, heads, rows)
        if rows > _FEW_ROWS:
            yield _attempt("bulk", names, version, heads, _FEW_ROWS)
        yield _attempt("next", names, version)
    else:
        first = _attempt(plain, names, version)
        yield first
        yield first  # with the same request id, so that a late answer to the first counts
        if what == "get" and len(names) > _FEW_NAMES:
            yield _attempt("get", names[:_FEW_NAMES], version)
    if version != "1" and not manners.is_proven:
        yield _attempt(plain, names, "1")


def _attempt(kind: Kind, names: Sequence[Oid], version: Version, heads: int = 0, rows: int = 0) -> Attempt:
    return Attempt(Request(kind, random_id(), names, heads, rows), version)
