"""Room sensors on a real serial line (a pty pair): every profile, and every way in which a line can lie."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import msgspec
import pytest
import serial_desk

from agent.plan import plan
from checks.io import modbus, serial_line
from checks.model import ProbeError
from checks.room import air, humidity, profiles, reading, temperature
from config import procedure as procedures
from config.devices import Sensor
from config.settings import Settings

ANSWER = bytes.fromhex("01 04 04 00f5 01e1 2a6e")  # 24.5 °C, 48.1 %
FOREIGN = bytes.fromhex("02 04 04 00f5 01e1 196e")
CO2 = bytes.fromhex("ff86 0336 3c00 0000 05")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[tuple[str, str]]:
    with serial_desk.pair(tmp_path) as ends:
        yield ends


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    reading._memories.clear()


def sensor(port: str, profile: str = "xy-md02", **changes: object) -> Sensor:
    return Sensor(name="room", port=port, profile=profile, **changes)


def values(target: Sensor) -> tuple[float | None, float | None, float | None]:
    found = reading.once(target)
    return found.celsius, found.humidity_percent, found.co2_ppm


def why(target: Sensor) -> str:
    with pytest.raises(ProbeError) as caught:
        reading.once(target)
    return caught.value.code


@pytest.mark.parametrize(
    ("profile", "words", "expected"),
    [
        ("xy-md02", (0, 245, 481), (24.5, 48.1)),
        ("xy-md02", (0, 0xFFCB, 481), (-5.3, 48.1)),
        ("rs-ws-n01", (481, 245), (24.5, 48.1)),
        ("rs-ws-n01", (481, 0xFFCB), (-5.3, 48.1)),
        ("sht30-kincony", (245, 481), (24.5, 48.1)),
        ("sht30-kincony", (10053, 481), (-5.3, 48.1)),
    ],
)
def test_modbus_profiles_against_a_pymodbus_slave(
    line: tuple[str, str], profile: str, words: tuple[int, ...], expected: tuple[float, float]
) -> None:
    near, far = line
    with serial_desk.slave(far, {1: (1, 1, 1), 7: words}):
        assert values(sensor(near, profile, address=7)) == (*expected, None)


def test_the_two_ways_to_write_frost_are_not_mixed_up() -> None:
    read = profiles.PROFILES["xy-md02"].read
    assert read(_answer(1, 4, 10053, 481), 1) == {"celsius": 1005.3, "humidity_percent": 48.1}
    with pytest.raises(ProbeError, match=r"sensor\.implausible"):
        profiles.checked({"celsius": 1005.3})


def test_co2(line: tuple[str, str]) -> None:
    near, far = line
    with serial_desk.answering(far, lambda _question: CO2) as heard:
        assert values(sensor(near, "mh-z19")) == (None, None, 822.0)
    assert heard == [bytes.fromhex("ff0186000000000079")]


@pytest.mark.parametrize(
    "text",
    [b"24.5\xa1\xe6,48.1%\r\n", b"T=24.5 H=48.1\n", b"temp: 24.5 C, RH: 48.1 %\r\n", b"24.5 48.1\n"],
)
def test_a_sensor_that_sends_by_itself(line: tuple[str, str], text: bytes) -> None:
    near, far = line
    with serial_desk.sending(far, text):
        assert values(sensor(near, "ascii")) == (24.5, 48.1, None)


def test_half_a_first_line_is_not_read() -> None:
    read = profiles.PROFILES["ascii"].read
    assert read(b"4.5,48.1\r\n", 1) is None
    assert read(b"4.5,48.1\r\n24.5,48", 1) is None
    assert read(b"4.5,48.1\r\n24.5,48.1\r\n", 1) == {"celsius": 24.5, "humidity_percent": 48.1}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "serial.silent"),
        (ANSWER[:6], "modbus.torn"),
        (ANSWER[:-1] + b"\x00", "modbus.crc"),
        (FOREIGN, "modbus.foreign"),
        (bytes.fromhex("01 84 02 c2c1"), "modbus.refused"),
        (bytes(9), "modbus.torn"),
    ],
)
def test_an_answer_that_is_none(line: tuple[str, str], answer: bytes, code: str) -> None:
    near, far = line
    with serial_desk.answering(far, lambda _question: answer):
        assert why(sensor(near)) == code


def test_a_wrong_checksum_of_a_co2_sensor(line: tuple[str, str]) -> None:
    near, far = line
    with serial_desk.answering(far, lambda _question: CO2[:-1] + b"\x00"):
        assert why(sensor(near, "mh-z19")) == "sensor.checksum"


def test_an_answer_in_pieces_behind_noise_and_an_echo(line: tuple[str, str]) -> None:
    near, far = line
    with serial_desk.answering(far, lambda question: b"\x00\xff" + question + ANSWER):
        assert values(sensor(near)) == (24.5, 48.1, None)
    read = profiles.PROFILES["xy-md02"].read
    assert [length for length in range(len(ANSWER) + 1) if read(ANSWER[:length], 1)] == [len(ANSWER)]


def test_a_late_answer_is_thrown_away(line: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives between two readings answers neither; a line that is not emptied is believed."""
    near, far = line
    serial_desk.send(near, far, _answer(1, 4, 10, 990))
    assert why(sensor(near)) == "serial.silent"
    monkeypatch.setattr("serial.serialposix.Serial._reset_input_buffer", lambda _line: None)
    serial_desk.send(near, far, _answer(1, 4, 10, 990))
    assert values(sensor(near)) == (1.0, 99.0, None)


def test_a_line_that_never_falls_silent(line: tuple[str, str]) -> None:
    near, far = line
    with serial_desk.sending(far, b"\x55\xaa" * 400, pause_s=0.001):
        assert why(sensor(near)) == "serial.flood"
        assert why(sensor(near, "ascii")) == "serial.flood"


def test_ports_that_cannot_be_used(line: tuple[str, str], tmp_path: Path) -> None:
    near, _ = line
    assert why(sensor(str(tmp_path / "ttyUSB9"))) == "serial.no_port"
    assert why(sensor("nosuch://x")) == "serial.bad_port"
    assert why(sensor("socket://127.0.0.1:1")) == "serial.no_port"
    with serial_line._opened(near, 9600):
        assert why(sensor(near)) == "serial.busy"
    assert why(sensor(near)) == "serial.silent"


def test_a_sensor_that_is_unplugged(tmp_path: Path) -> None:
    with serial_desk.pair(tmp_path) as (near, far), serial_desk.slave(far, {1: (0, 245, 481)}):
        assert values(sensor(near)) == (24.5, 48.1, None)
    assert why(sensor(near)) == "serial.no_port"


def test_a_sensor_that_is_unplugged_while_it_is_read(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        near, far = stack.enter_context(serial_desk.pair(tmp_path))
        unplug = stack.pop_all().close
        asked = threading.Event()

        def read(_received: bytes) -> None:
            asked.set()

        with ThreadPoolExecutor() as pool, serial_desk.sending(far, b"x", pause_s=0.1):
            run = pool.submit(serial_line.ask, near, 9600, b"", read, timeout_s=30)
            assert asked.wait(20)
            unplug()
            with pytest.raises(ProbeError, match=r"serial\.unplugged"):
                run.result()


@pytest.mark.parametrize(
    ("celsius", "percent"), [(612, 481), (-210, 481), (245, 1001), (0, 0), (-32768, 481), (245, 65535)]
)
def test_what_no_room_can_have(celsius: int, percent: int) -> None:
    read = profiles.PROFILES["xy-md02"].read
    with pytest.raises(ProbeError, match=r"sensor\.implausible"):
        profiles.checked(read(_answer(1, 4, celsius & 0xFFFF, percent), 1) or {})


def test_two_checks_share_one_conversation(line: tuple[str, str]) -> None:
    near, far = line
    with serial_desk.answering(far, lambda _question: ANSWER) as heard:
        assert temperature.probe(sensor(near), temperature.Params()).celsius == 24.5
        assert humidity.probe(sensor(near), humidity.Params()).pct == 48.1
        assert len(heard) == 1
        with pytest.raises(ProbeError, match=r"modbus\.foreign"):
            temperature.probe(sensor(near, address=2), temperature.Params())
        assert len(heard) == 2


def test_a_value_that_does_not_move_for_a_day_is_not_believed() -> None:
    first = reading.Reading("xy-md02", 24.5, 48.1, None, read_s=1000.0)
    later = msgspec.structs.replace(first, read_s=1000.0 + 86399)
    kept = reading.followed(first, later)
    assert kept.unmoved_s == 86399
    with pytest.raises(ProbeError, match=r"sensor\.frozen"):
        reading.followed(kept, msgspec.structs.replace(first, read_s=1000.0 + 86400))
    moved = msgspec.structs.replace(first, humidity_percent=48.2, read_s=1000.0 + 86400)
    assert reading.followed(kept, moved).unmoved_s == 0


@pytest.mark.parametrize(
    ("celsius", "expected"), [(17.9, "too_cold"), (18.0, None), (28.0, None), (28.1, "too_hot")]
)
def test_temperature_limits(celsius: float, expected: str | None) -> None:
    air_now = reading.Reading("xy-md02", celsius, 48.1, None, 0.0)
    facts = temperature.Facts(celsius, "xy-md02", air_now)
    assert _choices(temperature.judge(facts, temperature.Params())) == ([expected] if expected else [])
    (sample,) = temperature.measure(facts)
    assert (sample.metric, sample.value) == ("deskready_room_temperature_celsius", celsius)


@pytest.mark.parametrize(
    ("percent", "expected"), [(29.9, "too_dry"), (30.0, None), (70.0, None), (70.1, "too_humid")]
)
def test_humidity_limits(percent: float, expected: str | None) -> None:
    facts = humidity.Facts(percent, "xy-md02", reading.Reading("xy-md02", 24.5, percent, None, 0.0))
    assert _choices(humidity.judge(facts, humidity.Params())) == ([expected] if expected else [])
    (sample,) = humidity.measure(facts)
    assert sample.value == pytest.approx(percent / 100)


@pytest.mark.parametrize(("co2_ppm", "expected"), [(1000.0, None), (1001.0, "stuffy")])
def test_air_limit(co2_ppm: float, expected: str | None) -> None:
    facts = air.Facts(co2_ppm, "mh-z19", reading.Reading("mh-z19", None, None, co2_ppm, 0.0))
    assert _choices(air.judge(facts, air.Params())) == ([expected] if expected else [])


def test_each_sensor_is_asked_only_for_what_it_measures() -> None:
    co2 = Sensor(name="air", port="COM3", profile="mh-z19")
    jobs = plan(procedures.load(), Settings(sensor=(sensor("COM4"), co2)))
    rows = {(job.row.id, job.device) for job in jobs if job.row.id.startswith("environment.")}
    assert rows == {
        ("environment.temperature", "sensor:room"),
        ("environment.humidity", "sensor:room"),
        ("environment.air", "sensor:air"),
    }


def test_every_profile_of_the_settings_is_built() -> None:
    field = next(one for one in msgspec.structs.fields(Sensor) if one.name == "profile")
    assert set(get_args(field.type)) == set(profiles.PROFILES)


@pytest.mark.parametrize(
    "frame",
    ["01 04 0001 0002 200b", "01 03 0000 0002 c40b", "01 04 0000 0002 71cb", "61 03 0028 0006 4c60"],
)
def test_questions_as_makers_write_them(frame: str) -> None:
    raw = bytes.fromhex(frame)
    first, count = int.from_bytes(raw[2:4], "big"), int.from_bytes(raw[4:6], "big")
    assert modbus.question(raw[0], raw[1], first, count) == raw


def _answer(address: int, function: int, *words: int) -> bytes:
    body = b"".join((word & 0xFFFF).to_bytes(2, "big") for word in words)
    frame = bytes((address, function, len(body))) + body
    return frame + modbus.crc(frame)


def _choices(findings: Iterator[object]) -> list[object]:
    return [one.values["choices"] for one in findings]
