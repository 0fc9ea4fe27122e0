"""The last 30 days of a device as a small picture: one column a day, gaps left open, the same in words. Pure.

The height of a column is the working time of that day. Colour never stands alone: each mood has its own
place from the bottom up, a pattern in the style sheet, and the table below says the same.
"""

from collections.abc import Sequence

import msgspec

from agent.history import Day, Mood
from agent.words import Lang, say
from config.messages import mark

WIDTH, HEIGHT = 300, 48  # of the view box; a column is a tenth narrower than its day
_MOODS: dict[Mood, str] = {
    "ok": mark("good"),
    "warn": mark("attention"),
    "fail": mark("broken"),
    "unknown": mark("looked, but could not tell"),
}
_FEW_PERCENT = 1


class Box(msgspec.Struct, frozen=True):
    """One rectangle of the picture, in units of its view box."""

    mood: str
    x: float
    y: float
    width: float
    height: float


class Line(msgspec.Struct, frozen=True):
    """One day in words."""

    day: str
    text: str


class Chart(msgspec.Struct, frozen=True):
    """The picture with its two descriptions: `summary` in a sentence, `lines` for the days measured."""

    summary: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    first: str
    last: str
    legend: tuple[tuple[str, str], ...]
    width: int = WIDTH
    height: int = HEIGHT


def chart(days: Sequence[Day], lang: Lang) -> Chart:
    """Draw some days, the oldest first."""
    step = WIDTH / max(1, len(days))
    boxes = [box for n, day in enumerate(days) for box in _column(day, n * step, 0.8 * step)]
    lines = [Line(day.day.strftime("%m-%d"), _said(day, lang)) for day in reversed(days) if day.shares]
    return Chart(
        _summary(days, lang),
        tuple(boxes),
        tuple(lines),
        days[0].day.strftime("%m-%d") if days else "",
        days[-1].day.strftime("%m-%d") if days else "",
        tuple((mood, say(label, lang)) for mood, label in _MOODS.items()),
    )


def _column(day: Day, x: float, width: float) -> list[Box]:
    """Stack a day's shares from the ground up, under a frame that shows the whole working day."""
    boxes, top = [Box("frame", round(x, 2), 0, round(width, 2), HEIGHT)], float(HEIGHT)
    for mood, share in day.shares.items():
        height = share * HEIGHT
        top -= height
        boxes.append(Box(mood, round(x, 2), round(top, 2), round(width, 2), round(height, 2)))
    return boxes


def _said(day: Day, lang: Lang) -> str:
    parts = [
        say(mark("{mood} {percent} %"), lang, mood=say(_MOODS[mood], lang), percent=round(100 * share))
        for mood, share in day.shares.items()
    ]
    gap = round(100 * (1 - day.measured_ratio))
    if gap >= _FEW_PERCENT:
        parts.append(say(mark("not measured {percent} %"), lang, percent=gap))
    return ("，" if lang == "zh" else ", ").join(parts)


def _summary(days: Sequence[Day], lang: Lang) -> str:
    measured = [day for day in days if day.shares]
    broken = [day.day.strftime("%m-%d") for day in measured if day.shares.get("fail")]
    if not measured:
        return say(mark("Nothing has been measured in the last {count} days."), lang, count=len(days))
    text = say(
        mark("Of the last {count} days, {measured} were measured at least in part."),
        lang,
        count=len(days),
        measured=len(measured),
    )
    named = say(
        mark("Broken at some time on: {days}."), lang, days=("、" if lang == "zh" else ", ").join(broken)
    )
    calm = say(mark("Never broken while it was measured."), lang)
    return f"{text}{'' if lang == 'zh' else ' '}{named if broken else calm}"
