"""What an answer must be, as the settings say it: status, texts, conditions on JSON. Pure.

A server may write a text in JSON escapes or as HTML references: all forms are looked at.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import jmespath
import jmespath.exceptions

from config.devices import Expect

JSON_PREFIX = "json:"
_FILLED = re.compile(r"\$\{([^}]+)\}")
_BY_REFERENCE = "secret."
_ERRORS = (jmespath.exceptions.JMESPathError, TypeError, ValueError, RecursionError)


class Broken(NamedTuple):
    """A condition that does not hold: a code, and the condition itself."""

    failure: str
    detail: str = ""


def broken(expect: Expect, status: int, body: str) -> Iterator[Broken]:
    """Yield what does not hold; what must not be there comes first, for it says most."""
    tree = parsed(body)
    texts = (body, html.unescape(body), "" if tree is None else json.dumps(tree, ensure_ascii=False))
    for wanted in expect.not_contains:
        if any(wanted in text for text in texts):
            yield Broken("not_contains", wanted)
    if status not in expect.status:
        yield Broken("status", f"HTTP {status}")
    for wanted in expect.contains:
        if not any(wanted in text for text in texts):
            yield Broken("contains", wanted)
    for condition in expect.json:
        if not _holds(condition, tree):
            yield Broken("json", condition)


def saved(wanted: Mapping[str, str], body: str) -> dict[str, str]:
    """Return the values that later steps use. Raises KeyError with the name of one that is not there."""
    tree = parsed(body)
    values = {}
    for name, path in wanted.items():
        try:
            value = jmespath.search(path.removeprefix(JSON_PREFIX), tree)
        except _ERRORS:
            raise KeyError(name) from None
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise KeyError(name)
        values[name] = str(value)
    return values


def filled(text: str, values: Mapping[str, str], *, is_path: bool = False) -> str:
    """Put values in the place of ${name}; in a path they are quoted. Raises KeyError for an unknown name."""
    return _FILLED.sub(lambda found: quote(values[found[1]], safe="") if is_path else values[found[1]], text)


def secret_names(texts: Iterator[str]) -> frozenset[str]:
    """Return the names of the secrets that texts ask for by ${secret.NAME}."""
    names = (name for text in texts for name in _FILLED.findall(text))
    return frozenset(name.removeprefix(_BY_REFERENCE) for name in names if name.startswith(_BY_REFERENCE))


def unreadable(expect: Expect) -> str | None:
    """Return the first condition that is no JMESPath, None where all are."""
    for condition in expect.json:
        try:
            jmespath.compile(condition)
        except _ERRORS:
            return condition
    return None


def parsed(body: str) -> Any:  # noqa: ANN401  whatever JSON holds
    """Return the tree of a JSON body, None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _holds(condition: str, tree: Any) -> bool:  # noqa: ANN401  as above
    try:
        return jmespath.search(condition, tree) is True
    except _ERRORS:
        return False
