"""The verdict in words: the light, why it has its colour, and what to do. Plain text, no table.

Colour is only ever added to a shape, and only on a terminal.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from agent import words
from agent.words import Lang, say

_LIGHTS = {"green": "●", "amber": "▲", "red": "■", "grey": "○"}  # colour never without shape
_BOLD = {"green": "1;32", "amber": "1;33", "red": "1;31", "grey": "1;90"}  # ECMA-48, SGR


def print_status(answer: Mapping[str, Any], explained: Iterable[str], lang: Lang) -> None:
    """Print the light with its coverage, then why it has its colour (`agent.telling.explained`)."""
    colour, coverage = answer["verdict"], answer["coverage"]
    headline = say(
        "{verdict} · checked {checked}/{total}",
        lang,
        verdict=words.verdict(colour, lang),
        checked=coverage["checked"],
        total=coverage["total"],
    )
    print(f"\n{_bold(f'{_LIGHTS[colour]} {headline}', colour)}")
    for line in explained:
        print(line)


def _bold(text: str, colour: str) -> str:
    is_coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return f"\x1b[{_BOLD[colour]}m{text}\x1b[0m" if is_coloured else text
