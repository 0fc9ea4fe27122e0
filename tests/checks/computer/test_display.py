from pathlib import Path

import desk_root
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.computer import display
from checks.model import NoParams, ProbeError
from config.devices import Computer

DRM = "sys/class/drm"


def look(root: Path, expected: int | None = None) -> tuple[display.Facts, list[tuple[str, bool]]]:
    facts = display.probe(Computer(root=str(root), expected_displays=expected), NoParams())
    return facts, [(one.code, one.is_warning) for one in display.judge(facts, NoParams())]


def socket(root: Path, name: str, status: str, edid: bytes = b"") -> None:
    desk_root.write(root, {f"{DRM}/{name}/status": status, f"{DRM}/{name}/edid": edid})


def test_the_number_of_screens_is_what_the_settings_say(tmp_path: Path) -> None:
    socket(tmp_path, "card0-HDMI-A-1", "connected", desk_root.EDID_1080P)
    socket(tmp_path, "card1-DP-2", "disconnected")
    facts, codes = look(tmp_path)
    assert (facts.display_count, facts.expected_display_count, codes) == (1, None, [])
    assert look(tmp_path, 1)[1] == []
    assert look(tmp_path, 2)[1] == [("PC_DISPLAY", False)]


def test_no_screen_at_all_is_a_fault_unless_none_is_expected(tmp_path: Path) -> None:
    socket(tmp_path, "card0-HDMI-A-1", "disconnected")
    assert look(tmp_path)[1] == [("PC_DISPLAY", False)]
    assert look(tmp_path, 0)[1] == []


def test_a_socket_that_cannot_tell_is_unknown_where_it_matters(tmp_path: Path) -> None:
    socket(tmp_path, "card0-VGA-1", "unknown")
    with pytest.raises(ProbeError) as caught:
        look(tmp_path)
    assert (caught.value.code, caught.value.is_absent) == ("display.unknown", False)
    socket(tmp_path, "card0-eDP-1", "connected")
    assert look(tmp_path)[1] == []


def test_a_damaged_description_points_to_the_cable(tmp_path: Path) -> None:
    socket(tmp_path, "card0-HDMI-A-1", "connected", desk_root.EDID_1080P[:-1] + b"\x07")
    assert look(tmp_path)[1] == [("PC_DISPLAY", True)]
    socket(tmp_path, "card0-HDMI-A-1", "connected", b"")  # a virtual screen has none
    assert look(tmp_path)[1] == []


def test_only_sockets_are_read(tmp_path: Path) -> None:
    for name in ("card0", "renderD128", "version", "card0-\x1b[31m"):
        socket(tmp_path, name, "connected")
    with pytest.raises(ProbeError, match=r"display\.no_drm"):
        look(tmp_path)


@given(st.binary(max_size=300))
def test_any_description_is_one_of_three(raw: bytes) -> None:
    assert (display.parse_edid(raw) == "none") == (raw == b"")
    if display.parse_edid(raw) == "valid":
        assert sum(raw[:128]) % 256 == 0
