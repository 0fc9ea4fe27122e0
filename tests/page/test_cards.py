"""What the fault card says: what IT knows, what clients may hear, before and after, what to use instead."""

import re
from datetime import UTC, timedelta
from typing import Any

import gallery
import msgspec
import pytest
from gallery import FOUND, NOW, PROCEDURE, SETTINGS, fault_card, fault_tree

from agent.page import card, clients, facts, told
from agent.result import Result
from checks import registry
from config.tables import Station

FACTS: dict[str, Any] = {
    "uptime_s": 7200.0,
    "free_bytes": 1_800_000_000,
    "on_ac": False,
    "boot_time": "2026-11-20T00:30:00Z",
    "printer_status": "idle",
    "battery_pct": None,
}
# Of no use to anybody but the program itself and, on the page of the check, to IT.
FOR_MACHINES = {
    "all_ticks",
    "at_s",
    "busy_ticks",
    "clock_jump_s",
    "cover_watched_s",
    "day",
    "device_status",
    "drops_count",
    "error",
    "error_text",
    "errors_in_a_row",
    "failed_step",
    "has_answered",
    "has_ipv6",
    "has_new_address",
    "http_status",
    "hung_count",
    "interface",
    "ipv4",
    "ipv6",
    "is_alerted",
    "is_known_to_answer",
    "is_told_low",
    "last_dump_age_h",
    "last_error",
    "level_known",
    "max_error_s",
    "memory_stall_ms",
    "method",
    "neighbour",
    "prints_with",
    "read_s",
    "sensor",
    "servers_count",
    "silence",
    "stalled_us",
    "stands_still",
    "still_s",
    "transaction",
    "unsupported_days",
    "version",
    "via",
}


def tree(code: str = "PRN_JAM", **changes: Any) -> dict[str, Any]:
    return fault_tree(code) | changes


def event(kind: str, **what: Any) -> dict[str, Any]:
    return {"kind": kind, "at": "2026-11-20T02:15:00Z", "who": "broker", "what": what}


def it(one: dict[str, Any], settings: Any = SETTINGS) -> str:
    seen = told.told(one, PROCEDURE, settings, "zh")
    return " ".join([*(each.sentence for each in seen.tickets), *seen.lines])


def planned(note: str, due: str | None, why: str) -> dict[str, Any]:
    one = tree()
    history = [event("detected"), event("recorded", note=note, why=why, due=due)]
    return one | {"note": {"kind": note, "due": due}, "history": history, "tickets": []}


def test_it_is_said_to_know_only_what_a_ticket_system_has_confirmed() -> None:
    assert "4711" in it(fault_tree("PRN_JAM", is_told=True))
    assert it(fault_tree("PRN_JAM", is_told=True)).startswith("IT 已经知道。工单号：4711。时间：10:13")
    for one in (
        planned("open", "2026-11-20T02:20:00Z", "after_self_help"),
        planned("open", "9999-12-31T00:00:00Z", "observe_only"),
        planned("open", "2026-11-20T02:16:00Z", "auto"),
        planned("none", None, "no_ticket_system"),
        planned("none", None, "none"),
        planned("digest", "2026-11-23T00:30:00Z", "digest"),
    ):
        assert "IT 已经知道" not in it(one)
        assert "8001" in it(one), "whom to call"
    assert "10:20" in it(planned("open", "2026-11-20T02:20:00Z", "after_self_help"))
    assert "还没有确认" in it(planned("open", "2026-11-20T02:16:00Z", "auto"))
    assert "头几天" in it(planned("open", "9999-12-31T00:00:00Z", "observe_only"))
    assert "11-23 08:30" in it(planned("digest", "2026-11-23T00:30:00Z", "digest"))


def test_what_is_not_for_it_names_the_manager() -> None:
    said = it(fault_tree("ENV_HAZARD"))
    assert ("8100" in said, "8001" in said) == (True, False)
    bare = type(SETTINGS)(station=Station(name="desk-07", site="sh-1"))
    assert it(planned("none", None, "none"), bare).count("。") >= 1
    assert "None" not in it(fault_tree("ENV_HAZARD"), bare)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"substitute": "printer:finance"}, ["delay"]),
        (
            {"history": [event("detected"), event("workaround", code="pdf_epolicy")]},
            ["delay", "e_policy_first"],
        ),
        ({"history": [event("detected"), event("workaround", code="print_shop_by_it")]}, ["delay"]),
        ({"standing": "closed", "history": [event("detected"), event("closed")]}, []),
        (
            {"standing": "closed", "history": [event("detected"), event("clients_told", case="K7Q-2M9")]},
            ["resumed"],
        ),
    ],
)
def test_clients_are_told_only_what_is_true(changes: dict[str, Any], expected: list[str]) -> None:
    shown = list(clients.messages(tree(**changes), PROCEDURE, "zh"))
    assert [one.id for one in shown] == expected
    for one in shown:
        assert "{" not in one.text
        assert clients.BLANK not in one.text or "空白" in one.note
        assert (one.id == "e_policy_first") == ("主管" in one.note)


def test_what_was_told_in_an_earlier_life_is_not_told_again() -> None:
    old = [event("detected"), event("workaround", code="pdf_epolicy"), event("closed"), event("reopened")]
    assert list(clients.messages(tree(history=old), PROCEDURE, "zh")) == []


def test_a_substitute_is_offered_with_its_freshness_and_none_is_said_plainly() -> None:
    shown = fault_card("PRN_JAM", "zh")
    assert [(way.value, way.label, way.detail) for way in shown.ways] == [
        ("finance", "财务室 finance", "刚检查过，正常（12 秒前）")
    ]
    none = card.card(tree(substitutes=[]), None, SETTINGS, PROCEDURE, "zh")
    assert none.ways == ()
    assert "没有刚检查过" in none.no_way
    assert "finance" not in none.alternate


def test_a_substitute_in_use_says_whether_it_still_works() -> None:
    used = card.card(tree(substitute="printer:finance"), None, SETTINGS, PROCEDURE, "zh")
    assert "财务室打印机（finance）" in used.using
    assert ("正常" in used.using, used.ways, used.can_switch_back) == (True, (), True)
    worn = card.card(tree(substitute="printer:finance", substitutes=[]), None, SETTINGS, PROCEDURE, "zh")
    assert "没有检查到正常" in worn.using
    over = card.card(tree(substitute="printer:finance", standing="closed"), None, SETTINGS, PROCEDURE, "zh")
    assert (over.using, over.can_switch_back) == ("", False)


def newest(after_s: float, **changes: Any) -> Result:
    own = {"check": "thermal.temperature", "device": "computer", "level": "blocking", "state": "ok"}
    return Result(**{**own, "measured_at": FOUND.utc + timedelta(seconds=after_s), **changes})


def test_before_and_after_stand_side_by_side_once_there_is_an_after() -> None:
    hot = tree("THERM_HOT", facts={"max_c": 88.0, "high_c": 85.0})
    seen = card.card(hot, newest(60, facts={"max_c": 71.0, "high_c": 85.0}), SETTINGS, PROCEDURE, "zh")
    assert [(pair.label, pair.before, pair.after) for pair in seen.pairs] == [
        ("结果", "电脑温度偏高", "正常"),
        ("最热的部位", "88 ℃", "71 ℃"),
    ]
    assert card.card(hot, newest(-60), SETTINGS, PROCEDURE, "zh").pairs == ()
    blind = newest(60, state="unknown", reason="thermal.no_sensor")
    (only,) = card.card(hot, blind, SETTINGS, PROCEDURE, "zh").pairs
    assert "正常" not in only.after


@pytest.mark.parametrize(
    ("changes", "colour", "said"),
    [
        ({}, "red", "已停用"),
        ({"standing": "recovered", "is_stopped": True}, "amber", "正在复测"),
        ({"standing": "recovered", "waits_for": ["no_odd_noise"]}, "amber", "还差一个问题"),
        ({"standing": "closed", "ended": "2026-11-20T02:16:00Z"}, "green", "10:16 复测通过"),
        ({"standing": "cancelled", "ended": "2026-11-20T02:16:00Z"}, "grey", "取消"),
        ({"is_flapping": True}, "red", "时好时坏"),
    ],
)
def test_where_it_stands_is_a_colour_and_a_sentence(changes: dict[str, Any], colour: str, said: str) -> None:
    shown = card.card(tree(**changes), None, SETTINGS, PROCEDURE, "zh")
    assert shown.colour == colour
    assert said in shown.standing


def test_every_fact_has_words_or_is_for_machines_only() -> None:
    plain = {
        field.encode_name
        for check in registry.ALL
        for field in msgspec.structs.fields(check.facts)
        if not re.search(r"tuple\[|dict\[|Mapping\[|checks\.", str(field.type))
    }
    assert plain - facts.LABELS.keys() == FOR_MACHINES
    for lang in ("zh", "en"):
        shown = {one.label: one.value for one in facts.facts(FACTS, lang, UTC)}
        assert len(shown) == len(FACTS) - 1, "a fact without a value is not shown"
    assert shown == {
        "Running for": "2 h",
        "Space left on the disk": "1.7 GB",
        "Plugged in": "no",
        "Started at": "2026-11-20 00:30",
        "What it is doing": "waiting",
    }


def test_the_gallerys_incidents_are_as_the_program_makes_them() -> None:
    assert fault_tree("PRN_JAM")["schema"] == "deskready.incidents/1"
    assert fault_tree("THERM_NOISE")["check"] == "no_odd_noise"
    assert NOW.utc - FOUND.utc == timedelta(minutes=4)
    assert gallery.PROCEDURE.faults.keys() == PROCEDURE.faults.keys()
