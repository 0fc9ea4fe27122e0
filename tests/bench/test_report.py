"""The page: what a run writes, and what it leaves alone."""

import pytest

from bench import report, soak, targets
from bench.soak import Counter, Steady

ABOUT = report.Circumstances("2026-01-02", "2 shared cores", "load 1.0", "Python 3.11", "abc1234", 3)
STEADY = [Steady(1000, 30_000, 14, 3, 0), Steady(6000, 30_100, 14, 4, 0)]
COSTS = report.Costs(
    [{"what": "ssl", "kib": 932, "cpu_ms": 4.0, "modules": 3}],
    [
        {"what": "network.link network", "state": "ok", "interval_s": 15.0, "cpu_ms": 0.4, "took_ms": 1.0},
        {"what": "network.dns network", "state": "ok", "interval_s": 60.0, "cpu_ms": 4.0, "took_ms": 2.0},
    ],
)


@pytest.fixture
def values():
    names = {name for _, _, ours, beside, _, _ in targets.RATIOS for name in (ours, beside)}
    return {name: [1.0, 2.0, 3.0] for name in names | {ours for _, _, ours, _ in targets.LIMITS}}


@pytest.fixture
def page(values, tmp_path):
    counter = Counter(tmp_path)
    counter.states = {"network.dns network": {"ok", "check.overrun"}}
    found = [*targets.figures(values, 120), *targets.growth(STEADY)]
    return report.render(ABOUT, found, STEADY, counter, COSTS)


def test_the_page_names_what_was_missed(page):
    assert "growth over 5,000 runs: threads" in page.partition("Targets missed: ")[2].splitlines()[0]
    assert "missed by 1" in page
    assert "growth over 5,000 runs: resident set" in page


def test_the_page_shows_the_dearest_check_first_and_the_sum(page):
    costs = page.partition("## Where the CPU goes")[2]
    assert costs.index("network.dns") < costs.index("network.link")
    assert costs.rstrip().splitlines()[-1].split("|")[-2].strip() == "11.2"


def test_the_page_shows_the_soak(page):
    assert "Results seen: check.overrun, ok." in page
    assert "| 6,000 | 30,100  | 14  | 4       | 0        |" in page


def test_every_placeholder_of_the_page_is_filled(page):
    assert "{" not in page
    assert "}" not in page


def test_what_was_written_by_hand_is_kept(tmp_path):
    path = tmp_path / "bench.md"
    report.write(path, "first")
    path.write_text(path.read_text() + "\n## Why\n\nBecause.\n")
    report.write(path, "second")
    assert path.read_text().startswith("second\n")
    assert path.read_text().endswith("\n## Why\n\nBecause.\n")
    assert "first" not in path.read_text()
    assert path.read_text().count(report.KEPT) == 1


def test_the_accelerated_procedure_changes_intervals_and_one_limit_only():
    before = soak.SHIPPED.read_text("utf-8").splitlines()
    after = soak.accelerated("\n".join(before)).splitlines()
    assert len(before) == len(after)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert {old.split(" = ")[0] for old, _ in changed} == {"interval_s", "timeout_s"}
    assert [new for _, new in changed if new.startswith("timeout_s")] == [
        f"timeout_s = {soak.OVERRUN_LIMIT_S}"
    ]
    assert sum(new.startswith("interval_s") for _, new in changed) == sum(
        line == "[[check]]" for line in before
    )
