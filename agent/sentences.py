"""Fill a text of the procedure with values, and leave out what cannot be said. Pure.

A clause (up to a full stop or a semicolon, Chinese or English) is said only when every value that it
names is known. What remains is a correct text: it ends as the sentence ended and, in English, begins
with a capital letter.
"""

import math
import re
from collections.abc import Iterator, Mapping
from itertools import groupby

from checks.model import Value
from config.placeholders import PLACEHOLDER, placeholders

_OPENING, _CLOSING = "（(“‘「《[", "）)”’」》]"
_ALWAYS_ENDS, _ENDS_BEFORE_SPACE = "。；！？", ".;!?"
_SEMICOLONS = "；;"
_CLAUSE = re.compile(r"(?P<body>.*?)(?P<ender>[。；！？.;!?]*)(?P<space>\s*)", re.DOTALL)


def sentence(text: str, values: Mapping[str, Value]) -> str:
    """Return `text` with its placeholders filled, without the clauses whose values are not known.

    A value is not known when it is missing, None, blank or not finite. Values are put in as they are:
    braces and full stops in them mean nothing. Empty where nothing can be said.
    """
    words = {name: word for name, value in values.items() if (word := _word(value))}
    said = []
    for group in _sentences(text):
        kept = [clause for clause in group if placeholders(clause) <= words.keys()]
        if kept:
            said.append("".join(_mended(group, kept)))
    return PLACEHOLDER.sub(lambda match: words[match[1]], "".join(said).strip())


def number(value: float) -> str:
    """Write a number for people: at most one decimal, none where it says nothing ("8", "8.5")."""
    rounded = round(float(value), 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def _word(value: Value) -> str | None:
    """Write one value; None where there is nothing to write."""
    if value is None or isinstance(value, str):
        return value if value and value.strip() else None
    return number(value) if math.isfinite(value) else None


def _sentences(text: str) -> Iterator[list[str]]:
    """Split a text into sentences, each a list of its clauses with their punctuation and spaces."""
    ended = 0
    numbered = []
    for clause in _clauses(text):
        numbered.append((ended, clause))
        ended += _parts(clause)[1][-1:] not in _SEMICOLONS
    for _, group in groupby(numbered, key=lambda pair: pair[0]):
        yield [clause for _, clause in group]


def _clauses(text: str) -> Iterator[str]:
    """Cut after each ender that stands outside brackets and quotation marks."""
    depth = start = 0
    for here, char in enumerate(text):
        depth = max(0, depth + (char in _OPENING) - (char in _CLOSING))
        if depth == 0 and start <= here and _ends_at(text, here):
            cut = here + 1
            while cut < len(text) and text[cut].isspace():
                cut += 1
            yield text[start:cut]
            start = cut
    if start < len(text):
        yield text[start:]


def _ends_at(text: str, here: int) -> bool:
    after = text[here + 1 : here + 2]
    if text[here] in _ALWAYS_ENDS:
        return after == "" or after not in _ALWAYS_ENDS
    return text[here] in _ENDS_BEFORE_SPACE and (after == "" or after.isspace())


def _mended(group: list[str], kept: list[str]) -> list[str]:
    """Give the kept clauses the beginning and the end of their whole sentence."""
    if kept[0] is not group[0] and kept[0][:1].islower():
        kept = [kept[0][:1].upper() + kept[0][1:], *kept[1:]]
    if kept[-1] is not group[-1]:
        _, ender, space = _parts(group[-1])
        kept = [*kept[:-1], _parts(kept[-1])[0] + ender + space]
    return kept


def _parts(clause: str) -> tuple[str, str, str]:
    """Split a clause into its body, its final punctuation and the spaces after it."""
    match = _CLAUSE.fullmatch(clause)
    return (match["body"], match["ender"], match["space"]) if match else (clause, "", "")
