"""The verdict in words: the light, why it has its colour, and what to do. Plain text, no table.

Colour is only ever added to a shape, and only on a terminal.
"""

import os
import sys
from collections.abc import Mapping
from typing import Any

from agent import telling, words
from agent.words import Lang, say
from config.procedure import Procedure
from config.settings import Settings

_LIGHTS = {"green": "●", "amber": "▲", "red": "■", "grey": "○"}  # colour never without shape
_BOLD = {"green": "1;32", "amber": "1;33", "red": "1;31", "grey": "1;90"}  # ECMA-48, SGR


def print_status(answer: Mapping[str, Any], settings: Settings, procedure: Procedure, lang: Lang) -> None:
    """Print the light with its coverage, why it has its colour, and what to do about each fault."""
    colour, coverage = answer["verdict"], answer["coverage"]
    headline = say(
        "{verdict} · checked {checked}/{total}",
        lang,
        verdict=words.verdict(colour, lang),
        checked=coverage["checked"],
        total=coverage["total"],
    )
    print(f"\n{_bold(f'{_LIGHTS[colour]} {headline}', colour)}")
    told: set[str] = set()
    for reason in answer["reasons"]:
        for text in _explained(reason, answer, settings, procedure, lang):
            if text not in told:
                told.add(text)
                print(text)


def _bold(text: str, colour: str) -> str:
    is_coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return f"\x1b[{_BOLD[colour]}m{text}\x1b[0m" if is_coloured else text


def _explained(
    reason: Mapping[str, Any], answer: Mapping[str, Any], settings: Settings, procedure: Procedure, lang: Lang
) -> list[str]:
    """Say one reason: a fault's card, an open question, or a rule in words."""
    rule, _, question = reason["code"].partition(".")
    if question in procedure.attestations:
        asked = words.question(procedure.attestations[question], procedure, lang)
        return [
            f"  {words.reason(rule, lang)}：{asked}"
            if lang == "zh"
            else f"  {words.reason(rule, lang)}: {asked}"
        ]
    finding = telling.finding(reason, answer)
    if finding is None:
        title = procedure.checks[reason["check"]].title if reason["check"] in procedure.checks else None
        what = words.text(title, lang) if title else (reason["device"] or "").partition(":")[2]
        where = f"{what}: " if what else ""
        return [f"  {where}{words.reason(reason['code'], lang)}"]
    told = telling.card(procedure, settings, reason["device"], finding, telling.usable(answer), lang)
    steps = [f"    {number}. {step}" for number, step in enumerate(told.now, 1)]
    return [f"  {told.cause}", *steps, f"    {told.stop}", f"    {told.alternate}"]
