from pathlib import Path

import desk_root
import pytest

from checks.computer import power
from checks.computer.power import Facts, Params
from checks.model import ProbeError
from config.devices import Computer

SUPPLY = "sys/class/power_supply"


def supply(root: Path, name: str, **values: str) -> None:
    desk_root.write(root, {f"{SUPPLY}/{name}/{key}": value for key, value in values.items()})


def look(root: Path, previous: Facts | None = None) -> Facts:
    return power.carry(previous, power.probe(Computer(root=str(root)), Params()))


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(31, []), (30, [(30, True)]), (11, [(11, True)]), (10, [(10, False)]), (0, [(0, False)])],
)
def test_limits_are_inclusive_and_only_on_battery(
    percent: int, expected: list[tuple[int, bool]], tmp_path: Path
) -> None:
    supply(tmp_path, "BAT0", type="Battery", status="Discharging", capacity=str(percent))
    supply(tmp_path, "AC", type="Mains", online="0")
    found = [(one.values["pct"], one.is_warning) for one in power.judge(look(tmp_path), Params())]
    assert found == expected
    supply(tmp_path, "AC", type="Mains", online="1")
    assert list(power.judge(look(tmp_path), Params())) == []


def test_a_desktop_has_an_empty_class(tmp_path: Path) -> None:
    (tmp_path / SUPPLY).mkdir(parents=True)
    assert look(tmp_path) == Facts(on_ac=True, battery_pct=None)


def test_the_battery_of_a_mouse_does_not_count(tmp_path: Path) -> None:
    supply(tmp_path, "hidpp_battery_0", type="Battery", scope="Device", status="Discharging", capacity="5")
    assert look(tmp_path) == Facts(on_ac=True, battery_pct=None)


def test_two_batteries_weigh_by_their_size(tmp_path: Path) -> None:
    supply(tmp_path, "BAT0", type="Battery", status="Discharging", energy_now="0", energy_full="20000000")
    supply(tmp_path, "BAT1", type="Battery", status="Unknown", energy_now="30000000", energy_full="40000000")
    assert look(tmp_path) == Facts(on_ac=False, battery_pct=50.0)
    supply(tmp_path, "BAT1", type="Battery", status="Unknown", charge_now="1", charge_full="1", present="0")
    assert look(tmp_path).battery_pct == 0.0


@pytest.mark.parametrize(
    ("status", "on_ac"), [("Charging", True), ("Full", True), ("Not charging", True), ("Discharging", False)]
)
def test_without_a_charger_entry_the_battery_tells(status: str, on_ac: bool, tmp_path: Path) -> None:
    supply(tmp_path, "BAT0", type="Battery", status=status, capacity="50")
    assert look(tmp_path).on_ac is on_ac


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"status": "Unknown", "capacity": "50"}, "power.unknown"),
        ({"status": "Charging", "capacity": "250"}, "power.implausible"),
        ({"status": "Charging", "energy_now": "5", "energy_full": "0"}, "power.unreadable"),
    ],
)
def test_a_battery_that_does_not_tell_is_unknown(values: dict[str, str], code: str, tmp_path: Path) -> None:
    supply(tmp_path, "BAT0", type="Battery", **values)
    with pytest.raises(ProbeError, match=code):
        look(tmp_path)


def test_a_battery_that_was_there_is_missed(tmp_path: Path) -> None:
    supply(tmp_path, "BAT0", type="Battery", status="Full", capacity="100")
    before = look(tmp_path)
    desk_root.remove(tmp_path, f"{SUPPLY}/BAT0")
    assert look(tmp_path) == Facts(on_ac=True, battery_pct=None)
    with pytest.raises(ProbeError, match=r"power\.battery_vanished"):
        look(tmp_path, before)
