import threading
import time
from pathlib import Path

import desk_root
import pytest

from checks.model import NoParams, ProbeError
from checks.thermal import fan, throttle
from config.devices import Computer

HWMON = "sys/class/hwmon"
CPU = "sys/devices/system/cpu"


def board(root: Path, *rpm: int, celsius: float | None = 40, chip: str = "nct6775") -> None:
    files = {f"{HWMON}/hwmon1/fan{index}_input": str(value) for index, value in enumerate(rpm, 1)}
    desk_root.write(root, {f"{HWMON}/hwmon1/name": chip, **files})
    if celsius is not None:
        cpu = {f"{HWMON}/hwmon0/name": "k10temp", f"{HWMON}/hwmon0/temp1_input": f"{celsius * 1000:.0f}"}
        desk_root.write(root, cpu)


def turn(root: Path, previous: fan.Facts | None = None) -> fan.Facts:
    return fan.carry(previous, fan.probe(Computer(root=str(root)), fan.Params()))


def is_broken(facts: fan.Facts) -> bool:
    return [one.code for one in fan.judge(facts, fan.Params())] == ["THERM_FAN"]


def test_a_fan_seen_turning_must_turn_in_the_heat(tmp_path: Path) -> None:
    board(tmp_path, 1200, 0)
    before = turn(tmp_path)
    board(tmp_path, 0, 900, celsius=71)
    assert is_broken(turn(tmp_path, before))
    board(tmp_path, 0, 900, celsius=70)  # not above the limit: a cool desk rests its fans
    assert not is_broken(turn(tmp_path, before))


def test_an_empty_header_is_no_broken_fan(tmp_path: Path) -> None:
    board(tmp_path, 1200, 0, celsius=90)
    assert not is_broken(turn(tmp_path))


def test_nothing_turns_in_the_heat(tmp_path: Path) -> None:
    board(tmp_path, 0, 0, celsius=90)
    assert is_broken(turn(tmp_path))


def test_nothing_turns_and_nobody_knows_how_hot_it_is(tmp_path: Path) -> None:
    board(tmp_path, 0, celsius=None)
    with pytest.raises(ProbeError) as caught:
        turn(tmp_path)
    assert (caught.value.code, caught.value.is_absent) == ("thermal.no_sensor", False)


def test_a_graphics_card_may_rest_its_fan(tmp_path: Path) -> None:
    board(tmp_path, 0, celsius=90, chip="amdgpu")
    with pytest.raises(ProbeError, match=r"thermal\.no_fan"):
        turn(tmp_path)


def test_the_chips_alarm_counts_for_a_turning_fan_only(tmp_path: Path) -> None:
    board(tmp_path, 1200, 0)
    desk_root.write(tmp_path, {f"{HWMON}/hwmon1/fan2_alarm": "1"})  # an empty header raises it for ever
    assert not is_broken(turn(tmp_path))
    desk_root.write(tmp_path, {f"{HWMON}/hwmon1/fan1_alarm": "1"})
    assert is_broken(turn(tmp_path))


def test_a_fan_that_cannot_be_read_any_more_is_unknown(tmp_path: Path) -> None:
    board(tmp_path, 1200, 900)
    before = turn(tmp_path)
    board(tmp_path, 1200, 65535)
    with pytest.raises(ProbeError, match=r"thermal\.vanished"):
        turn(tmp_path, before)


def test_samples_name_chip_and_index(tmp_path: Path) -> None:
    board(tmp_path, 1200, 900)
    assert [(one.labels["sensor"], one.value) for one in fan.measure(turn(tmp_path))] == [
        ("nct67750_fan1", 1200.0),
        ("nct67750_fan2", 900.0),
    ]


def count(root: Path, *counts: int) -> None:
    names = ("core_throttle_count", "package_throttle_count")
    for cpu, value in enumerate(counts):
        desk_root.write(root, {f"{CPU}/cpu{cpu}/thermal_throttle/{name}": str(value) for name in names})


def slow(root: Path, previous: throttle.Facts | None = None) -> throttle.Facts:
    return throttle.carry(previous, throttle.probe(Computer(root=str(root)), NoParams()))


def hot(facts: throttle.Facts) -> list[object]:
    return [(one.code, one.values["c"]) for one in throttle.judge(facts, NoParams())]


def test_a_counter_that_rose_since_the_last_run_is_throttling(tmp_path: Path) -> None:
    board(tmp_path, 1200, celsius=91)
    count(tmp_path, 3, 4)
    before = slow(tmp_path)
    assert hot(before) == []  # counts since boot say nothing of now
    assert hot(slow(tmp_path, before)) == []
    count(tmp_path, 3, 5)
    assert hot(slow(tmp_path, before)) == [("THERM_HOT", 91)]


def test_a_first_run_sees_throttling_while_it_looks(tmp_path: Path) -> None:
    count(tmp_path, 3)

    def rise() -> None:
        time.sleep(0.1)
        count(tmp_path, 4)

    riser = threading.Thread(target=rise)
    riser.start()
    facts = slow(tmp_path)
    riser.join()
    assert hot(facts) == [("THERM_HOT", None)]


def test_the_frequency_alone_proves_nothing(tmp_path: Path) -> None:
    freq = {
        f"{CPU}/cpu0/cpufreq/scaling_cur_freq": "400000",
        f"{CPU}/cpu0/cpufreq/cpuinfo_max_freq": "4000000",
    }
    desk_root.write(tmp_path, freq)
    with pytest.raises(ProbeError, match=r"thermal\.no_throttle_counter"):
        slow(tmp_path)
    count(tmp_path, 0)
    facts = slow(tmp_path)
    assert (facts.freq_pct, hot(facts)) == (10.0, [])
