"""A case is nothing but its entries folded. Pure: the same entries always give the same case.

Obligations (revisit, enter, archive) run beside the state; days are working days of the procedure's calendar.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

import msgspec

from agent.journal.chart import Chart
from agent.journal.model import Case, Entry, Obligation

WorkdaysAfter = Callable[[date, int], date]  # (a day, how many working days later) → that day
_RENEWAL = "renewal-"


def begin(ref: str, chart: Chart) -> Case:
    """Return a case without entries."""
    return Case(ref, chart.rules.initial)


def fold(case: Case, entries: Iterable[tuple[int, Entry]], chart: Chart, after: WorkdaysAfter) -> Case:
    """Return the case after more entries, each with its number, in the order in which they were kept."""
    for number, entry in entries:
        case = _folded(case, number, entry, chart, after)
    return case


def is_out_of_order(case: Case, entry: Entry, chart: Chart) -> bool:
    """Whether the state chart has no way for this entry from where the case stands."""
    return not chart.is_obligation(entry.step) and chart.moves(entry, case.state) is None


def _folded(case: Case, number: int, entry: Entry, chart: Chart, after: WorkdaysAfter) -> Case:
    day = entry.at.date()
    state, is_odd = _moved(case, entry, chart)
    is_open = state not in chart.rules.final
    opened = tuple(
        Obligation(name, number, after(day, _days(chart.steps[name].due)))
        for name in chart.opened_by(entry)
        if name in chart.steps
    )
    kept = tuple(one for one in case.obligations if one.step != entry.step)
    row = chart.steps.get(entry.step)
    left_out = [tick for tick in (row.soft if row else ()) if tick not in entry.ticks]
    return msgspec.structs.replace(
        case,
        state=state,
        is_open=is_open,
        opened_at=case.opened_at or entry.at,
        last_at=_later(case.last_at, entry.at),
        ended_on=None if is_open else (case.ended_on or day),
        due=_due(case, entry, state, chart, after) if is_open else {},
        obligations=kept + opened,
        gaps=(*case.gaps, *(f"{entry.step}:{tick}" for tick in left_out)),
        steps=(*case.steps, entry.step),
        out_of_order=case.out_of_order + is_odd,
    )


def _moved(case: Case, entry: Entry, chart: Chart) -> tuple[str, bool]:
    """Return the state after an entry, and whether it came out of order."""
    if chart.is_obligation(entry.step):
        return case.state, False
    move = chart.moves(entry, case.state)
    if move is not None:
        return move.to, False
    return chart.jump(entry, case.state), True


def _due(case: Case, entry: Entry, state: str, chart: Chart, after: WorkdaysAfter) -> dict[str, date]:
    """Return what is awaited after an entry: without what it did, without what its state has passed."""
    due = {step: day for step, day in case.due.items() if step != entry.step}
    row = chart.steps.get(entry.step)
    if row is not None and row.next_due is not None and not chart.is_last_phase(entry):
        day = _next_day(row.next_due.after, entry, after)
        if day is not None:
            due[row.next_due.step] = day
    return {step: day for step, day in due.items() if chart.is_possible(step, state)}


def _next_day(rule: str, entry: Entry, after: WorkdaysAfter) -> date | None:
    """Return the day of "5d" (working days) or "renewal-30d" (days before the entry's renewal_date)."""
    if not rule.startswith(_RENEWAL):
        return after(entry.at.date(), _days(rule))
    renewal = entry.fields.get("renewal_date")
    if renewal is None:
        return None
    return date.fromisoformat(renewal) - timedelta(days=_days(rule.removeprefix(_RENEWAL)))


def _days(rule: str | None) -> int:
    return int((rule or "0d").removesuffix("d"))


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
