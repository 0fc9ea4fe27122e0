"""Every text is there in both languages, asks for the same values, and somebody gives those values."""

from collections.abc import Iterator, Mapping

import msgspec

from config.lint.names import TABLES, identity, rows_of
from config.lint.problem import Problem
from config.placeholders import IN_CLIENT_MESSAGES, IN_FAULTS, IN_QUESTIONS, placeholders
from config.row import Lines, Text
from config.schema import Choice, Fault, Rows
from config.shipped import Shipped

_TABLES = ("procedure", *TABLES)


def lint_texts(rows: Rows, shipped: Shipped) -> Iterator[Problem]:
    """Yield missing texts, languages that ask for different values, and values that nothing gives."""
    for table in _TABLES:
        for row in rows_of(rows, table):
            for field, text in texts_of(row):
                yield from _languages((table, identity(row), field), text)
    yield from _values_of_faults(rows, shipped)
    yield from _asked(rows.attestation, "attestation", IN_QUESTIONS)
    yield from _asked(rows.client_message, "client_message", IN_CLIENT_MESSAGES)


def texts_of(row: msgspec.Struct, path: str = "") -> Iterator[tuple[str, Text | Lines | Choice]]:
    """Yield every text of a row with its dotted field, variants and choices included."""
    for name in row.__struct_fields__:
        value, field = getattr(row, name), f"{path}{name}"
        if isinstance(value, Text | Lines):
            yield field, value
        elif isinstance(value, msgspec.Struct):
            yield from texts_of(value, f"{field}.")
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, msgspec.Struct):
                    yield from texts_of(inner, f"{field}.{key}.")
        elif isinstance(value, tuple):
            yield from ((f"{field}.{one.id}", one) for one in value if isinstance(one, Choice))


def _languages(place: tuple[str, str, str], text: Text | Lines | Choice) -> Iterator[Problem]:
    zh, en = _lines(text.zh), _lines(text.en)
    for lang, lines in (("zh", zh), ("en", en)):
        if not lines or not all(line.strip() for line in lines):
            yield Problem(*place, "text_missing", {"lang": lang})
    if len(zh) != len(en):
        yield Problem(*place, "steps_differ", {"zh": str(len(zh)), "en": str(len(en))})
        return
    for zh_line, en_line in zip(zh, en, strict=True):
        if placeholders(zh_line) != placeholders(en_line):
            values = {"zh": _braced(placeholders(zh_line)), "en": _braced(placeholders(en_line))}
            yield Problem(*place, "placeholders_differ", values)


def _lines(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def _braced(names: frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "-"


def _values_of_faults(rows: Rows, shipped: Shipped) -> Iterator[Problem]:
    """Yield values that neither the program nor any check that raises the fault gives.

    A fault of a check that is not built yet is not judged: nobody knows what it will give.
    """
    raised_by: dict[str, list[str]] = {row.code: [] for row in rows.fault}
    for row in rows.check:
        for code in row.faults:
            raised_by.setdefault(code, []).append(row.id)
    for fault in rows.fault:
        checks = raised_by[fault.code]
        if all(check in shipped.checks for check in checks):
            given = {name for check in checks for name in shipped.checks[check].faults.get(fault.code, ())}
            yield from _ungiven(fault, IN_FAULTS | given)


def _ungiven(fault: Fault, given: frozenset[str]) -> Iterator[Problem]:
    for field, text in texts_of(fault):
        for name in sorted(_names_in(text) - given):
            yield Problem("fault", fault.code, field, "placeholder_unknown", {"name": name})


def _asked(rows: tuple[msgspec.Struct, ...], table: str, given: frozenset[str]) -> Iterator[Problem]:
    for row in rows:
        for field, text in texts_of(row):
            for name in sorted(_names_in(text) - given):
                yield Problem(table, identity(row), field, "placeholder_unknown", {"name": name})


def _names_in(text: Text | Lines | Choice) -> frozenset[str]:
    lines: Mapping[str, None] = dict.fromkeys((*_lines(text.zh), *_lines(text.en)))
    return frozenset().union(*(placeholders(line) for line in lines))
