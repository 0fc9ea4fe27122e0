"""What vendors say outside the Printer MIB: real strings of Brother's."""

import json
from pathlib import Path

import pytest
import snmp_server
from hypothesis import given
from hypothesis import strategies as st

from checks.printer import mib, names, rows, vendors

FIXTURES = snmp_server.REAL.parent / "brother-json"
MAINTENANCE = ".".join(map(str, mib.BROTHER_MAINTENANCE)) + ".0"
SHARES = {
    "dcp-7070dw": {"toner": 72.0, "drum": 88.0},
    "dcp-j132w": {"toner": 71.0, "drum": 93.0},
    "dcp-l2540dn": {"toner": 55.0, "drum": 98.0},
    "hl-l2340dw": {"toner": 75.0, "drum": 92.0},
    "hl-5350dn": {"toner": None, "drum": None},  # codes of one byte, which are no shares
    "mfc-5490cn": {"toner": None, "drum": None},
    "invalid": {"toner": None, "drum": None},
}


def packed(path: Path) -> bytes:
    return bytes.fromhex("".join(json.loads(path.read_text())[MAINTENANCE])) + b"\xff"


def told(raw: bytes, kind: mib.Kind, level: rows.Level, colour: mib.Colour | None = "black") -> rows.Level:
    supply = rows.Supply("1.1", kind, colour, "", level)
    return vendors.sharpened((supply,), {(*mib.BROTHER_MAINTENANCE, 0): raw}, None)[0].level


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="needs the recordings of printers")
@pytest.mark.parametrize("name", SHARES)
def test_shares_of_real_printers(name: str) -> None:
    raw = packed(FIXTURES / f"{name}.json")
    for kind, percent in SHARES[name].items():
        level = told(raw, kind, rows.Level("some"))  # type: ignore[arg-type]
        assert level == (rows.Level("some") if percent is None else rows.Level("percent", percent))


def test_steps_of_seven_bytes_misread_the_older_ones() -> None:
    """Negative control: what fixed steps make of the HL-5350DN's string."""
    raw = bytes.fromhex("110104000061a8310101014101010363010103")
    steps = [raw[place : place + 7] for place in range(0, len(raw), 7)]
    assert steps[1][:1] == b"\x31"
    assert int.from_bytes(steps[1][-4:], "big") > 10000  # a "share" from the middle of another record
    assert dict(vendors.records(raw)) == {0x11: b"\0\0\x61\xa8", 0x31: b"\x01", 0x41: b"\x03", 0x63: b"\x03"}


@pytest.mark.parametrize("state", ["percent", "unlimited", "empty"])
def test_what_the_printer_mib_says_clearly_is_believed(state: rows.LevelState) -> None:
    level = rows.Level(state, 40.0 if state == "percent" else None)
    assert told(bytes.fromhex("6f01040000157cff"), "toner", level) == level


def test_waste_and_other_colours_are_left_alone() -> None:
    raw = bytes.fromhex("6f01040000157cff")
    assert told(raw, "waste", rows.Level("some")).percent is None
    assert told(raw, "toner", rows.Level("some"), "cyan").percent is None
    assert told(raw, "toner", rows.Level("some"), "black").percent == 55.0
    assert told(bytes.fromhex("6f01040000271100"), "toner", rows.Level("some")).percent is None  # 100.01 %


@given(st.binary(max_size=300))
def test_any_bytes_are_read(raw: bytes) -> None:
    level = told(raw, "toner", rows.Level("some"))
    assert level.percent is None or 0 <= level.percent <= 100


@pytest.mark.parametrize(
    ("text", "is_low"),
    [
        ("Toner Low: BK", True),
        ("墨粉不足", True),
        ("Low Ink", True),
        ("Ready", False),
        ("Slow toner test", False),
        ("Replace Toner", False),
    ],
)
def test_the_display_says_low(text: str, *, is_low: bool) -> None:
    assert names.says_toner_low(text) is is_low


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("TK-895K", "black"),
        ("TK-895C", "cyan"),
        ("TK-8335M", "magenta"),
        ("TK-895Y", "yellow"),
        ("TK-1150", None),
    ],
)
def test_kyocera_ends_the_name_of_a_cartridge_with_its_colour(text: str, colour: str | None) -> None:
    assert names.colour(text) == colour
