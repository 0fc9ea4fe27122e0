"""What is wrong with a tree of a TOML file, by the struct that it should become: every error, in plain words.

`msgspec.convert` stops at the first error and names types of Python; people who edit settings need all of
them, each with its key path. A value is never repeated: it might be a secret in the wrong place.
"""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, Union, get_args, get_origin

import msgspec

from config.nearest import nearest

Path: TypeAlias = tuple[str | int, ...]

_WORDS = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
_MAX_SHOWN = 64  # characters of a mistyped key
_FIRST_PRINTABLE, _DELETE, _FIRST_LATIN1 = 0x20, 0x7F, 0xA0  # between the last two: C1 controls


class Problem(NamedTuple):
    """One error: where, and in words."""

    path: Path
    words: str


def problems(tree: object, kind: type[msgspec.Struct], path: Path = ()) -> Iterator[Problem]:
    """Yield what keeps `tree` from becoming a `kind`. Nothing is yielded for a tree that converts."""
    if not isinstance(tree, dict):
        yield Problem(path, f"must be a table [{written(path)}]")
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key, value in tree.items():
        if key in fields:
            yield from _of_field(value, fields[key].type, (*path, key))
        else:
            yield Problem((*path, key[:_MAX_SHOWN]), f"unknown key{hint(key, fields)}")
    for name, field in fields.items():
        if field.required and name not in tree:
            yield Problem((*path, name), "is missing")


def written(path: Path) -> str:
    """Write a path as people do: printer[0].snmp.port. A key with other letters is put in quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            is_bare = part.replace("-", "_").isidentifier() and part.isascii()
            text += ("." if text else "") + (part if is_bare else ascii(part))
    return text


def hint(word: str, options: object) -> str:
    """Return "; did you mean 'x'?" where one of `options` (an iterable of names) is near, else nothing."""
    found = nearest(word, options)  # type: ignore[arg-type]
    return f"; did you mean {found!r}?" if found else ""


def _of_field(value: object, kind: Any, path: Path) -> Iterator[Problem]:  # noqa: ANN401  a type expression
    row = _row(kind)
    if _is_struct(kind):
        yield from problems(value, kind, path)
    elif row is not None:
        if isinstance(value, list):
            for index, one in enumerate(value):
                yield from problems(one, row, (*path, index))
        else:
            yield Problem(path, f"must be tables [[{written(path)}]]")
    else:
        yield from _of_value(value, kind, path)


def _of_value(value: object, kind: Any, path: Path) -> Iterator[Problem]:  # noqa: ANN401  a type expression
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError:
        near = _nearest_choice(value, kind)
        yield Problem(path, f"must be {in_words(kind)}{near}")
        return
    if not all(map(_is_clean, _texts(value))):
        yield Problem(path, "must not hold control characters")


def in_words(kind: Any) -> str:  # noqa: ANN401  a type expression
    """Say what a field takes: "a whole number from 1 to 65535"."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _constrained(inner[0], inner[1:])
    if origin is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in inner)
    if origin in {Union, types.UnionType}:
        return " or ".join(in_words(one) for one in inner if one is not type(None))
    if origin is tuple:
        return f"a list [ ] in which each is {in_words(inner[0])}"
    if origin is dict:
        return f"a table {{ }} in which each is {in_words(inner[1])}"
    return _WORDS[kind]


def _constrained(kind: Any, notes: tuple[Any, ...]) -> str:  # noqa: ANN401  a type expression
    for note in notes:
        if note.description:
            return str(note.description)
        if note.ge is not None and note.le is not None:
            return f"{in_words(kind)} from {note.ge} to {note.le}"
    return in_words(kind)


def _nearest_choice(value: object, kind: Any) -> str:  # noqa: ANN401  a type expression
    is_choice = get_origin(kind) is Literal and isinstance(value, str)
    return hint(str(value), get_args(kind)) if is_choice else ""


def _row(kind: Any) -> type[msgspec.Struct] | None:  # noqa: ANN401  a type expression
    """Return the struct of `tuple[Struct, ...]`, None for any other type."""
    inner = get_args(kind)
    return inner[0] if get_origin(kind) is tuple and _is_struct(inner[0]) else None


def _is_struct(kind: Any) -> bool:  # noqa: ANN401  a type expression
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)


def _is_clean(text: str) -> bool:
    return all(
        ord(letter) >= _FIRST_PRINTABLE and not _DELETE <= ord(letter) < _FIRST_LATIN1 for letter in text
    )
