"""Incidents over a real store: what is kept, what IT is told, what waits, what a new process finds."""

import contextlib
import sqlite3
from pathlib import Path

import msgspec
import pytest
from incident_desk import LINK, SETTINGS, SPARE, STATUS, Desk, due_s
from incident_streams import JAM, at

from agent.incidents import report
from agent.incidents.actions import BadAction, Refused
from agent.incidents.outlook import Pause
from agent.store.errors import StoreError
from agent.tickets import outbox


def jammed(desk: Desk, code: str = JAM, key: tuple[str, str] = STATUS) -> str:
    """Confirm a fault and return its incident's id."""
    for _ in range(3):
        desk.see(key, code)
    return next(one.id for one in desk.keeper.open_ones() if one.fault == code)


def cleared(desk: Desk, key: tuple[str, str] = STATUS) -> None:
    for _ in range(3):
        desk.see(key, after_s=5.0)


def test_a_jam_that_is_cleared_in_time_makes_no_ticket(desk: Desk) -> None:
    name = jammed(desk)
    assert desk.keeper.stopped_devices() == {"printer:front"}
    assert desk.kinds() == ["detected", "stopped", "recorded", "diagnosed"]
    (opened,) = desk.notes()
    assert (opened.kind, opened.reason, due_s(opened)) == ("open", "opened", 30 + 300)
    cleared(desk)
    assert desk.keeper.stopped_devices() == frozenset()
    ends = ["recovered", "fixed", "restarted", "retested", "reported", "closed", "ticket_withdrawn"]
    assert desk.kinds()[4:] == ends
    assert len(desk.notes()) == 1, "no end is told of what was never begun"
    assert outbox.depth(desk.store) == ()
    assert desk.show(name)["standing"] == "closed"
    assert desk.store.verify().is_whole


def test_an_old_jam_ends_with_a_resolve_and_the_report(desk: Desk) -> None:
    jammed(desk)
    desk.turn(now_s=1000)
    cleared(desk)
    opened, resolve = desk.notes()
    assert (opened.kind, resolve.kind, resolve.reason) == ("open", "resolve", "retest_passed")
    assert resolve.body["report"]["number"] == 1
    assert "printer.status printer:front" in resolve.body["report"]["html"]
    assert resolve.body["tried"] == [], "an inferred repair is nobody's"


def test_the_body_holds_the_facts_and_nothing_of_a_client(desk: Desk) -> None:
    name = jammed(desk)
    desk.act(name, "told", name="K7Q-2M9")
    desk.act(name, "still-broken")
    body = desk.notes()[-1].body
    expected = {
        "station": "desk-07",
        "site": "sh-1",
        "device": "printer:front",
        "device_place": "前台",
        "fault": JAM,
        "severity": "stop",
        "clauses": ["2.2"],
        "values": {"tray": "2"},
        "tried": ["first_aid_failed"],
        "cases": 1,
        "category": "hardware",
        "how_closed": "retest",
    }
    assert {key: body[key] for key in expected} == expected
    assert "K7Q" not in msgspec.json.encode(desk.notes()).decode()


def test_a_serial_number_makes_one_key_of_one_printer_on_every_desk(tmp_path: Path) -> None:
    keys = []
    for number, station in enumerate(("desk-07", "desk-08")):
        own = msgspec.structs.replace(SETTINGS.station, name=station)
        desk = Desk(tmp_path / str(number), msgspec.structs.replace(SETTINGS, station=own))
        for _ in range(2):
            desk.see(STATUS, JAM, facts={"serial": "CNB1"})
        keys.append(desk.notes()[0].key)
        desk.close()
    assert keys == ["dr1:CNB1:printer.status:PRN_JAM"] * 2


def test_what_strikes_many_desks_of_a_site_has_one_key_for_all_of_them(tmp_path: Path) -> None:
    keys = []
    for number, (site, station) in enumerate((("sh-1", "desk-07"), ("sh-1", "desk-08"), ("bj-1", "desk-07"))):
        own = msgspec.structs.replace(SETTINGS.station, name=station, site=site)
        desk = Desk(tmp_path / str(number), msgspec.structs.replace(SETTINGS, station=own))
        jammed(desk)
        keys.append(desk.notes()[0].body["storm_key"])
        desk.close()
    assert keys == [f"dr1:{site}:printer.status:PRN_JAM" for site in ("sh-1", "sh-1", "bj-1")]


def test_without_a_serial_number_the_key_names_desk_and_device(desk: Desk) -> None:
    jammed(desk)
    assert desk.notes()[0].key == "dr1:sh-1/desk-07/printer:front:printer.status:PRN_JAM"


def test_recurrence_opens_the_same_again_and_tells_it_again(desk: Desk) -> None:
    name = jammed(desk)
    desk.turn(now_s=1000)
    cleared(desk)
    desk.turn(now_s=5000)
    assert jammed(desk) == name
    assert [note.kind for note in desk.notes()] == ["open", "resolve", "reopen"]
    assert desk.notes()[-1].reason == "recurred"


def test_recurrence_of_what_nobody_was_told_is_told_as_new(desk: Desk) -> None:
    name = jammed(desk)
    cleared(desk)
    assert jammed(desk) == name
    assert [note.kind for note in desk.notes()] == ["open", "open"]


def test_a_new_process_goes_on_with_what_is_open(desk: Desk) -> None:
    name = jammed(desk)
    desk.restart()
    desk.turn()
    assert desk.keeper.stopped_devices() == {"printer:front"}
    for _ in range(5):
        desk.see(STATUS, JAM)
    assert [one["id"] for one in desk.listing()] == [name]
    cleared(desk)
    assert desk.listing(is_all=False) == []


def test_after_24_h_it_is_a_new_one_also_for_a_new_process(desk: Desk) -> None:
    first = jammed(desk)
    cleared(desk)
    desk.restart()
    desk.turn(now_s=desk.now_s + 25 * 3600)
    assert jammed(desk) != first
    assert len(desk.listing()) == 2


def test_what_a_store_cannot_take_waits_in_sight_and_comes_once(desk: Desk) -> None:
    desk.see(STATUS)
    before = desk.kinds()
    desk.store._writing.execute("PRAGMA busy_timeout = 0")
    with contextlib.closing(sqlite3.connect(desk.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        name = jammed(desk)
        assert desk.keeper.stopped_devices() == {"printer:front"}
        shown = desk.keeper.listing(desk.rows, at(desk.now_s))
        assert (shown["store"], [one["is_saved"] for one in shown["incidents"]]) == ("store.locked", [False])
        with pytest.raises(StoreError):
            desk.act(name, "fixed", action="clear_jam")
        assert "fixed" not in [one.kind for one in desk.keeper.open_ones()[0].history]
        cleared(desk)
        assert desk.kinds() == before
    desk.turn(now_s=desk.now_s + 20)
    assert desk.kinds().count("detected") == 1
    assert desk.kinds()[-2:] == ["closed", "ticket_withdrawn"]
    assert desk.store.verify().is_whole
    desk.turn(now_s=desk.now_s + 20)
    assert desk.kinds().count("closed") == 1


def test_a_person_fills_the_six_steps(desk: Desk) -> None:
    name = jammed(desk)
    desk.act(name, "diagnose", category="supply")
    desk.act(name, "fixed", action="replace_part", part="CF-410", minutes=12)
    desk.act(name, "restarted")
    cleared(desk)
    steps = {step["id"]: step for step in desk.show(name)["steps"]}
    assert {step: one["by"] for step, one in steps.items()} == {
        "found": "machine",
        "diagnosed": "person",
        "fixed": "person",
        "restarted": "person",
        "retested": "machine",
        "reported": "machine",
    }
    assert steps["fixed"]["fields"] == {"action": "replace_part", "part_no": "CF-410", "minutes": 12}
    assert steps["diagnosed"]["fields"]["category"] == "supply"


@pytest.mark.parametrize(
    ("action", "options", "missing"),
    [
        ("close", {}, "retested"),
        ("cancel", {"reason": "no time"}, "retested"),
        ("fixed", {}, "action"),
        ("fixed", {"action": "prayed"}, "action"),
        ("diagnose", {"category": "bad luck"}, "category"),
        ("substitute", {"name": "finance"}, "substitute"),
        ("told", {"name": "Mr Wang"}, "case"),
        ("retest", {"answer": "ok"}, "question"),
        ("fixed", {"action": "replace_part", "part": "13812345678"}, "part"),
        ("fixed", {"action": "replace_part", "part": "138-1234 5678"}, "part"),
        ("fixed", {"action": "replace_part", "part": "１３８１２３４５６７８"}, "part"),
    ],
)
def test_rules_refuse_and_say_what_is_missing(
    desk: Desk, action: str, options: dict[str, str], missing: str
) -> None:
    name, before = jammed(desk), desk.kinds()
    with pytest.raises(Refused) as refused:
        desk.act(name, action, **options)
    assert refused.value.missing == missing
    assert desk.kinds() == before


def test_slips_are_told_from_rules(desk: Desk) -> None:
    name = jammed(desk)
    for slip in (
        lambda: desk.act(name, "hope"),
        lambda: desk.act("ZZZZ", "worked"),
        lambda: desk.act("", "worked"),
    ):
        with pytest.raises(BadAction):
            slip()


def test_an_incident_is_found_by_the_end_of_its_id(desk: Desk) -> None:
    name = jammed(desk)
    assert desk.show(name[-6:].lower())["id"] == name


def test_a_device_that_is_gone_can_be_cancelled_with_a_reason(desk: Desk) -> None:
    name = jammed(desk)
    del desk.tracks[STATUS]
    with pytest.raises(Refused, match="reason"):
        desk.act(name, "cancel")
    assert desk.act(name, "cancel", reason="sold").standing == "cancelled"
    (end,) = (one for one in desk.show(name)["history"] if one["kind"] == "cancelled")
    assert report.spoken("cancelled", "en", end["what"]) == "Cancelled: sold"
    assert desk.listing(is_all=False) == []


def test_a_substitute_is_one_that_was_just_found_good(desk: Desk) -> None:
    name = jammed(desk)
    assert desk.show(name)["substitutes"] == []
    desk.see(SPARE)
    (spare,) = desk.show(name)["substitutes"]
    assert (spare["name"], spare["place"], spare["age_s"]) == ("finance", "财务室", 0.0)
    assert desk.act(name, "substitute", name="finance").substitute == "printer:finance"
    assert desk.notes()[-1].reason == "substitute_chosen"
    desk.turn(now_s=desk.now_s + 200)
    assert desk.show(name)["substitutes"] == [], "what is stale is not known to work"


def test_a_stopped_device_is_no_substitute_before_its_retest(desk: Desk) -> None:
    name = jammed(desk)
    jammed(desk, key=SPARE)
    desk.see(SPARE, after_s=5.0)
    desk.see(SPARE, after_s=5.0)
    assert desk.keeper.stopped_devices() == {"printer:front", "printer:finance"}
    assert desk.show(name)["substitutes"] == []
    desk.see(SPARE, after_s=5.0)
    assert [one["name"] for one in desk.show(name)["substitutes"]] == ["finance"]


def test_passes_wanted_soon_are_asked_for_and_only_those(desk: Desk) -> None:
    jammed(desk)
    assert desk.see(STATUS, JAM).retests == frozenset()
    assert desk.see(STATUS).retests == {STATUS}
    assert desk.see(STATUS, after_s=5.0).retests == {STATUS}
    assert desk.see(STATUS, after_s=5.0).retests == frozenset()


def test_a_row_that_cannot_be_seen_is_not_asked_every_few_seconds(desk: Desk) -> None:
    jammed(desk)
    desk.see(STATUS)
    assert desk.see(STATUS, after_s=5.0, state="unknown", reason="snmp.timeout").retests == frozenset()


def test_nothing_opens_off_hours_and_a_repair_in_the_evening_still_counts(desk: Desk) -> None:
    name = jammed(desk)
    desk.pause = Pause(is_off_hours=True)
    for _ in range(5):
        desk.see(LINK, "NET_LINK_DOWN")
    cleared(desk)
    assert desk.show(name)["standing"] == "closed"
    assert len(desk.listing()) == 1


def test_what_ended_while_the_store_was_away_is_opened_again_and_not_made_anew(desk: Desk) -> None:
    desk.see(STATUS)
    desk.store._writing.execute("PRAGMA busy_timeout = 0")
    with contextlib.closing(sqlite3.connect(desk.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        first = jammed(desk)
        cleared(desk)
        assert jammed(desk) == first
    desk.turn(now_s=desk.now_s + 20)
    assert desk.kinds().count("detected") == 1
    assert desk.kinds().count("reopened") == 1
