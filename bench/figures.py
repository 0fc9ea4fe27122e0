"""Figures and their targets: medians, ratios, and the table that shows them. Pure."""

from collections.abc import Sequence
from statistics import median
from typing import Literal, NamedTuple

Kind = Literal["ratio", "value"]


class Figure(NamedTuple):
    """One quantity, measured several times.

    `ours` and `beside` hold every raw value in `unit`. `beside` is what it is held against: a peer, or
    deskready itself in other circumstances; `beside_name` says which. The target is that the median, or
    the ratio of the medians, is at most `limit`; None: shown without a target.
    """

    what: str
    unit: str
    ours: Sequence[float]
    beside: Sequence[float] = ()
    beside_name: str = ""
    kind: Kind = "ratio"
    limit: float | None = None


def ratio(figure: Figure) -> float | None:
    """Return the ratio of the medians; None where a side was not measured or is 0."""
    if not figure.ours or not figure.beside or not median(figure.beside):
        return None
    return median(figure.ours) / median(figure.beside)


def measured(figure: Figure) -> float | None:
    """Return what the target limits; None where it was not measured."""
    if figure.kind == "ratio":
        return ratio(figure)
    return median(figure.ours) if figure.ours else None


def outcome(figure: Figure) -> str:
    """Return "met", "missed by 12 %" (or by 3, of a limit of 0), "not measured", or "" without a target."""
    if figure.limit is None:
        return ""
    value = measured(figure)
    if value is None:
        return "not measured"
    if value <= figure.limit:
        return "met"
    if not figure.limit:
        return f"missed by {number(value)} {figure.unit}".rstrip()
    return f"missed by {100 * (value / figure.limit - 1):.0f} %"


def table(figures: Sequence[Figure]) -> str:
    """Return a Markdown table of medians: ours, the other column, ratio, target, outcome."""
    head = ["quantity", "deskready", "beside it", "ratio", "target", ""]
    return markdown([head, *(_row(figure) for figure in figures)])


def raw_table(figures: Sequence[Figure]) -> str:
    """Return a Markdown table of every single value, in the order of measuring."""
    head = ["quantity", "unit", "deskready", "beside it"]
    rows = [[figure.what, figure.unit, _values(figure.ours), _values(figure.beside)] for figure in figures]
    return markdown([head, *rows])


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as a Markdown table with even columns; the first row is its head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """Write three figures that count, or all digits of a large or whole number: 0.012, 45.6, 28,416."""
    size = abs(value)
    if size >= 99.95 or value == int(value):  # noqa: PLR2004  from here on three digits before the point
        return f"{value:,.0f}"
    places = 3 if size < 1 else 2 if size < 10 else 1  # noqa: PLR2004  digits before the point
    return f"{value:.{places}f}"


def _row(figure: Figure) -> list[str]:
    share = ratio(figure)
    ours, beside = (_median(values, figure.unit) for values in (figure.ours, figure.beside))
    if beside and figure.beside_name:
        beside = f"{beside} ({figure.beside_name})"
    return [
        figure.what,
        ours,
        beside,
        f"{share:.2f}" if share is not None else "",
        _target(figure),
        outcome(figure),
    ]


def _target(figure: Figure) -> str:
    if figure.limit is None:
        return ""
    return (
        f"≤ {figure.limit:g}×"
        if figure.kind == "ratio"
        else f"≤ {number(figure.limit)} {figure.unit}".rstrip()
    )


def _median(values: Sequence[float], unit: str) -> str:
    return f"{number(median(values))} {unit}".rstrip() if values else ""


def _values(values: Sequence[float]) -> str:
    return " · ".join(map(number, values))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
