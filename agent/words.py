"""The one renderer: codes and values become Chinese or English for people.

What a fault says comes from the procedure; the program's own strings are English in the code and are
translated by gettext from `config/locale`. Raises nothing for missing words: it says less.
"""

import gettext
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, overload

import msgspec

import config
from agent import reasons
from agent.sentences import number, sentence
from checks.model import Value
from config.messages import mark
from config.procedure import Procedure
from config.row import Lines, Text
from config.schema import Attestation, Fault

__all__ = [
    "Card",
    "Lang",
    "age",
    "card",
    "duration",
    "language",
    "number",
    "question",
    "reason",
    "say",
    "sentence",
    "size",
    "spoken",
    "state",
    "text",
    "ticked",
    "verdict",
]

Lang: TypeAlias = Literal["zh", "en"]
DOMAIN = "deskready"
LOCALE = Path(config.__file__).with_name("locale")
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
_KIB = 1024


class Card(msgspec.Struct, frozen=True):
    """What a broker reads of one fault. `cause` and `alternate` are never empty; `now` has 1 to 4 steps."""

    code: str
    title: str
    cause: str
    now: tuple[str, ...]
    stop: str
    alternate: str


def card(fault: Fault, values: Mapping[str, Value], lang: Lang, platform: str) -> Card:
    """Say a fault with what is known of it, in the steps of `platform` ("linux", "windows")."""
    here, known = fault.on(platform), spoken(values, lang)
    title = text(here.title, lang)
    return Card(
        code=fault.code,
        title=title,
        cause=sentence(text(here.cause, lang), known) or title,
        now=tuple(said for step in text(here.now, lang) if (said := sentence(step, known))),
        stop=sentence(text(here.stop, lang), known),
        alternate=sentence(text(here.alternate, lang), known) or say(_NO_SUBSTITUTE, lang),
    )


@overload
def text(both: Text, lang: Lang) -> str: ...
@overload
def text(both: Lines, lang: Lang) -> tuple[str, ...]: ...
def text(both: Text | Lines, lang: Lang) -> str | tuple[str, ...]:
    """Return one language of a text of the procedure, placeholders and all."""
    return both.en if lang == "en" else both.zh


def question(
    row: Attestation, procedure: Procedure, lang: Lang, values: Mapping[str, Value] | None = None
) -> str:
    """Ask a question of the card; what the company prescribes comes from its clause, counts from `values`."""
    items = procedure.clauses[row.clause].params.get("required_items", ())
    named = [
        say(reasons.PROTECTIVE_ITEMS[item], lang) if item in reasons.PROTECTIVE_ITEMS else item
        for item in items
    ]
    known = {"required_items": ("、" if lang == "zh" else ", ").join(named), **(values or {})}
    return sentence(text(row.question, lang), known)


def spoken(values: Mapping[str, Value], lang: Lang) -> dict[str, Value]:
    """Turn codes of closed sets into words, and seconds and bytes into amounts that people read.

    A code outside its closed set is said as the set's "other", or is None: then nothing names it.
    """
    return {name: _spoken(name, value, lang) for name, value in values.items()}


def ticked(values: Mapping[str, Any], procedure: Procedure, lang: Lang) -> dict[str, Any]:
    """Return the values of a fault with the ids of what a person ticked said in words."""
    if not isinstance(values.get("choices"), str):
        return dict(values)
    known = {one.id: one for row in procedure.attestations.values() for one in row.choices}
    said = [getattr(known[name], lang) for name in values["choices"].split(",") if name in known]
    return {**values, "choices": ("、" if lang == "zh" else ", ").join(said) or None}


def reason(code: str, lang: Lang) -> str:
    """Say why nothing is known, why a check is off, or which rule coloured the light."""
    family = code.partition(".")[0]
    return say(reasons.REASONS.get(code) or reasons.REASONS.get(family) or reasons.UNKNOWN, lang)


def verdict(colour: str, lang: Lang) -> str:
    """Say the light's colour: "可以开工"."""
    return say(reasons.VERDICTS[colour], lang)


def state(name: str, lang: Lang) -> str:
    """Say a result's state in one word."""
    return say(reasons.STATES[name], lang)


def duration(seconds: float, lang: Lang) -> str:
    """Say a length of time in its one fitting unit: "45 s", "3 min", "2 h", "5 d"."""
    length_s = abs(seconds)
    if length_s < _MINUTE_S:
        return say(mark("{amount} s"), lang, amount=round(length_s))
    if length_s < _HOUR_S:
        return say(mark("{amount} min"), lang, amount=round(length_s / _MINUTE_S))
    if length_s < 2 * _DAY_S:
        return say(mark("{amount} h"), lang, amount=length_s / _HOUR_S)
    return say(mark("{amount} days"), lang, amount=round(length_s / _DAY_S))


def age(seconds: float, lang: Lang) -> str:
    """Say how long ago something was: "12 秒前"."""
    return say(mark("{duration} ago"), lang, duration=duration(seconds, lang))


def size(byte_count: float) -> str:
    """Write an amount of storage, in units of 1,024: "1.5 GB"."""
    amount, unit = float(byte_count), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if abs(amount) < _KIB:
            break
        amount, unit = amount / _KIB, larger
    return f"{number(amount)} {unit}"


def say(message: str, lang: Lang, **values: Value) -> str:
    """Translate one of the program's own messages and fill it; its English is its name."""
    return sentence(_translations(lang).gettext(message), values)


def language(wanted: str | None) -> Lang:
    """Return the language for a locale name such as "en_GB.UTF-8"; Chinese where none is told."""
    return "en" if (wanted or "").lower().startswith("en") else "zh"


_NO_SUBSTITUTE = mark("Ask a colleague or IT which device nearby you may use.")


def _spoken(name: str, value: Value, lang: Lang) -> Value:
    if name in reasons.CLOSED_SETS:
        words = reasons.CLOSED_SETS[name]
        word = words.get(str(value)) or words.get("other")
        return say(word, lang) if word else None
    if isinstance(value, str):
        word = reasons.NAMES.get(name, {}).get(value)
        return say(word, lang) if word else value
    if value is not None and math.isfinite(value) and name.endswith("_s"):
        return duration(value, lang)
    if value is not None and math.isfinite(value) and name.endswith("_bytes"):
        return size(value)
    return value


@cache
def _translations(lang: Lang) -> gettext.NullTranslations:
    """English needs no catalogue; without the Chinese one the English words are shown."""
    if lang == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE, languages=["zh_CN"], fallback=True)
