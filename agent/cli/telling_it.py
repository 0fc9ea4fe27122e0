"""How telling IT goes, in words: for `deskready status` and `deskready tickets status`."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.words import Lang, duration, say
from config.messages import mark


def lines(answer: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    """Say of each receiver what it got, what waits and whether it takes anything now."""
    for one in answer["sinks"]:
        yield " ".join(_sink(one, lang))
    if answer["planned"]:
        yield say(mark("Messages to IT whose time has not come: {count}."), lang, count=answer["planned"])
    if answer["kept"]:
        yield say(
            mark("First days: messages to IT that are only written down: {count}."),
            lang,
            count=answer["kept"],
        )


def _sink(one: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    sink = one["sink"]
    yield say(mark("Messages to IT over {sink}: {count} delivered."), lang, sink=sink, count=one["delivered"])
    if one["waiting"]:
        age = duration(one["oldest_age_s"] or 0.0, lang)
        yield say(mark("Waiting: {count}, the oldest for {age}."), lang, count=one["waiting"], age=age)
    if one["refused"]:
        yield say(mark("Refused: {count}; see “deskready tickets list”."), lang, count=one["refused"])
    if one["problem"]:
        yield say(mark("{sink} takes nothing now: {code}."), lang, sink=sink, code=one["problem"])
