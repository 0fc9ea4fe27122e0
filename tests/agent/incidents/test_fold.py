"""One incident for each fault, whatever the stream: the fold on tables of results."""

import random

import pytest
import rows
from incident_streams import JAM, LINK, QUEUE, STATUS, Stream, at, seen, unseen

from agent.incidents import retest
from agent.incidents.fold import Outlook, awaited_parents, recovering
from agent.incidents.model import Transition, apply
from agent.incidents.model import fold as fold_history

DOWN = "NET_LINK_DOWN"
HOUR, DAY = 60, 24 * 60


def minutes(*parts: tuple[int, bool]) -> list[bool]:
    """(how many minutes, whether bad) one after the other."""
    return [is_bad for count, is_bad in parts for _ in range(count)]


def chance(share: float, count: int) -> list[bool]:
    draw = random.Random(7)  # noqa: S311  a stream that is the same each time
    return [draw.random() < share for _ in range(count)]


STREAMS = {
    "steady": (minutes((10, False), (DAY, True)), {"detected": 1, "reopened": 0, "flapping": 0}),
    "blips": (
        minutes(*[(5 * HOUR, False), (1, True)] * 4, (HOUR, False)),
        {"detected": 0, "reopened": 0, "flapping": 0},
    ),
    "on_off": (
        minutes((10, False), *[(2, True), (2, False)] * 180, (11 * HOUR, False)),
        {"detected": 1, "reopened": 0, "flapping": 1},
    ),
    "seventy_percent": (
        [*minutes((10, False)), *chance(0.7, 4 * HOUR), *minutes((19 * HOUR, False))],
        {"detected": 1, "flapping": 1},
    ),
    # A window of 4 h calls these two; the procedure's window of 24 h opens the same one again.
    "two_outages_9_h_apart": (
        minutes((10, False), (5, True), (9 * HOUR, False), (5, True), (14 * HOUR, False)),
        {"detected": 1, "reopened": 1, "flapping": 0},
    ),
    "again_after_4_h": (
        minutes((10, False), (30, True), (4 * HOUR, False), (30, True), (14 * HOUR, False)),
        {"detected": 1, "reopened": 1, "flapping": 0},
    ),
    "again_after_25_h": (
        minutes((10, False), (30, True), (25 * HOUR, False), (30, True), (HOUR, False)),
        {"detected": 2, "reopened": 0, "flapping": 0},
    ),
}


@pytest.mark.parametrize("name", STREAMS)
def test_streams(name: str) -> None:
    bad, expected = STREAMS[name]
    stream = Stream()
    stream.run(LINK, bad, DOWN)
    kinds = stream.kinds()
    found = {"detected": kinds.count("detected"), "reopened": kinds.count("reopened")}
    found["flapping"] = kinds.count("flapping_started") + sum(
        bool(one.body["is_flapping"]) for one in stream.happened if one.kind in {"detected", "reopened"}
    )
    assert {key: found[key] for key in expected} == expected
    ends_well = not bad[-1]
    assert all(one.is_open != ends_well for one in stream.incidents)


def test_the_rule_of_three_in_a_row_alone_would_miss_what_comes_and_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.incidents.watch.INTERMITTENT_BAD", 10_000)
    stream = Stream()
    stream.run(LINK, STREAMS["on_off"][0], DOWN)
    assert stream.happened == []


def test_a_jam_from_confirmation_to_close() -> None:
    stream = Stream()
    assert stream.feed(seen(STATUS, 0, JAM)) == ()
    assert [one.kind for one in stream.feed(seen(STATUS, 15, JAM))] == ["detected", "stopped"]
    (jam,) = stream.memory.open_ones()
    assert (jam.is_stopping, jam.clauses, jam.values) == (True, ("2.2",), {"tray": "2"})
    assert stream.feed(seen(STATUS, 45, JAM)) == ()
    assert stream.feed(seen(STATUS, 75)) == ()
    assert recovering(stream.memory) == {STATUS}
    assert [one.kind for one in stream.feed(seen(STATUS, 80))] == ["recovered"]
    assert stream.memory.open_ones()[0].is_stopping
    kinds = [one.kind for one in stream.feed(seen(STATUS, 85))]
    assert kinds == ["fixed", "restarted", "retested", "reported", "closed"]
    (retested,) = [one for one in stream.happened if one.kind == "retested"]
    assert retested.body["test"] == "printer.status"
    assert [one["at"][-3:-1] for one in retested.body["passes"]] == ["20", "25"]
    assert stream.memory.open_ones() == ()


def test_a_history_comes_to_the_same_incident_as_the_fold() -> None:
    stream = Stream()
    stream.run(STATUS, minutes((3, True), (10, False), (3, True)), JAM)
    (incident,) = stream.incidents
    assert fold_history(tuple(stream.happened)) == incident


def test_unknown_neither_opens_nor_closes() -> None:
    stream = Stream()
    stream.feed(*(unseen(STATUS, at_s) for at_s in range(0, 300, 15)))
    assert stream.happened == []
    stream.run(STATUS, [True] * 3, JAM, 15, 300)
    stream.feed(*(unseen(STATUS, at_s) for at_s in range(400, 900, 15)))
    assert [one.standing for one in stream.incidents] == ["open"]
    stream.run(STATUS, [False, False], JAM, 15, 900)
    stream.feed(*(unseen(STATUS, at_s) for at_s in range(1000, 2000, 15)))
    assert [one.standing for one in stream.incidents] == ["recovered"]


def test_a_fault_before_the_retest_is_passed_opens_again_without_a_new_incident() -> None:
    stream = Stream()
    stream.run(STATUS, minutes((2, True), (2, False), (1, True)), JAM, 15)
    assert stream.kinds() == ["detected", "stopped", "recovered", "retest_failed"]
    assert [one.standing for one in stream.incidents] == ["open"]


def test_passes_before_the_repair_prove_nothing() -> None:
    stream = Stream()
    stream.run(STATUS, minutes((2, True), (2, False)), JAM, 15)
    (incident,) = stream.incidents
    fixed = incident.history[-1]
    repair = apply(incident, Transition(incident.id, "fixed", at(46), "it-3", {"action": "clear_jam"}))
    stream.memory = type(stream.memory)({repair.id: repair}, stream.memory.watches, stream.memory.streaks)
    assert fixed.kind == "recovered"
    assert stream.feed(seen(STATUS, 60)) == ()
    assert stream.kinds()[-1] == "recovered"
    assert [one.kind for one in stream.feed(seen(STATUS, 75))][-1] == "closed"


def test_a_failed_parent_speaks_for_its_children() -> None:
    stream = Stream()
    stream.look(STATUS, may_open=False, may_clear=False)
    stream.run(STATUS, [True] * 20, JAM, 15)
    assert stream.happened == []
    stream.look(STATUS, may_open=True, may_clear=True)
    assert stream.feed(seen(STATUS, 400, JAM)) == (), "what was seen before does not count"
    assert stream.feed(seen(STATUS, 415, JAM)) != ()


@pytest.mark.parametrize("closed", ["sleep", "maintenance", "off_hours"])
def test_what_begins_and_ends_inside_is_nothing(closed: str) -> None:
    stream = Stream()
    stream.run(STATUS, [False] * 3, JAM, 15)
    stream.look(STATUS, may_open=False, may_clear=closed != "maintenance")
    stream.run(STATUS, minutes((8, True), (8, False)), JAM, 15, 100)
    stream.look(STATUS, may_open=True, may_clear=True)
    stream.run(STATUS, [False] * 8, JAM, 15, 500)
    assert stream.happened == []


def test_an_incident_from_before_the_maintenance_is_retested_after_it() -> None:
    stream = Stream()
    stream.run(STATUS, [True] * 3, JAM, 15)
    stream.look(STATUS, may_open=False, may_clear=False)
    stream.run(STATUS, [False] * 8, JAM, 15, 100)
    assert [one.standing for one in stream.incidents] == ["open"]
    stream.look(STATUS, may_open=True, may_clear=True)
    stream.run(STATUS, [False] * 3, JAM, 15, 300)
    assert [one.standing for one in stream.incidents] == ["closed"]


def test_a_child_waits_for_a_look_at_its_parent() -> None:
    stream = Stream()
    stream.look(STATUS, parents_seen_s=-60.0)
    stream.run(STATUS, [True] * 3, JAM, 15)
    assert stream.happened == []
    assert awaited_parents(stream.memory, stream.outlooks) == {STATUS}
    stream.look(STATUS, parents_seen_s=31.0)
    assert [one.kind for one in stream.feed(now_s=32)] == ["detected", "stopped"], "without another result"


def test_a_doubtful_parent_keeps_its_child_waiting() -> None:
    stream = Stream()
    stream.look(STATUS, parents_seen_s=100.0, is_parent_doubtful=True)
    stream.run(STATUS, [True] * 9, JAM, 15)
    assert stream.happened == []


def test_a_restarted_program_goes_on_with_what_is_open() -> None:
    stream = Stream()
    stream.run(STATUS, [True] * 3, JAM, 15)
    stream.restart()
    assert stream.feed(now_s=100) == ()
    stream.run(STATUS, [True] * 5, JAM, 15, 110)
    assert stream.kinds() == ["detected", "stopped"]
    stream.run(STATUS, [False] * 2, JAM, 15, 300)
    stream.restart()
    assert stream.feed(seen(STATUS, 400)) == (), "one pass is not two"
    assert [one.kind for one in stream.feed(seen(STATUS, 410))][-1] == "closed"


def test_a_restart_of_the_computer_is_seen() -> None:
    stream = Stream()
    stream.run(LINK, [True] * 4, DOWN, 15)
    stream.look(LINK, started=at(0, "boot-2"))
    stream.restart()
    later = [seen(LINK, at_s, boot="boot-2") for at_s in (5000, 5010, 5020)]
    stream.look(LINK, started=type(at(0))(at(4000).utc, 0.0, "boot-2"))
    for one in later:
        stream.feed(one, boot="boot-2")
    (restarted,) = [one for one in stream.happened if one.kind == "restarted"]
    assert restarted.body["seen_by"] == "boot_id"
    assert stream.incidents[0].standing == "closed"


def test_severity_follows_the_fault_once_confirmed() -> None:
    stream = Stream()
    stream.feed(*[seen(STATUS, at_s, JAM, severity="degraded") for at_s in (0, 15)])
    assert stream.kinds() == ["detected"]
    stream.feed(seen(STATUS, 30, JAM))
    assert stream.kinds() == ["detected"]
    stream.feed(seen(STATUS, 45, JAM))
    assert stream.kinds() == ["detected", "severity_changed", "stopped"]
    assert stream.incidents[0].is_stopping


def test_two_faults_of_one_row_are_two_incidents_and_each_closes_on_its_own_retest() -> None:
    stream = Stream()
    stream.feed(*[seen(STATUS, at_s, JAM, "PRN_SERVICE") for at_s in (0, 15)])
    stream.run(STATUS, [True] * 2, "PRN_SERVICE", 15, 30)
    assert {one.fault: one.standing for one in stream.incidents} == {JAM: "recovered", "PRN_SERVICE": "open"}
    stream.run(STATUS, [True] * 2, "PRN_SERVICE", 15, 60)
    assert {one.fault: one.standing for one in stream.incidents} == {JAM: "closed", "PRN_SERVICE": "open"}
    stream.run(STATUS, [True] * 4, JAM, 15, 90)
    assert {one.fault: one.standing for one in stream.incidents} == {JAM: "open", "PRN_SERVICE": "closed"}


def test_what_it_is_never_told_and_hinders_nobody_is_no_incident() -> None:
    stream = Stream(outlooks={("computer.boot", "computer"): Outlook(rows.rule("computer.boot"))})
    pending = [
        seen(("computer.boot", "computer"), at_s, "PC_REBOOT_PENDING", severity="notice", state="warn")
        for at_s in range(0, 100, 10)
    ]
    stream.feed(*pending)
    assert stream.happened == []


def test_a_retest_with_a_persons_part_waits_for_the_answer() -> None:
    rule = rows.rule("printer.status", fail_attempts=2)
    stream = Stream(outlooks={STATUS: Outlook(rule), QUEUE: Outlook(rows.rule("printer.queue"))})
    stream.run(STATUS, [True] * 2, "PRN_TONER_EMPTY", 15)
    for at_s in range(100, 200, 15):
        stream.feed(seen(STATUS, at_s), seen(QUEUE, at_s))
    (incident,) = stream.incidents
    assert (incident.standing, stream.kinds()[-1]) == ("recovered", "recovered")
    need = retest.required(incident, stream.book.procedure, stream.outlooks)
    assert (need.checks, need.questions) == ((STATUS, QUEUE), ("print_quality_ok",))
    proof = retest.proof(incident, need, stream.memory.streaks)
    assert (proof.waits_for, proof.rows_left) == (("print_quality_ok",), ())


def test_counts_are_forgotten_with_the_trouble() -> None:
    stream = Stream()
    stream.run(STATUS, minutes((1, True), (40, False)), JAM, 60)
    assert dict(stream.memory.watches) == {}
