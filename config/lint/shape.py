"""A procedure read for judging: every row that has the wrong shape is told, not the first alone.

Which file said what is kept, so that a problem in an overlay names the overlay.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from config.lint.problem import Problem, unknown
from config.nearest import nearest
from config.procedure import SHIPPED, merge, overlay_files, read_tree
from config.schema import Rows


class Source(msgspec.Struct, frozen=True):
    """A merged tree as it was written, and the file that last said each (table, id, field)."""

    tree: Mapping[str, Any]
    said_by: Mapping[tuple[str, str, str], str]
    base: str

    def file(self, problem: Problem) -> str:
        """Return the name of the file to open for a problem."""
        field = problem.field.partition(".")[0]
        exact = self.said_by.get((problem.table, problem.id, field))
        return exact or self.said_by.get((problem.table, problem.id, ""), self.base)


def read(base: Path = SHIPPED, overlays: Path | None = None) -> Source:
    """Read and merge. Raises ProcedureError as `config.procedure.load` does, but not for shapes."""
    tree = read_tree(base)
    said_by: dict[tuple[str, str, str], str] = {}
    for path in overlay_files(overlays):
        extra = read_tree(path)
        merge(tree, copy.deepcopy(extra), path.name)
        said_by.update(_said(extra, path.name))
    return Source(tree, said_by, base.name)


def shapes(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield every key and field that does not fit the schema: unknown, missing or of the wrong type."""
    hints = get_type_hints(Rows)
    for table in tree.keys() - hints.keys():
        yield unknown((table, "", ""), "table", table, hints)
    for table, hint in hints.items():
        row_kind = get_args(hint)[0] if get_origin(hint) is tuple else None
        if table not in tree:
            yield Problem(table, "", "", "missing")
        elif row_kind is not None and isinstance(tree[table], list):
            for row in tree[table]:
                yield from _row_misfits(row, row_kind, table, tree[table])
        else:
            yield from _misfits(tree[table], hint, (table, "", ""))


def hidden_texts(source: Source, rows: Rows) -> Iterator[Problem]:
    """Remark on an overlay's text of a fault that one platform never shows, for its variant still stands."""
    for fault in rows.fault:
        for platform, variant in fault.variants.items():
            for field in variant.__struct_fields__:
                is_said = ("fault", fault.code, field) in source.said_by
                if (
                    is_said
                    and getattr(variant, field)
                    and ("fault", fault.code, "variants") not in source.said_by
                ):
                    yield Problem(
                        "fault", fault.code, field, "variant_speaks", {"platform": platform}, is_error=False
                    )


def identity(row: object) -> str:
    """Return the id of a row as it is written, empty where it has none."""
    return str(row.get("id") or row.get("code") or "") if isinstance(row, dict) else ""


def _row_misfits(row: object, kind: type, table: str, rows: Sequence[object]) -> Iterator[Problem]:
    """Judge one row; half a row whose id is like another's is a slip in that id."""
    found = list(_misfits(row, kind, (table, identity(row), "")))
    if sum(problem.code == "missing" and "." not in problem.field for problem in found) > 1:
        near = nearest(identity(row), [identity(one) for one in rows if one is not row])
        if near is not None:
            yield Problem(table, identity(row), "", "half_a_row", {"nearest": near})
    yield from found


def _misfits(value: object, kind: object, place: tuple[str, str, str]) -> Iterator[Problem]:
    """Judge a struct field by field, and anything else as a whole."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict)):
        yield from _misfit(value, kind, place)
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name in value.keys() - fields.keys():
        yield unknown(place, "key", str(name), fields)
    for name, field in fields.items():
        inner = (*place[:2], f"{place[2]}.{name}".lstrip("."))
        if name in value:
            yield from _misfits(value[name], field.type, inner)
        elif field.required:
            yield Problem(*inner, "missing")


def _misfit(value: object, kind: object, place: tuple[str, str, str]) -> Iterator[Problem]:
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        yield Problem(*place, "shape", {"text": str(error).partition(" - at `$")[0]})


def _said(extra: Mapping[str, Any], file: str) -> Iterator[tuple[tuple[str, str, str], str]]:
    for table, content in extra.items():
        for row in content if isinstance(content, list) else [content]:
            if isinstance(row, dict):
                yield (table, identity(row), ""), file
                yield from (((table, identity(row), field), file) for field in row)
