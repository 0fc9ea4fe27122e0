from collections.abc import Sequence
from pathlib import Path

import desk_root
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.io import hwmon
from checks.model import ProbeError
from checks.thermal import temperature
from checks.thermal.temperature import FROZEN_SAMPLES, Facts, Params
from config.devices import Computer

HWMON = "sys/class/hwmon"


def read(root: Path, previous: Facts | None = None) -> Facts:
    """Probe and carry once."""
    return temperature.carry(previous, temperature.probe(Computer(root=str(root)), Params()))


def codes(facts: Facts, params: Params | None = None) -> list[str]:
    return [finding.code for finding in temperature.judge(facts, params or Params())]


def at(root: Path, celsius: float, busy: int = 0, idle: int = 0) -> None:
    """Set the processor's temperature, and its load since boot."""
    files = {f"{HWMON}/hwmon0/name": "coretemp", f"{HWMON}/hwmon0/temp1_input": f"{celsius * 1000:.0f}"}
    desk_root.write(root, files | {"proc/stat": f"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0"})


@pytest.mark.parametrize(
    ("celsius", "code"), [(84.9, []), (85, ["THERM_HOT"]), (96.9, ["THERM_HOT"]), (97, ["THERM_CRITICAL"])]
)
def test_limits_are_inclusive(celsius: float, code: list[str], tmp_path: Path) -> None:
    at(tmp_path, celsius)
    assert codes(read(tmp_path)) == code


def test_hot_is_a_warning_so_that_the_fail_limit_keeps_its_place(tmp_path: Path) -> None:
    at(tmp_path, 90)
    findings = list(temperature.judge(read(tmp_path), Params()))
    assert [(one.code, one.is_warning, one.values) for one in findings] == [("THERM_HOT", True, {"c": 90})]


def test_a_sensors_own_lower_limit_counts_if_it_can_be_true(tmp_path: Path) -> None:
    at(tmp_path, 86)
    desk_root.write(tmp_path, {f"{HWMON}/hwmon0/temp1_crit": "85000"})
    assert codes(read(tmp_path)) == ["THERM_CRITICAL"]
    desk_root.write(tmp_path, {f"{HWMON}/hwmon0/temp1_crit": "20800"})  # seen in real firmware
    assert codes(read(tmp_path)) == ["THERM_HOT"]


def test_only_the_processors_own_chips_are_judged(tmp_path: Path) -> None:
    at(tmp_path, 40)
    board = {f"{HWMON}/hwmon1/name": "nct6775", f"{HWMON}/hwmon1/temp1_input": "109000"}
    desk_root.write(
        tmp_path, board | {f"{HWMON}/hwmon2/name": "evil\nname", f"{HWMON}/hwmon2/temp1_input": "99000"}
    )
    facts = read(tmp_path)
    assert codes(facts) == []
    shown = {str(sample.labels["sensor"]): sample.value for sample in temperature.measure(facts)}
    assert shown == {"coretemp0_temp1": 40.0, "nct67750_temp1": 109.0, "other0_temp1": 99.0}


@pytest.mark.parametrize("millis", ["-273150", "-40000", "125000", "511000", "3892314000"])
def test_implausible_values_are_no_values(millis: str, tmp_path: Path) -> None:
    at(tmp_path, 40)
    desk_root.write(tmp_path, {f"{HWMON}/hwmon0/temp2_input": millis})
    facts = read(tmp_path)
    assert (facts.max_c, len(list(temperature.measure(facts)))) == (40.0, 1)
    desk_root.write(tmp_path, {f"{HWMON}/hwmon0/temp1_input": millis})
    with pytest.raises(ProbeError, match=r"thermal\.implausible"):
        read(tmp_path)


def test_thermal_zones_are_read_where_no_chip_shows_them(tmp_path: Path) -> None:
    zone = "sys/class/thermal/thermal_zone3"
    trips = {f"{zone}/trip_point_0_type": "passive", f"{zone}/trip_point_0_temp": "60000"}
    trips |= {f"{zone}/trip_point_1_type": "critical", f"{zone}/trip_point_1_temp": "95000"}
    desk_root.write(tmp_path, trips | {f"{zone}/type": "cpu-thermal", f"{zone}/temp": "61500"})
    facts = read(tmp_path)
    assert (facts.max_c, facts.critical_c, facts.sensors[0].sensor) == (61.5, 95.0, "cpu_thermal_zone3")
    desk_root.write(tmp_path, {f"{HWMON}/hwmon0/name": "cpu_thermal", f"{HWMON}/hwmon0/temp1_input": "61500"})
    assert [one.sensor for one in read(tmp_path).sensors] == ["cpu_thermal0_temp1"]


def test_files_of_old_drivers_are_one_folder_deeper(tmp_path: Path) -> None:
    old = f"{HWMON}/hwmon0/device"
    desk_root.write(tmp_path, {f"{old}/name": "k8temp", f"{old}/temp1_input": "52000"})
    assert read(tmp_path).max_c == 52.0


def test_a_sensor_that_was_there_and_is_gone_is_not_absent(tmp_path: Path) -> None:
    at(tmp_path, 40)
    before = read(tmp_path)
    desk_root.remove(tmp_path, f"{HWMON}/hwmon0/temp1_input")
    for previous, code, is_absent in ((before, "thermal.vanished", False), (None, "thermal.no_sensor", True)):
        with pytest.raises(ProbeError) as caught:
            read(tmp_path, previous)
        assert (caught.value.code, caught.value.is_absent) == (code, is_absent)


def test_one_of_two_sensors_vanishing_is_told(tmp_path: Path) -> None:
    at(tmp_path, 40)
    desk_root.write(tmp_path, {f"{HWMON}/hwmon0/temp2_input": "41000"})
    before = read(tmp_path)
    (tmp_path / f"{HWMON}/hwmon0/temp2_input").write_text("")  # as a driver that fails
    with pytest.raises(ProbeError, match=r"thermal\.vanished"):
        read(tmp_path, before)


def runs(root: Path, celsius: Sequence[float], loads: Sequence[float]) -> list[float | str]:
    """Run once for each temperature and load; return what each run came to, with the state kept."""
    previous, came, busy, idle = None, list[float | str](), 0, 0
    for value, load in zip(celsius, loads, strict=True):
        busy, idle = busy + round(100 * load), idle + round(100 * (1 - load))
        at(root, value, busy, idle)
        try:
            previous = read(root, previous)
            came.append(previous.max_c or 0.0)
        except ProbeError as error:
            came.append(error.code)
    return came


MOVING = [0.1, 0.9] * 15


def test_a_sensor_that_repeats_itself_while_the_load_moves_is_not_believed(tmp_path: Path) -> None:
    came = runs(tmp_path, [16.85] * 30, MOVING)
    assert came[:FROZEN_SAMPLES] == [16.85] * FROZEN_SAMPLES
    assert set(came[FROZEN_SAMPLES:]) == {"thermal.frozen"}


def test_it_is_believed_again_once_it_moves(tmp_path: Path) -> None:
    assert runs(tmp_path, [*[50.0] * 28, 51.0, 52.0], MOVING)[-3:] == ["thermal.frozen", 51.0, 52.0]


def test_an_idle_desk_may_stay_at_one_temperature(tmp_path: Path) -> None:
    """The control: the same readings without a change of load are believed."""
    assert set(runs(tmp_path, [40.0] * 30, [0.1] * 30)) == {40.0}


def test_a_sensor_that_moves_is_believed_under_any_load(tmp_path: Path) -> None:
    moving = [40.0 + number % 2 for number in range(30)]
    assert runs(tmp_path, moving, MOVING) == moving


def test_a_frozen_sensor_leaves_the_judgement_to_the_others(tmp_path: Path) -> None:
    desk_root.write(tmp_path, {f"{HWMON}/hwmon1/name": "acpitz", f"{HWMON}/hwmon1/temp1_input": "98000"})
    moving = [40.0 + number % 2 for number in range(30)]
    assert runs(tmp_path, moving, MOVING) == [98.0] * FROZEN_SAMPLES + moving[FROZEN_SAMPLES:]


@given(
    st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=8), st.floats(20, 120), st.floats(20, 120)
)
def test_no_reading_outside_what_is_plausible_is_ever_judged(
    millis: list[int], warn_c: float, fail_c: float
) -> None:
    sensors = tuple(
        hwmon._temperature(f"coretemp0_temp{index}", "coretemp", value, None, None)
        for index, value in enumerate(millis)
    )
    facts = temperature._facts(sensors, None, None, ())
    params = Params(warn_c=min(warn_c, fail_c), fail_c=max(warn_c, fail_c))
    plausible = [value / 1000 for value in millis if -40_000 < value < 125_000]
    assert facts.max_c == max(plausible, default=None)
    hottest = max(plausible, default=-300.0)
    expected = (
        ["THERM_CRITICAL"] if hottest >= params.fail_c else ["THERM_HOT"] if hottest >= params.warn_c else []
    )
    assert codes(facts, params) == expected


@given(st.text(max_size=60))
def test_any_stat_is_survived(text: str) -> None:
    busy, total = temperature.parse_ticks(text)
    assert (busy is None) == (total is None)
