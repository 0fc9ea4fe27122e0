"""Numbers of the printer MIBs: what they mean, and that no percent is ever made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.printer import mib, names, rows

NUMBERS = st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1), st.sampled_from([-100, -3, -2, -1, 0, 100]))
UNITS = st.one_of(st.none(), st.sampled_from([7, 13, 19]))


@given(NUMBERS, NUMBERS, UNITS)
def test_a_percent_is_a_share_that_the_device_gave(
    value: int | None, maximum: int | None, unit: int | None
) -> None:
    level = rows.level(value, maximum, unit)
    is_share = value is not None and maximum is not None and 0 <= value <= maximum and maximum > 0
    is_percent = value is not None and 0 <= value <= 100 and unit == 19 and (maximum is None or maximum <= 0)
    assert (level.state == "percent") == (level.percent is not None) == (is_share or is_percent)
    assert level.percent is None or 0 <= level.percent <= 100


@pytest.mark.parametrize(
    ("value", "maximum", "unit", "state", "percent"),
    [
        (11501, 12000, None, "percent", 95.8),
        (0, 12000, None, "percent", 0.0),
        (63, -2, 19, "percent", 63.0),
        (-3, -2, None, "some", None),
        (-3, 100, 19, "some", None),
        (-2, 100, 19, "unknown", None),
        (-1, 100, 19, "unlimited", None),
        (-100, -2, None, "empty", None),
        (-7, 100, None, "invalid", None),
        (100, -2, None, "count", None),
        (150, 100, 19, "invalid", None),
        (101, 0, 19, "invalid", None),
        (0, 0, None, "unknown", None),
        (0, -2, None, "unknown", None),
        (None, 100, None, "unknown", None),
        (5, None, None, "count", None),
    ],
)
def test_levels(
    value: int | None, maximum: int | None, unit: int | None, state: str, percent: float | None
) -> None:
    assert rows.level(value, maximum, unit) == rows.Level(state, percent)  # type: ignore[arg-type]


def test_a_naive_share_makes_percents_up() -> None:
    """Negative control: what dividing alone says of "some is left" and of "unknown"."""
    assert 100 * -3 / -2 == 150
    assert 100 * -2 / 100 == -2


@given(st.lists(st.sampled_from(mib.ERROR_BITS), unique=True))
def test_error_bits_come_most_significant_first(bits: list[mib.ErrorBit]) -> None:
    number = sum(1 << (15 - mib.ERROR_BITS.index(bit)) for bit in bits)
    assert set(rows.error_bits(number.to_bytes(2, "big")) or ()) == set(bits)


@given(st.binary(min_size=1, max_size=10))
def test_any_error_bytes(value: bytes) -> None:
    assert set(rows.error_bits(value) or ()) <= set(mib.ERROR_BITS)


@pytest.mark.parametrize(
    ("value", "bits"),
    [
        (None, None),
        (b"", None),
        (64, None),
        (b"\x00", ()),
        (b"\x00\x00", ()),
        (b"\x80\x00", ("lowPaper",)),
        (b"\x20", ("lowToner",)),
        (b"\x04", ("jammed",)),
        (b"\x00\x02", ("overduePreventMaint",)),
        (b"\x00\x01", ()),
        (b"\x48\x08\xff", ("noPaper", "doorOpen", "outputFull")),
    ],
)
def test_error_states(value: bytes | int | None, bits: tuple[str, ...] | None) -> None:
    assert rows.error_bits(value) == bits


def test_least_significant_first_would_mistake_low_toner_for_a_jam() -> None:
    """Negative control for the order of the bits."""
    mistaken = [name for place, name in enumerate(mib.ERROR_BITS[:8]) if 0x20 >> place & 1]
    assert mistaken == ["jammed"] != list(rows.error_bits(b"\x20") or ())


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("Black Toner Cartridge", "black"),
        ("CANON Matte Black Ink Tank", "black"),
        ("Light Cyan", "light_cyan"),
        ("青色墨粉", "cyan"),
        ("品红", "magenta"),
        ("黄色碳粉盒", "yellow"),
        ("Tri-color Cartridge", "tricolour"),
        ("TK-1150", None),
        ("Gloss Optimizer", "clear"),
        ("Greyhound", None),
    ],
)
def test_colours(name: str, colour: str | None) -> None:
    assert names.colour(name) == colour


@pytest.mark.parametrize(
    "name", ["Bypass Tray", "MP Tray", "MPTRAY", "Multi-Purpose Tray", "MANUAL TRAY", "手送纸盒"]
)
def test_bypass(name: str) -> None:
    assert names.is_bypass(name)


@pytest.mark.parametrize("name", ["Tray 1", "1st Cassette", "AUTO", "Roll Unit 1", "纸盒1", ""])
def test_no_bypass(name: str) -> None:
    assert not names.is_bypass(name)


def test_virtual_trays() -> None:
    assert names.is_virtual("AUTO")
    assert names.is_virtual("Auto Select")
    assert names.is_virtual("自动选择")
    assert not names.is_virtual("Automatic feeder 1")


@pytest.mark.parametrize(
    ("edges", "size"), [((297, 210), "A4"), ((215.9, 279.4), "Letter"), ((100, 100), None)]
)
def test_paper_sizes(edges: tuple[float, float], size: str | None) -> None:
    assert names.paper_size(edges) == size


@given(
    st.dictionaries(
        st.sampled_from([(*mib.SUPPLY_LEVEL, 1, row) for row in range(4)]),
        st.one_of(st.binary(), st.integers(), st.none()),
    )
)
def test_a_value_of_another_type_is_no_level(cells: dict[tuple[int, ...], bytes | int | None]) -> None:
    for supply in rows.supplies(cells, None):
        row = cells[mib.SUPPLY_LEVEL + tuple(map(int, supply.id.split(".")))]
        assert isinstance(row, int) or supply.level.state == "unknown"
