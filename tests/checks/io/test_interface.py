"""Interfaces and routes from files: a tree written for the test, and this computer's own."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.io import interface
from checks.model import ProbeError

HEADING = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
ETH_DEFAULT = "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
WIFI_DEFAULT = "wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
LOCAL_NET = "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
TUNNEL_DEFAULT = "tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0\n"
REJECTED = "*\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0\n"
NONE6, ROUTER6 = "0" * 32, "fe80" + "0" * 24 + "0001"
ETH_DEFAULT6 = f"{NONE6} 00 {NONE6} 00 {ROUTER6} 00000400 00000002 00000000 00000003     eth0\n"
UNREACHABLE6 = f"{NONE6} 00 {NONE6} 00 {NONE6} ffffffff 00000001 00000000 00200200       lo\n"


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def add(root: Path, name: str, *, carrier: str = "1", state: str = "up", kind: str = "1") -> Path:
    folder = root / "sys/class/net" / name
    write(folder, "type", kind + "\n")
    write(folder, "operstate", state + "\n")
    if carrier:
        write(folder, "carrier", carrier + "\n")
    return folder


@pytest.mark.parametrize(
    ("carrier", "state", "is_linked"),
    [
        ("1", "up", True),
        ("1", "unknown", True),
        ("1", "down", True),  # the state lags behind the carrier
        ("0", "down", False),
        ("0", "up", False),
        ("1", "dormant", False),
        ("", "down", False),  # switched off: the carrier refuses to be read
        ("", "unknown", None),
        ("x", "up", None),
    ],
)
def test_carrier_and_state_make_the_link(
    tmp_path: Path, carrier: str, state: str, is_linked: bool | None
) -> None:
    add(tmp_path, "eth0", carrier=carrier, state=state)
    assert [one.is_linked for one in interface.interfaces(str(tmp_path))] == [is_linked]


def test_kinds_speed_drops_and_signal(tmp_path: Path) -> None:
    add(tmp_path, "lo", kind="772", state="unknown")
    wired = add(tmp_path, "eth0")
    write(wired, "device/uevent", "")
    write(wired, "speed", "1000\n")
    write(wired, "carrier_down_count", "4\n")
    wifi = add(tmp_path, "wlan0")
    write(wifi, "wireless/beacon", "")
    write(wifi, "speed", "-1\n")
    write(wifi, "carrier_changes", "7\n")
    add(tmp_path, "tun0", kind="65534", state="unknown")
    write(tmp_path, "proc/net/wireless", "a\nb\n wlan0: 0000   35.  -75.  -256        0      0\n")
    found = {one.name: one for one in interface.interfaces(str(tmp_path))}
    assert sorted(found) == ["eth0", "tun0", "wlan0"]
    assert found["eth0"] == interface.Interface("eth0", "wired", True, True, 1000, 4, None)
    assert found["wlan0"] == interface.Interface("wlan0", "wifi", False, True, None, 3, 50.0)
    assert found["tun0"].kind == "other"


def test_nothing_to_read_is_not_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"network\.interfaces_unreadable"):
        interface.interfaces(str(tmp_path))
    with pytest.raises(ProbeError, match=r"network\.routes_unreadable"):
        interface.default_routes(str(tmp_path))


def test_routes_by_family_and_metric(tmp_path: Path) -> None:
    write(tmp_path, "proc/net/route", HEADING + WIFI_DEFAULT + LOCAL_NET + REJECTED + ETH_DEFAULT)
    write(tmp_path, "proc/net/ipv6_route", UNREACHABLE6 + ETH_DEFAULT6)
    assert interface.default_routes(str(tmp_path)) == (
        interface.Route("eth0", "192.168.1.1", 100),
        interface.Route("wlan0", "192.168.0.1", 600),
        interface.Route("eth0", "fe80::1%eth0", 1024),
    )


def test_a_tunnel_has_no_gateway(tmp_path: Path) -> None:
    write(tmp_path, "proc/net/route", HEADING + TUNNEL_DEFAULT)
    assert interface.default_routes(str(tmp_path)) == (interface.Route("tun0", "", 50),)


def test_neighbours(tmp_path: Path) -> None:
    assert interface.neighbour(str(tmp_path), "192.168.1.1") == "unknown"
    lines = "192.168.1.1 0x1 0x2 02:00:00:00:00:01 * eth0\n192.168.1.2 0x1 0x0 00:00:00:00:00:00 * eth0\n"
    write(tmp_path, "proc/net/arp", "IP address HW type Flags HW address Mask Device\n" + lines)
    assert interface.neighbour(str(tmp_path), "192.168.1.1") == "present"
    assert interface.neighbour(str(tmp_path), "192.168.1.2") == "missing"
    assert interface.neighbour(str(tmp_path), "192.168.1.3") == "missing"
    assert interface.neighbour(str(tmp_path), "fe80::1") == "unknown"


def test_this_computer_can_be_read() -> None:
    names = {one.name for one in interface.interfaces("/")}
    assert names == set(os.listdir("/sys/class/net")) - {"lo"}  # noqa: PTH208  names only
    interface.default_routes("/")


@given(st.text(alphabet="0123456789abcdefF \t\neth*x-", max_size=300))
def test_any_table_is_read_without_a_crash(text: str) -> None:
    for line in text.splitlines():
        interface._route4(line.split())
        interface._route6(line.split())
