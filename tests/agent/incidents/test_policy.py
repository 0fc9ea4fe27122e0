"""Whether and when IT is told: the procedure's policies as a table of moments."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import rows
from incident_streams import PROCEDURE, STATUS, Stream, at, seen

from agent.incidents import policy
from agent.incidents.model import Transition, apply, stamp
from agent.incidents.policy import NEVER, Plan, Situation, observe_until, opened_today, plan

MONDAY_9 = rows.START  # 2026-03-02 09:00 in the procedure's zone, which is Monday
WORK = PROCEDURE.rows.work
SITUATION = Situation(
    numbers=PROCEDURE.rows.tickets, work=WORK, has_sink=True, is_always=False, observe_until=None
)


def planned(code: str, *, now: datetime = MONDAY_9, opened: int = 0, **changes: object) -> Plan:
    severity = changes.pop("severity", None)
    values = changes.pop("values", {})
    row = PROCEDURE.faults[code]
    situation = msgspec.structs.replace(SITUATION, **changes)
    return plan(row, severity or row.severity, values, opened, situation, now)  # type: ignore[arg-type]


def local(text: str) -> datetime:
    """A moment of the procedure's zone, UTC+8."""
    return (datetime.fromisoformat(text) - timedelta(hours=8)).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "now", "expected"),
    [
        ("PRN_TONER_EMPTY", "2026-03-02 09:00", Plan("open", "auto", local("2026-03-02 09:00"))),
        ("PRN_JAM", "2026-03-02 09:00", Plan("open", "after_self_help", local("2026-03-02 09:05"))),
        ("PRN_JAM", "2026-03-02 17:58", Plan("open", "after_self_help", local("2026-03-03 08:30"))),
        ("PRN_JAM", "2026-03-06 17:58", Plan("open", "after_self_help", local("2026-03-09 08:30"))),
        ("PRN_TONER_LOW", "2026-03-02 09:00", Plan("digest", "digest", local("2026-03-09 08:30"))),
        ("PRN_PAPER_OUT", "2026-03-02 09:00", Plan("none", "none")),
        ("ENV_CONDITIONS", "2026-03-02 09:00", Plan("none", "not_for_it")),
    ],
)
def test_policies(code: str, now: str, expected: Plan) -> None:
    assert planned(code, now=local(now)) == expected


def test_every_fault_has_a_plan_by_its_policy() -> None:
    for row in PROCEDURE.faults.values():
        kind = {"none": "none", "digest": "digest"}.get(row.ticket, "open")
        assert planned(row.code).note == ("none" if row.route != "it" else kind), row.code


@pytest.mark.parametrize(
    ("days_left", "note"), [(6.9, "open"), (7.0, "digest"), (30, "digest"), (None, "digest")]
)
def test_a_supply_close_to_its_end_does_not_wait_for_monday(days_left: float | None, note: str) -> None:
    assert planned("PRN_TONER_LOW", values={"days_left": days_left}).note == note


def test_a_first_warning_of_a_fault_waits_for_the_digest() -> None:
    assert planned("PC_DISK_FAILING").note == "open"
    assert planned("PC_DISK_FAILING", severity="notice").note == "digest"


def test_hours_always_wait_for_no_morning() -> None:
    night = local("2026-03-02 23:00")
    assert planned("PRN_TONER_EMPTY", now=night, is_always=True).due == night
    assert planned("PRN_TONER_EMPTY", now=night).due == local("2026-03-03 08:30")


def test_the_first_days_are_written_down_and_not_sent() -> None:
    until = observe_until(local("2026-03-05 15:00"), 3, WORK)
    assert until == local("2026-03-09 18:00"), "Thursday, Friday and Monday"
    assert planned("PRN_TONER_EMPTY", observe_until=until) == Plan("open", "observe_only", NEVER)
    assert planned("PRN_TONER_EMPTY", now=until, observe_until=until).due is not NEVER


def test_without_a_ticket_system_nothing_is_planned() -> None:
    assert planned("PRN_JAM", has_sink=False) == Plan("none", "no_ticket_system")


def test_three_a_day_and_then_one_summary() -> None:
    assert planned("PRN_JAM", opened=2).note == "open"
    assert planned("PRN_JAM", opened=3) == Plan("digest", "daily_cap", local("2026-03-02 18:00"))


def test_only_new_tickets_of_today_are_counted() -> None:
    stream = Stream()
    for number in range(2):
        stream.feed(seen(STATUS, number * 15, "PRN_JAM"))
    (jam,) = stream.incidents

    def after(*happened: tuple[str, float, str]) -> int:
        incident = jam
        for kind, at_s, why in happened:
            due = stamp(at(at_s + 60).utc)
            body = {"note": "open", "why": why, "due": due} if kind == "recorded" else {}
            incident = apply(incident, Transition(jam.id, kind, at(at_s), body=body))  # type: ignore[arg-type]
        return opened_today([incident], WORK, MONDAY_9)

    assert after() == 0
    assert after(("recorded", 20, "auto")) == 1
    assert after(("recorded", 20, "observe_only")) == 0
    assert after(("recorded", 20, "auto"), ("closed", 79, "")) == 0, "not due yet"
    assert after(("recorded", 20, "auto"), ("closed", 80, "")) == 1
    assert after(("recorded", 20, "auto"), ("recorded", 900, "auto")) == 1, "it goes on with the same ticket"
    assert after(("recorded", -86_400, "auto")) == 0
    assert policy.opened_today([], WORK, MONDAY_9) == 0


def test_a_plan_that_was_brought_forward_is_the_one_that_counts() -> None:
    """Self-help of five minutes, given up after one: the ticket was due when the incident ended."""
    stream = Stream()
    for number in range(2):
        stream.feed(seen(STATUS, number * 15, "PRN_JAM"))
    (jam,) = stream.incidents

    def ended(*dues_s: float) -> int:
        incident = jam
        for number, due_s in enumerate(dues_s):
            body = {"note": "open", "why": "auto", "due": stamp(at(due_s).utc)}
            incident = apply(incident, Transition(jam.id, "recorded", at(20 + number), body=body))
        incident = apply(incident, Transition(jam.id, "closed", at(100)))
        return opened_today([incident], WORK, MONDAY_9)

    assert ended(320) == 0
    assert ended(320, 60) == 1
    assert ended(60, 320) == 0
