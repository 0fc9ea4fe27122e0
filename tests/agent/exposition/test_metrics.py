import re
import subprocess
import sys
from pathlib import Path

import exposition
import pytest
import tree
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshots import AT, FAULT, page, result, snapshot, supplies, whole_desk

from agent.exposition import metrics
from agent.exposition.metrics import Page, render, stale
from checks.model import Sample

GOLDEN = Path(__file__).parents[2] / "golden" / "metrics.txt"


def test_the_page_is_the_golden_one() -> None:
    shown = Page()
    shown.update(whole_desk())
    assert shown.read().decode() == GOLDEN.read_text(encoding="utf-8")


def test_the_parser_of_the_format_reads_the_golden_page() -> None:
    golden = GOLDEN.read_bytes()
    assert exposition.value(golden, "deskready_verdict", verdict="amber") == 1.0
    assert [exposition.value(golden, "deskready_verdict", verdict=c) for c in ("green", "grey", "red")] == [
        0.0
    ] * 3
    assert exposition.value(golden, "deskready_coverage_ratio") == 0.75
    assert exposition.value(golden, "deskready_verdict_valid_until_timestamp_seconds") == AT.timestamp()
    assert exposition.value(golden, "deskready_fault", code="PRN_JAM", device="printer:front") == 1.0
    states = [
        exposition.value(
            golden, "deskready_check_state", check="printer.status", device="printer:front", state=s
        )
        for s in ("ok", "warn", "fail", "unknown", "off")
    ]
    assert states == [0.0, 0.0, 1.0, 0.0, None]


def test_a_state_set_has_one_state_and_off_stands_alone() -> None:
    shown = page(result(state="unknown"), result("scanner.present", "scanner", "off"))
    assert exposition.count(shown, "deskready_check_state") == 5
    assert (
        exposition.value(
            shown, "deskready_check_state", check="scanner.present", device="scanner", state="off"
        )
        == 1
    )
    assert (
        exposition.value(
            shown, "deskready_check_last_run_timestamp_seconds", check="scanner.present", device="scanner"
        )
        is None
    )
    assert (
        exposition.value(
            shown,
            "deskready_check_last_run_timestamp_seconds",
            check="printer.status",
            device="printer:front",
        )
        == AT.timestamp()
    )


def test_a_fault_that_is_gone_is_zero_and_one_nobody_can_see_is_absent() -> None:
    shown = Page()
    values = []
    for state, findings in (("ok", ()), ("fail", (FAULT,)), ("unknown", ()), ("ok", ()), ("off", ())):
        shown.update(snapshot(result(state=state, findings=findings)))  # type: ignore[arg-type]
        values.append(
            exposition.value(shown.read(), "deskready_fault", code="PRN_JAM", device="printer:front")
        )
    assert values == [None, 1.0, None, 0.0, None]


def test_a_fault_that_two_checks_can_find_is_there_while_one_finds_it() -> None:
    seen = {("printer.paper", "printer:front"): frozenset({"PRN_JAM"})}
    both = snapshot(result(state="fail", findings=(FAULT,)), result("printer.paper"))
    shown, dropped_count = render(both, seen)
    assert (
        exposition.value(shown, "deskready_fault", code="PRN_JAM", device="printer:front"),
        dropped_count,
    ) == (1.0, 0)


@pytest.mark.parametrize(
    "sample",
    [
        Sample("deskready_made_up", 1),
        Sample("deskready_temperature_celsius", 1),
        Sample("deskready_temperature_celsius", 1, {"sensor": "a", "client": "b"}),
        Sample("deskready_temperature_celsius", float("nan"), {"sensor": "a"}),
        Sample("deskready_temperature_celsius", float("inf"), {"sensor": "a"}),
        Sample("deskready_temperature_celsius", 10**400, {"sensor": "a"}),
        Sample("deskready_temperature_celsius", None, {"sensor": "a"}),  # type: ignore[arg-type]
        Sample("deskready_temperature_celsius", 9.0, {"sensor": "cpu"}),
        Sample("deskready_series_dropped_total", 7),
    ],
)
def test_what_the_contract_does_not_allow_is_dropped_and_counted(sample: Sample) -> None:
    good = Sample("deskready_temperature_celsius", 41.0, {"sensor": "cpu"})
    shown = Page()
    shown.update(snapshot(result("thermal.temperature", "computer", samples=(good, sample))))
    assert exposition.value(shown.read(), "deskready_temperature_celsius", sensor="cpu") == 41.0
    assert exposition.count(shown.read(), "deskready_temperature_celsius") == 1
    assert exposition.value(shown.read(), "deskready_series_dropped_total") == 1


def test_the_limit_cuts_the_least_important_series() -> None:
    results = [result("printer.supplies", f"printer:{number}", samples=supplies(10)) for number in range(60)]
    shown = Page()
    shown.update(snapshot(*results))
    found = exposition.series(shown.read())
    assert len(found) == metrics.SERIES_MAX
    assert exposition.count(shown.read(), "deskready_verdict") == 4
    assert exposition.count(shown.read(), "deskready_check_state") == 240
    assert exposition.value(shown.read(), "deskready_series_dropped_total") == shown.dropped_count > 500


HOSTILE = [
    'a"b',
    "a\\",
    "a\nb",
    "\x1b[31m",
    "\x00",
    "\udcff",
    "\ud83d",
    "{}",
    "# HELP",
    "前台",
    "x" * 5000,
    "",
    "\u2028",
    "a\r",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_a_scrape(text: str) -> None:
    where = {"supply": text, "kind": text, "colour": text}
    shown = page(
        result(text, text, samples=(Sample("deskready_printer_supply_ratio", 0.5, where),)), version=text
    )
    found = exposition.series(shown)
    assert len(found) == 16
    assert all(
        ord(char) < 0x7F and len(value) <= 64 for _, labels in found for _, value in labels for char in value
    )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(st.characters(), max_size=80), st.text(st.characters(), max_size=80)), max_size=5
    )
)
def test_no_generated_text_breaks_a_scrape(names: list[tuple[str, str]]) -> None:
    shown = Page()
    shown.update(snapshot(*(result(check, device) for check, device in names)))
    exposition.series(shown.read())
    assert shown.failures_count == 0


def test_without_cleaning_one_lone_surrogate_loses_the_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_NOT_IN_LABELS", re.compile("(?!)"))
    with pytest.raises(UnicodeEncodeError):
        page(result(device="\udcff"))
    assert b"\x1b" in page(result(device="\x1b"))


def test_a_page_that_cannot_be_rendered_leaves_the_last_good_one_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shown = Page()
    shown.update(snapshot(result()))
    before = exposition.series(shown.read())
    shown.update(snapshot(result(), verdict=None))
    after = exposition.series(shown.read())
    assert after.pop(("deskready_page_render_failures_total", frozenset())) == 1
    assert before.pop(("deskready_page_render_failures_total", frozenset())) == 0
    assert after == before
    assert "metrics page not rendered" in caplog.text
    shown.update(snapshot())
    assert exposition.count(shown.read(), "deskready_check_state") == 0


def test_the_stale_twin_is_grey_expired_and_knows_no_states() -> None:
    twin = render(stale(whole_desk(), AT))[0]
    assert exposition.value(twin, "deskready_verdict", verdict="grey") == 1.0
    assert exposition.value(twin, "deskready_verdict", verdict="amber") == 0.0
    assert exposition.value(twin, "deskready_coverage_ratio") == 0.0
    states = {
        labels
        for (name, labels), value in exposition.series(twin).items()
        if name == "deskready_check_state" and value
    }
    assert {dict(labels)["state"] for labels in states} == {"unknown", "off"}
    for name in ("deskready_fault", "deskready_printer_supply_ratio", "process_resident_memory_bytes"):
        assert exposition.count(twin, name) == 0


def test_a_page_can_be_served_without_prometheus_client() -> None:
    """The first page must be out before the slow import; the rendering then does import it."""
    code = (
        "import sys; from agent.exposition import lastpage, metrics, listener\n"
        "page = metrics.Page(lastpage.NOTHING_KNOWN)\n"
        "assert b'grey' in page.read(); print('prometheus_client' in sys.modules, 'ssl' in sys.modules)\n"
        "metrics.expose({}); print('prometheus_client' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tree.ROOT, capture_output=True, check=True, text=True
    )
    assert done.stdout.split() == ["False", "False", "True"]


SOAK = """
import sys
from pathlib import Path
from agent.exposition import metrics
sys.path.insert(0, "tests")
import snapshots

def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

def render(count):
    for _ in range(count):
        page.update(snapshots.whole_desk())
        if sys.argv[1] == "leak":
            type("Collected", (metrics._Collected,), {})

page = metrics.Page()
render(1000)
before = resident_bytes()
render(2000)
print(resident_bytes() - before)
"""


def grown_bytes(mode: str) -> int:
    argv = [sys.executable, "-c", SOAK, mode]
    return int(subprocess.run(argv, cwd=tree.ROOT, capture_output=True, check=True, text=True).stdout)


@pytest.mark.slow
def test_two_thousand_pages_leave_no_memory_behind() -> None:
    """The negative control makes a class for each page, as the first version did."""
    assert grown_bytes("") < 65_536
    assert grown_bytes("leak") > 65_536
