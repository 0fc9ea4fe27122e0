"""What is due: the upkeep of this desk's devices (4.2.5), and its training (2.6)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal, TypeAlias

import msgspec

from agent import reasons, telling, upkeep, words
from agent.incidents.actions import BadAction, Refused, worker_name
from agent.incidents.maintenance import Due
from agent.page.asked import Asked, Shown
from agent.station import Station
from agent.words import Lang, say
from config.business import Training
from config.messages import mark

State: TypeAlias = Literal["overdue", "due", "later"]

_STATES: Mapping[str, str] = {
    "overdue": mark("overdue"),
    "due": mark("due"),
    "later": mark("not yet due"),
}
_ACTORS: Mapping[str, str] = {"broker": mark("you"), "it": mark("IT")}
_NOT_KEPT = mark("Please say in one short line why, without anything of a client; nothing was kept.")
_SKIPPED, _DONE = mark("Skipped on {day}: {reason}"), mark("Last done on {day}")
_FROM_INSTALL = mark("Not done since deskready was set up here")


class Line(msgspec.Struct, frozen=True):
    """One task on one device. `is_telling`: its reason was not taken and is asked for again."""

    task: str
    device: str  # its id
    title: str
    where: str
    state: State
    state_said: str
    due: str  # a date
    who: str
    is_mine: bool
    takes: str  # a length of time, "" where nobody told
    wear: str  # protective equipment, "" where none is needed
    last: str
    wrong: str = ""


class Course(msgspec.Struct, frozen=True):
    """One training of the procedure; nothing is known here of who has done it."""

    title: str
    who: str
    lasts: str


class DueList(msgspec.Struct, frozen=True):
    """All of it, what is due first."""

    now: tuple[Line, ...]
    later: tuple[Line, ...]
    courses: tuple[Course, ...]


def show(station: Station, asked: Asked, wrong: tuple[str, str] | None = None) -> Shown:
    """Return the list; `wrong` is the (task, device) whose reason was not taken."""
    every = tuple(lines(station, asked.lang, wrong))
    view = DueList(
        now=tuple(line for line in every if line.state != "later" or line.wrong),
        later=tuple(line for line in every if line.state == "later" and not line.wrong),
        courses=tuple(_course(row, asked.lang) for row in station.procedure.rows.training if row.enabled),
    )
    return Shown("due.html", view, 200 if wrong is None else 422)


def mark_task(station: Station, asked: Asked) -> Shown:
    """Note that a task was done, or skipped with a reason. Raises BadAction, StoreError."""
    task, device = asked.form.get("task", ""), asked.form.get("device", "")
    reason = None if asked.form.get("deed") == "done" else asked.form.get("reason", "")
    known = {(one.task.id, one.device) for one in upkeep.due(station)}
    if (task, device) not in known:
        raise BadAction(f"no task {task!r} on {device!r}")
    try:
        upkeep.mark(station, task, device, reason, None, worker_name(asked.by))
    except (Refused, BadAction):
        return show(station, asked, (task, device))
    return show(station, asked)


def lines(station: Station, lang: Lang, wrong: tuple[str, str] | None = None) -> Iterator[Line]:
    """Yield every task on every device that it is for, what is due first. Raises StoreError."""
    for one in upkeep.due(station):
        said = say(_NOT_KEPT, lang) if wrong == (one.task.id, one.device) else ""
        yield _line(station, one, lang, said)


def day(moment: date, lang: Lang) -> str:
    """Write a date: "11月22日" or "22 Nov 2026"."""
    return f"{moment.year}年{moment.month}月{moment.day}日" if lang == "zh" else f"{moment:%-d %b %Y}"


def _line(station: Station, one: Due, lang: Lang, wrong: str) -> Line:
    task, last = one.task, one.last
    told = say(_FROM_INSTALL, lang)
    if last is not None:
        on = day(last.day, lang)
        told = say(_SKIPPED, lang, day=on, reason=last.reason) if last.reason else say(_DONE, lang, day=on)
    items = [say(reasons.PROTECTIVE_ITEMS.get(item, item), lang) for item in task.ppe]
    return Line(
        task=task.id,
        device=one.device,
        title=words.text(task.title, lang),
        where=telling.called(station.settings, one.device, lang),
        state=one.state,
        state_said=say(_STATES[one.state], lang),
        due=day(one.due, lang),
        who=say(_ACTORS.get(task.actor, task.actor), lang),
        is_mine=task.actor == "broker",
        takes=words.duration(task.minutes * 60, lang) if task.minutes else "",
        wear=("、" if lang == "zh" else ", ").join(items),
        last=told,
        wrong=wrong,
    )


def _course(row: Training, lang: Lang) -> Course:
    times = [say(_WHO[name], lang) for name in row.who if name in _WHO]
    years = row.valid_days // 365
    lasts = say(mark("once, for good"), lang)
    if row.valid_days:
        lasts = say(mark("every year"), lang) if years == 1 else words.duration(row.valid_days * 86400, lang)
    return Course(words.text(row.title, lang), ("、" if lang == "zh" else ", ").join(times), lasts)


_WHO: Mapping[str, str] = {
    "new": mark("new colleagues"),
    "transferred": mark("colleagues new to this position"),
    "new_edition": mark("everyone, after a new edition"),
    "module_changed": mark("everyone, after a module has changed"),
}
