"""The clock: the kernel's own account on this machine, and a real chronyd that may not touch the clock."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.computer import clock
from checks.computer.clock import STA_NANO, STA_UNSYNC, TIME_ERROR, Facts, Params, Timex
from checks.model import ProbeError
from config.devices import Computer

FOLLOWS = b"0A000001,10.0.0.1,3,1795370376.9,{offset},0.0,0.0,0.0,0.0,0.0,0.0,0.0,64.0,Normal"


def found(offset_s: float) -> list[tuple[object, bool]]:
    facts = Facts(offset_s, 0.0, "kernel")
    return [(one.values["offset_s"], one.is_warning) for one in clock.judge(facts, Params())]


def test_limits_hold_either_way() -> None:
    assert found(30) == found(-30) == []
    assert found(31) == found(-31) == [(31, True)]
    assert found(-300) == [(300, True)]
    assert found(301) == [(301, False)]


def test_a_synchronised_kernel_tells_its_offset_in_either_unit() -> None:
    assert clock.from_timex(Timex(0, 0, -250_000, 1_500_000)) == Facts(-0.25, 1.5, "kernel")
    assert clock.from_timex(Timex(0, STA_NANO, 250_000_000, 1_500_000)) == Facts(0.25, 1.5, "kernel")


@pytest.mark.parametrize("timex", [Timex(TIME_ERROR, 0, 0, 0), Timex(0, STA_UNSYNC, 0, 0)])
def test_a_clock_that_nothing_keeps_is_unknown_never_good(timex: Timex) -> None:
    with pytest.raises(ProbeError) as caught:
        clock.from_timex(timex)
    assert (caught.value.code, caught.value.is_absent) == ("clock.unsynchronised", False)


def test_this_machine_is_asked_for_real() -> None:
    timex = clock.read_timex()
    assert 0 <= timex.state <= TIME_ERROR
    assert bool(timex.status & STA_UNSYNC) == (timex.state == TIME_ERROR)
    assert 0 <= timex.max_error_us <= 16_000_000  # NTP_PHASE_LIMIT of the kernel
    try:
        facts = clock.probe(Computer(), Params())
    except ProbeError as error:
        assert (error.code, timex.state) == ("clock.unsynchronised", TIME_ERROR)  # noqa: PT017  either is right
    else:
        assert facts.source == "chrony" or timex.state != TIME_ERROR


@contextlib.contextmanager
def chronyd(folder: Path, *lines: str) -> Iterator[list[str]]:
    """Run chronyd without control of the clock (-x), on loopback; yield the chronyc command for it."""
    if not (shutil.which("chronyd") and shutil.which("chronyc")):
        pytest.skip("needs chronyd and chronyc (chrony)")
    ports = []
    for _ in range(2):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    config = folder / "chrony.conf"
    options = [f"cmdport {ports[0]}", "bindcmdaddress 127.0.0.1", "bindcmdaddress /", "bindaddress 127.0.0.1"]
    options += [f"pidfile {folder / 'pid'}", "user root", *lines]
    config.write_text("\n".join(options).replace("OWN_PORT", str(ports[1])))
    log = (folder / "log").open("wb")
    with log, subprocess.Popen(["chronyd", "-x", "-d", "-f", str(config)], stdout=log, stderr=log) as daemon:
        try:
            yield ["chronyc", "-h", "127.0.0.1", "-p", str(ports[0]), "-n", "-c", "tracking"]
        finally:
            daemon.terminate()


def tracked(argv: list[str], mark: bytes) -> bytes:
    """Return what chronyc prints once it contains `mark`, within eight seconds."""
    deadline_s = time.monotonic() + 8
    while True:
        printed = subprocess.run(argv, capture_output=True, check=False).stdout
        if mark in printed or time.monotonic() > deadline_s:
            return printed
        time.sleep(0.1)


@pytest.mark.root
@pytest.mark.parametrize(
    ("line", "mark"), [("port 0", b"Not synchronised"), ("local stratum 10", b"7F7F0101")]
)
def test_a_chronyd_that_follows_nothing_or_itself_tells_nothing(
    line: str, mark: bytes, tmp_path: Path
) -> None:
    with chronyd(tmp_path, line, "port OWN_PORT" if "local" in line else "") as argv:
        printed = tracked(argv, mark)
    assert mark in printed
    assert clock.parse_chrony(printed) is None


@pytest.mark.root
def test_a_chronyd_that_follows_a_server_tells_its_offset(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "client").mkdir()
    with chronyd(tmp_path / "server", "local stratum 5", "allow 127.0.0.1", "port OWN_PORT"):
        port = (tmp_path / "server/chrony.conf").read_text().split("\nport ")[1].split()[0]
        source = f"server 127.0.0.1 port {port} iburst minpoll -6 maxpoll -6"
        with chronyd(tmp_path / "client", source, "port 0") as argv:
            printed = tracked(argv, b"7F000001")
    offset_s = clock.parse_chrony(printed)
    assert offset_s is not None, printed
    assert abs(offset_s) < 1.0  # both read this machine's clock


def test_a_large_offset_that_chrony_slews_is_a_fault() -> None:
    offset_s = clock.parse_chrony(FOLLOWS.replace(b"{offset}", b"-412.000000000"))
    assert offset_s == -412.0
    assert found(offset_s) == [(412, False)]


@pytest.mark.parametrize("offset", [b"nan", b"inf", b"", b"soon"])
def test_an_offset_that_is_no_number_is_none(offset: bytes) -> None:
    assert clock.parse_chrony(FOLLOWS.replace(b"{offset}", offset)) is None


@given(st.binary(max_size=200))
def test_any_answer_is_survived(raw: bytes) -> None:
    assert clock.parse_chrony(raw) is None
