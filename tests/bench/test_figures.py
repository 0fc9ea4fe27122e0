"""Medians, ratios, targets and the tables that show them."""

import pytest

from bench import figures
from bench.figures import Figure

RATIO = Figure("memory", "KiB", [30, 10, 20], [10, 10, 40], "peer", "ratio", 1.35)
VALUE = Figure("status", "ms", [160.0, 140.0, 170.0], kind="value", limit=150)


def test_a_ratio_is_of_the_medians_and_not_of_single_rounds():
    assert figures.ratio(RATIO) == 2.0
    assert figures.measured(RATIO) == 2.0


@pytest.mark.parametrize(("ours", "beside"), [([], [1.0]), ([1.0], []), ([1.0], [0.0])])
def test_no_ratio_without_both_sides(ours, beside):
    figure = Figure("x", "s", ours, beside, limit=1)
    assert figures.ratio(figure) is None
    assert figures.outcome(figure) == "not measured"


@pytest.mark.parametrize(
    ("figure", "outcome"),
    [
        (RATIO, "missed by 48 %"),
        (VALUE, "missed by 7 %"),
        (VALUE._replace(limit=160.0), "met"),
        (RATIO._replace(limit=2.0), "met"),
        (RATIO._replace(limit=None), ""),
        (Figure("threads", "", [3], kind="value", limit=0), "missed by 3"),
        (Figure("threads", "", [0], kind="value", limit=0), "met"),
        (Figure("memory", "KiB", [-40], kind="value", limit=512), "met"),
        (Figure("status", "ms", [], kind="value", limit=1), "not measured"),
    ],
)
def test_the_outcome_says_by_how_much(figure, outcome):
    assert figures.outcome(figure) == outcome


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0123, "0.012"),
        (1.234, "1.23"),
        (3, "3"),
        (45.67, "45.7"),
        (99.96, "100"),
        (28416, "28,416"),
        (-976, "-976"),
        (-0.5, "-0.500"),
    ],
)
def test_numbers_are_written_with_what_counts(value, text):
    assert figures.number(value) == text


def test_the_table_has_both_columns_ratio_target_and_outcome():
    lines = figures.table([RATIO, VALUE]).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[2] == ["memory", "20 KiB", "10 KiB (peer)", "2.00", "≤ 1.35×", "missed by 48 %"]
    assert cells[3] == ["status", "160 ms", "", "", "≤ 150 ms", "missed by 7 %"]
    assert set(lines[1]) == {"|", "-"}
    assert len({len(line) for line in lines}) == 1


def test_every_raw_value_is_shown_in_the_order_of_measuring():
    assert "| 30 · 10 · 20 | 10 · 10 · 40 |" in figures.raw_table([RATIO])
