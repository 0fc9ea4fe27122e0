"""Whether an entry may be kept: known names, nothing personal, its hard ticks, its order. Pure.

A client in the chair is never blocked by the order of steps: out of order is taken with a reason. What the
procedure makes hard (`hard` ticks, open obligations at the close) is refused, and what is missing is named.
"""

import re
from datetime import date, datetime, timedelta

from agent.journal.cases import is_out_of_order
from agent.journal.chart import Chart
from agent.journal.model import CLOSE, REOPEN, Case, Entry
from agent.journal.refusals import BadEntry, LooksPersonal, Refused
from agent.privacy import looks_personal
from config.business import Privacy
from config.nearest import nearest

AHEAD_MAX = timedelta(minutes=5)  # what two clocks may differ by
FIELD_MAX_CHARS = 64
_DAY_FIELDS = ("renewal_date",)


def check_form(entry: Entry, chart: Chart, privacy: Privacy, now: datetime) -> None:
    """Refuse what no case could take. Raises BadEntry, LooksPersonal."""
    if not re.fullmatch(privacy.case_ref_pattern, entry.case):
        raise BadEntry(f"case: {entry.case[:16]!r} is not a case reference such as K7Q-2M9")
    _known("step", entry.step, chart.names)
    row = chart.steps.get(entry.step)
    for tick in entry.ticks:
        _known("tick", tick, (*row.hard, *row.soft) if row else ())
    for name in entry.fields:
        _known("field", name, row.fields if row else ())
    for name, text in entry.fields.items():
        check_text(name, text, privacy)
    if entry.reason is not None:
        check_text("reason", entry.reason, privacy)
    if row and row.phases:
        _known("phase", entry.fields.get("phase", ""), row.phases)
    for name in _DAY_FIELDS:
        _check_day(name, entry.fields.get(name))
    if entry.at > now + AHEAD_MAX:
        raise BadEntry("at: this time has not come yet")


def check_text(name: str, text: str, privacy: Privacy) -> None:
    """Refuse a text that is no short line or holds something of a client. Raises BadEntry, LooksPersonal."""
    if not text.strip() or len(text) > FIELD_MAX_CHARS or not text.isprintable():
        raise BadEntry(f"{name}: one line of 1 to {FIELD_MAX_CHARS} characters")
    if looks_personal(text, privacy):
        raise LooksPersonal(name)


def check_rules(entry: Entry, case: Case, chart: Chart) -> None:
    """Refuse what the rules forbid for this case as it stands. Raises Refused."""
    row = chart.steps.get(entry.step)
    missing = tuple(tick for tick in (row.hard if row else ()) if tick not in entry.ticks)
    if missing:
        raise Refused(missing, f"“{entry.step}” is not kept without it")
    if not case.is_open:
        _check_ended(entry, case, chart)
    if entry.step == CLOSE and chart.rules.close_requires_no_open_obligations and case.obligations:
        open_steps = tuple(dict.fromkeys(one.step for one in case.obligations))
        raise Refused(open_steps, "still open; the case is closed when it is done")
    if is_out_of_order(case, entry, chart):
        _check_order(entry, case, chart)


def _check_ended(entry: Entry, case: Case, chart: Chart) -> None:
    """A case that has ended takes what was left to be done, and for some days a reopening."""
    if chart.is_obligation(entry.step):
        return
    if entry.step != REOPEN:
        raise Refused((REOPEN,), f"the case is {case.state}")
    ended = case.ended_on or entry.at.date()
    if entry.at.date() > ended + timedelta(days=chart.rules.reopen_days):
        raise Refused(("new case",), f"it ended more than {chart.rules.reopen_days} days ago")


def _check_order(entry: Entry, case: Case, chart: Chart) -> None:
    """A business step out of order is kept with a reason; what only moves the state must fit it."""
    if entry.step not in chart.steps or chart.rules.out_of_order == "refuse":
        raise Refused((entry.step,), f"this cannot be done while the case is “{case.state}”")
    if entry.reason is None:
        raise Refused(("reason",), f"“{entry.step}” does not follow “{case.state}”; say why it is done now")


def _known(kind: str, name: str, names: tuple[str, ...]) -> None:
    if name in names:
        return
    hint = nearest(name, names)
    known = f"did you mean {hint!r}?" if hint else f"there are {', '.join(names) or 'none here'}"
    raise BadEntry(f"{kind}: {name[:32]!r} is not known; {known}")


def _check_day(name: str, text: str | None) -> None:
    try:
        date.fromisoformat(text or "2000-01-01")
    except ValueError:
        raise BadEntry(f"{name}: a day such as 2027-03-01") from None
