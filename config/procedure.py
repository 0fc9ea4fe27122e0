"""The operating procedure in force: the shipped file and the company's overlays, merged and typed.

Overlays in `procedure.d/*.toml` add rows or change the allowed fields of a row with the same id.
`edition` and `sha256` of all that was read go with every result.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from config.errors import BadInput
from config.nearest import nearest
from config.schema import Attestation, Capability, CheckRow, Clause, Fault, Rows, Test
from config.tables import ProcedureFiles

SHIPPED = Path(__file__).with_name("procedure.toml")


class ProcedureError(BadInput):
    """The procedure cannot be used; the message names file, place and the nearest right thing."""


class Procedure(msgspec.Struct, frozen=True):
    """The procedure in force. Mappings are by id (faults by code) and keep the file's order."""

    rows: Rows
    edition: str
    sha256: str  # over the bytes of the base file and every overlay, in reading order
    clauses: Mapping[str, Clause]
    checks: Mapping[str, CheckRow]
    faults: Mapping[str, Fault]
    tests: Mapping[str, Test]
    attestations: Mapping[str, Attestation]
    capabilities: Mapping[str, Capability]


def load(base: Path = SHIPPED, overlays: Path | None = None) -> Procedure:
    """Read the procedure and the overlays `*.toml` of a folder, in name order.

    Raises ProcedureError: unreadable, not TOML, unknown key, wrong type, a field that overlays may not
    change, two rows with one id, or no such folder.
    """
    tree, digest, name = read_tree(base), hashlib.sha256(base.read_bytes()), base.name
    for extra in overlay_files(overlays):
        typed(tree, name)  # so that an error is told of the file that made it
        name = extra.name
        merge(tree, read_tree(extra), name)
        digest.update(extra.read_bytes())
    return build(tree, digest.hexdigest(), name)


def overlay_files(folder: Path | None) -> tuple[Path, ...]:
    """Return the overlays of a folder in name order; none where no folder is named.

    Raises ProcedureError where there is no such folder.
    """
    if folder is None:
        return ()
    if not folder.is_dir():
        raise ProcedureError(f"{folder}: no such folder")
    return tuple(sorted(folder.glob("*.toml")))


def in_force(files: ProcedureFiles) -> Procedure:
    """Read the procedure that the settings name, or the shipped one. Raises ProcedureError."""
    return load(*paths(files))


def paths(files: ProcedureFiles) -> tuple[Path, Path | None]:
    """Return the file and the folder of overlays that the settings name."""
    return Path(files.file) if files.file else SHIPPED, Path(files.overlays) if files.overlays else None


def build(tree: dict[str, Any], sha256: str, name: str) -> Procedure:
    """Type a merged tree. Raises ProcedureError: wrong shape, or two rows with one id."""
    rows = typed(tree, name)
    return Procedure(
        rows=rows,
        edition=rows.procedure.edition,
        sha256=sha256,
        clauses=_by_id(rows.clause, name),
        checks=_by_id(rows.check, name),
        faults=_by_id(rows.fault, name),
        tests=_by_id(rows.test, name),
        attestations=_by_id(rows.attestation, name),
        capabilities=_by_id(rows.capability, name),
    )


def typed(tree: dict[str, Any], name: str) -> Rows:
    """Type the rows of a merged tree. Raises ProcedureError that names the row by id."""
    try:
        return msgspec.convert(tree, Rows, strict=True)
    except msgspec.ValidationError as error:
        raise ProcedureError(f"{name}: {_where(tree, str(error))}") from None


def merge(tree: dict[str, Any], extra: dict[str, Any], name: str) -> None:
    """Merge one overlay into `tree` in place.

    A row with a known id may change the fields of `[overlay].allow_fields`; a row with a new id is
    added whole. `params` merge key by key. Plain tables (`[work]`, `[verdict]`, …) merge key by key.
    """
    allowed = set(tree.get("overlay", {}).get("allow_fields", ()))
    for table, content in extra.items():
        if table == "schema":
            continue
        if table in {"overlay", "vocabulary"} or table not in Rows.__struct_fields__:
            raise ProcedureError(f"{name}: an overlay cannot hold [{table}]")
        known = tree.setdefault(table, type(content)())
        if isinstance(content, list) and isinstance(known, list):
            _merge_rows(known, content, allowed, f"{name}: {table}")
        elif isinstance(content, dict) and isinstance(known, dict):
            known.update(content)
        else:
            raise ProcedureError(f"{name}: [{table}] is written differently in the file that it changes")


def _merge_rows(rows: list[Any], extra: list[Any], allowed: set[str], place: str) -> None:
    for row in extra:
        identity = _identity(row)
        known = next((old for old in rows if identity and _identity(old) == identity), None)
        if known is None:
            rows.append(row)
            continue
        for key, value in row.items():
            if key in {"id", "code"}:
                continue
            if key not in allowed:
                names = ", ".join(sorted(allowed))
                raise ProcedureError(f"{place} {identity}: an overlay may not change {key!r} (only {names})")
            is_table = isinstance(value, dict) and isinstance(known.get(key), dict)
            known[key] = {**known[key], **value} if is_table else value


def _identity(row: object) -> str:
    return str(row.get("id") or row.get("code") or "") if isinstance(row, dict) else ""


def read_tree(path: Path) -> dict[str, Any]:
    """Read one file as it is written. Raises ProcedureError: unreadable or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProcedureError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProcedureError(f"{path}: {error}") from None


def _by_id(rows: Iterable[Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        if row.id in found:
            raise ProcedureError(f"{name}: two rows with id {row.id!r}")
        found[row.id] = row
    return found


def _where(tree: dict[str, Any], message: str) -> str:
    """Turn "… at `$.check[3].params`" into the same with the row's id."""
    text, _, path = message.partition(" - at `$")
    table, bracket, rest = path.strip("`").lstrip(".").partition("[")
    if not bracket:
        return f"{table or 'top level'}: {text}"
    index, _, field = rest.partition("]")
    row = tree[table][int(index)] if index.isdigit() else {}
    known = [_identity(one) for one in tree[table] if one is not row] if "missing required" in text else ()
    meant = nearest(_identity(row), known)  # a slip in an overlay's id makes half a row of its own
    hint = f"; to change {meant!r}, write its id" if meant else ""
    return f"{table} {_identity(row) or index}{field}: {text}{hint}"
