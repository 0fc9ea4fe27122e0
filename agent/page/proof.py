"""Before and after: what was measured when the fault was found, beside the newest measurement. Pure."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any

import msgspec

from agent import words
from agent.incidents import model
from agent.page import facts
from agent.result import Result
from agent.words import Lang, say
from config.messages import mark
from config.procedure import Procedure

_ROWS_MAX = 6


class Pair(msgspec.Struct, frozen=True):
    """One line of the comparison."""

    label: str
    before: str
    after: str


def compared(
    one: Mapping[str, Any], newest: Result | None, procedure: Procedure, lang: Lang, zone: tzinfo
) -> tuple[Pair, ...]:
    """Return the lines, the outcome first; nothing where there is no newer measurement of the same row."""
    if newest is None or model.stamp(newest.measured_at) <= one["since"]:
        return ()
    title = words.text(procedure.faults[one["fault"]].title, lang)
    first = Pair(say(mark("Outcome"), lang), title, outcome(newest, procedure, lang))
    changed = list(_changed(one["facts"], newest.facts, lang, zone))
    if first.before == first.after and not changed:
        return ()
    return (first, *changed[: _ROWS_MAX - 1])


def outcome(newest: Result, procedure: Procedure, lang: Lang) -> str:
    """Say what a result found: its faults, its state, or why nothing is known."""
    if newest.state == "unknown":
        return words.reason(newest.reason or "", lang)
    titles = [words.text(procedure.faults[one.code].title, lang) for one in newest.findings]
    return ("、" if lang == "zh" else ", ").join(titles) or words.state(newest.state, lang)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], lang: Lang, zone: tzinfo) -> Iterator[Pair]:
    """Yield the facts that people can read and that are not as they were."""
    for name, label in facts.LABELS.items():
        was, now = (facts.said(name, each.get(name), lang, zone) for each in (before, after))
        if was and now and was != now:
            yield Pair(say(label, lang), was, now)
