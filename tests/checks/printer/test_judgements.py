"""Judgements that need no wire: watching a cover, samples, limits; and properties of all of them."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import AnyCheck, Finding, NoParams, ProbeError
from checks.printer import mib, paper, rows, status, supplies
from checks.printer.facts import Reading

BLANK = Reading(
    description="",
    model="",
    serial="",
    device_status="running",
    printer_status="idle",
    errors=(),
    console="",
    supplies=(),
    trays=(),
    alerts=(),
    page_count=None,
    read_s=100.0,
    request_count=1,
)
OPEN = msgspec.structs.replace(BLANK, errors=("doorOpen",))
LEVELS = st.sampled_from(
    [
        rows.Level("percent", 50.0),
        rows.Level("percent", 0.0),
        *(rows.Level(name) for name in ("count", "some", "empty", "unlimited", "unknown", "invalid")),
    ]
)
SUPPLIES = st.builds(
    rows.Supply,
    id=st.integers(1, 9).map(lambda row: f"1.{row}"),
    kind=st.sampled_from(sorted(set(mib.KINDS.values()))),
    colour=st.none(),
    name=st.just(""),
    level=LEVELS,
)
TRAYS = st.builds(
    rows.Tray,
    id=st.integers(1, 9).map(lambda row: f"1.{row}"),
    name=st.just(""),
    level=LEVELS,
    paper_size=st.none(),
    is_bypass=st.booleans(),
    is_virtual=st.booleans(),
)
ALERTS = st.builds(
    rows.Alert,
    severity=st.sampled_from(["critical", "warning", "other"]),
    group=st.sampled_from([5, 6, 8, 10, 11]),
    subunit=st.integers(1, 9),
    code=st.sampled_from(sorted(mib.ALERTS)),
    text=st.just(""),
)
READINGS = st.builds(
    msgspec.structs.replace,
    st.just(BLANK),
    device_status=st.sampled_from([None, *mib.DEVICE_STATUS.values()]),
    printer_status=st.sampled_from([None, *mib.PRINTER_STATUS.values()]),
    errors=st.one_of(st.none(), st.lists(st.sampled_from(mib.ERROR_BITS), unique=True).map(tuple)),
    supplies=st.lists(SUPPLIES, max_size=4).map(tuple),
    trays=st.lists(TRAYS, max_size=4).map(tuple),
    alerts=st.lists(ALERTS, max_size=3).map(tuple),
)


def seen(read: Reading, read_s: float) -> status.Facts:
    return status.facts_of(msgspec.structs.replace(read, read_s=read_s))


def codes(facts: status.Facts, grace_s: float = 60.0) -> list[str]:
    return [one.code for one in status.judge(facts, status.Params(cover_open_grace_s=grace_s))]


def test_a_cover_that_is_open_at_the_first_look_is_told_at_once() -> None:
    assert codes(status.carry(None, seen(OPEN, 0.0))) == ["PRN_COVER_OPEN"]


def test_a_cover_that_was_seen_closed_has_its_grace() -> None:
    facts = status.carry(None, seen(BLANK, 0.0))
    told = []
    for read_s in (30.0, 60.0, 89.0, 90.0, 120.0):
        facts = status.carry(facts, seen(OPEN, read_s))
        told.append(codes(facts))
    assert told == [[], [], [], ["PRN_COVER_OPEN"], ["PRN_COVER_OPEN"]]
    assert codes(status.carry(facts, seen(BLANK, 150.0))) == []


def test_the_grace_begins_anew_with_each_opening() -> None:
    facts = status.carry(None, seen(BLANK, 0.0))
    for read, read_s in ((OPEN, 30.0), (BLANK, 60.0), (OPEN, 90.0)):
        facts = status.carry(facts, seen(read, read_s))
    assert facts.cover_watched_s == 0.0
    assert codes(facts) == []
    assert codes(facts, grace_s=0.0) == ["PRN_COVER_OPEN"]


def test_an_open_cover_is_watched_from_the_first_look_on_without_grace() -> None:
    facts = status.carry(status.carry(None, seen(OPEN, 0.0)), seen(OPEN, 10.0))
    assert codes(facts) == ["PRN_COVER_OPEN"]


def test_pages_are_counted_where_the_printer_counts_them() -> None:
    assert list(status.measure(seen(BLANK, 0.0))) == []
    counting = msgspec.structs.replace(BLANK, page_count=12)
    (sample,) = status.measure(seen(counting, 0.0))
    assert (sample.metric, sample.value, sample.labels) == ("deskready_printer_pages_total", 12, {})


def test_shares_are_measured_where_they_are_known() -> None:
    found = (
        rows.Supply("1.3", "toner", "black", "K", rows.Level("percent", 8.0)),
        rows.Supply("1.4", "drum", None, "D", rows.Level("percent", 100.0)),
        rows.Supply("1.5", "toner", "cyan", "C", rows.Level("some")),
    )
    facts = supplies.facts_of(msgspec.structs.replace(BLANK, supplies=found))
    assert [(one.value, dict(one.labels)) for one in supplies.measure(facts)] == [
        (0.08, {"supply": "1.3", "kind": "toner", "colour": "black"}),
        (1.0, {"supply": "1.4", "kind": "drum", "colour": "unknown"}),
    ]


@pytest.mark.parametrize(("percent", "is_low"), [(10.0, True), (10.1, False), (0.0, True)])
def test_the_limit_is_inclusive_and_a_warning(percent: float, *, is_low: bool) -> None:
    found = (rows.Supply("1.1", "toner", "black", "K", rows.Level("percent", percent)),)
    facts = supplies.facts_of(msgspec.structs.replace(BLANK, supplies=found))
    findings = list(supplies.judge(facts, supplies.Params()))
    assert [one.is_warning for one in findings] == [True] * is_low


def test_one_empty_tray_is_out_of_paper_only_where_it_is_the_last() -> None:
    empty, full, bypass = (
        rows.Tray(f"1.{row}", f"Tray {row}", level, None, is_bypass=row == 3, is_virtual=False)
        for row, level in enumerate((rows.Level("empty"), rows.Level("some"), rows.Level("some")), start=1)
    )

    def is_out(*trays: rows.Tray) -> bool:
        facts = paper.facts_of(msgspec.structs.replace(BLANK, trays=trays))
        return bool(list(paper.judge(facts, NoParams())))

    assert is_out(empty)
    assert is_out(empty, bypass)  # what is in a hand-fed tray is somebody's letterhead
    assert not is_out(empty, full)
    assert not is_out(bypass)


@given(READINGS)
def test_every_finding_gives_the_values_its_words_need(read: Reading) -> None:
    for check, judged in _all(read):
        for finding in judged:
            assert set(finding.values) == set(check.faults[finding.code])


@given(READINGS)
def test_what_stops_a_printer_is_never_called_good(read: Reading) -> None:
    """A printer that is down, for whatever it names, has a finding, sleeps, warms up or is unknown."""
    if read.device_status != "down":
        return
    try:
        facts = status.facts_of(read)
    except ProbeError:
        return
    found = {one.code for _, judged in _all(read) for one in judged} - {"PRN_TONER_LOW"}
    assert found or facts.is_asleep or facts.printer_status == "warmup"


@given(READINGS)
def test_waste_is_never_judged_by_its_level(read: Reading) -> None:
    def with_waste_at(percent: float) -> list[str]:
        waste = rows.Supply("1.9", "waste", None, "", rows.Level("percent", percent))
        changed = msgspec.structs.replace(read, supplies=(*read.supplies, waste))
        return [one.code for _, judged in _all(changed) for one in judged]

    assert with_waste_at(0.0) == with_waste_at(100.0)


def _all(read: Reading) -> list[tuple[AnyCheck, list[Finding]]]:
    doors: tuple[tuple[AnyCheck, Callable[[Reading], Any]], ...] = (
        (status.CHECK, status.facts_of),
        (paper.CHECK, paper.facts_of),
        (supplies.CHECK, supplies.facts_of),
    )
    found = []
    for check, facts_of in doors:
        try:
            facts = facts_of(read)
        except ProbeError:
            continue
        found.append((check, list(check.judge(facts, check.params()))))
    return found
