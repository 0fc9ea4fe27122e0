"""Diff: what changed between two editions of a procedure, row by row and field by field. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from config.lint.shape import identity

_ABSENT = object()


class Change(msgspec.Struct, frozen=True):
    """One change. `field` is empty for a whole row; `old` or `new` is None where there was nothing."""

    table: str
    id: str
    field: str
    old: Any
    new: Any

    @property
    def sign(self) -> str:
        """How the change is marked: "+" added, "-" removed, "~" changed."""
        if self.old is None:
            return "+"
        return "-" if self.new is None else "~"


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Compare two trees as they were read. Rows are matched by id, so their order says nothing."""
    found: list[Change] = []
    for table in dict.fromkeys((*old, *new)):
        before, after = _rows(old.get(table)), _rows(new.get(table))
        for row in dict.fromkeys((*before, *after)):
            found += _row(table, row, before.get(row), after.get(row))
    return tuple(found)


def _rows(content: object) -> dict[str, Any]:
    """Key the rows of a table: by id, rows without one by what they hold, a plain table by nothing."""
    if isinstance(content, list):
        return {identity(row) or _arrow(row): row for row in content}
    return {} if content is None else {"": content}


def _arrow(row: object) -> str:
    """Name a transition by its step, states and condition: there is no other way to tell two apart."""
    if not isinstance(row, dict):
        return str(row)
    return " ".join(str(row.get(key, "")) for key in ("step", "from", "to", "when")).strip()


def _row(table: str, row: str, before: Any, after: Any) -> Iterator[Change]:  # noqa: ANN401  TOML values
    if before is None or after is None:
        yield Change(table, row, "", before, after)
    else:
        yield from _fields(table, row, "", before, after)


def _fields(table: str, row: str, path: str, before: Any, after: Any) -> Iterator[Change]:  # noqa: ANN401  as above
    if not (isinstance(before, dict) and isinstance(after, dict)):
        if before != after or type(before) is not type(after):
            yield Change(table, row, path, _told(before), _told(after))
        return
    for key in dict.fromkeys((*before, *after)):
        inner = f"{path}.{key}".lstrip(".")
        yield from _fields(table, row, inner, before.get(key, _ABSENT), after.get(key, _ABSENT))


def _told(value: Any) -> Any:  # noqa: ANN401  as above
    return None if value is _ABSENT else value
