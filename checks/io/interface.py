"""Network interfaces, default routes and neighbours, as Linux shows them in files.

Source: kernel Documentation/ABI/testing/sysfs-class-net; /proc/net/{route,ipv6_route,arp,wireless};
flags from linux/route.h and linux/if_arp.h. Nothing here sends a packet.
"""

import socket
import struct
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from checks.io import proc
from checks.model import ProbeError

Kind: TypeAlias = Literal["wired", "wifi", "other"]
Neighbour: TypeAlias = Literal["present", "missing", "unknown"]

_MAX_TABLE_BYTES = 256 * 1024
_ARPHRD_ETHER = 1
_ARPHRD_LOOPBACK = 772
_RTF_GATEWAY = 0x2
_RTF_REJECT = 0x200
_ATF_COM = 0x2  # the neighbour's hardware address is known
_WIRELESS_QUALITY_MAX = 70  # /proc/net/wireless of the cfg80211 drivers
_STATES_WITHOUT_CARRIER = {"down", "lowerlayerdown", "notpresent"}


class Interface(msgspec.Struct, frozen=True):
    """One interface. `is_linked` is None where it cannot be read, `drops_count` counts since boot."""

    name: str
    kind: Kind
    is_physical: bool
    is_linked: bool | None
    speed_mbit: int | None
    drops_count: int | None
    signal_percent: float | None


class Route(msgspec.Struct, frozen=True):
    """One default route. `gateway` is "" where the other end has no address of its own (a tunnel)."""

    interface: str
    gateway: str
    metric: int


def interfaces(root: str) -> tuple[Interface, ...]:
    """Return every interface but loopback, by name.

    Raises ProbeError "network.interfaces_unreadable", "platform.not_built".
    """
    proc.require_linux()
    folder = Path(root) / "sys/class/net"
    paths = [folder / name for name in proc.names(folder)]
    if not paths:  # loopback is always there
        raise ProbeError("network.interfaces_unreadable")
    signals = _signals(root)
    return tuple(
        _interface(path, signals.get(path.name))
        for path in paths
        if (kind := proc.integer(path / "type")) is not None and kind != _ARPHRD_LOOPBACK
    )


def default_routes(root: str) -> tuple[Route, ...]:
    """Return the default routes, IPv4 before IPv6, each by metric (the kernel's order of preference).

    Raises ProbeError "network.routes_unreadable", "platform.not_built".
    """
    proc.require_linux()
    table4, table6 = _table(root, "route"), _table(root, "ipv6_route")
    if table4 is None:  # it has a heading at least
        raise ProbeError("network.routes_unreadable")
    found4 = [route for line in table4.splitlines()[1:] if (route := _route4(line.split()))]
    found6 = [route for line in (table6 or "").splitlines() if (route := _route6(line.split()))]
    return (*sorted(found4, key=_by_metric), *sorted(found6, key=_by_metric))


def neighbour(root: str, address: str) -> Neighbour:
    """Say whether the kernel has the hardware address of an IPv4 neighbour.

    Soon after a probe: "missing" means that nobody answered for the address on this network. An entry
    outlives its owner by some seconds, so "present" is no proof of life. IPv6: always "unknown".
    """
    table = _table(root, "arp")
    if table is None or ":" in address:
        return "unknown"
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 2 and fields[0] == address and _number(fields[2], 16) & _ATF_COM:  # noqa: PLR2004  columns
            return "present"
    return "missing"


def _interface(path: Path, signal_percent: float | None) -> Interface:
    speed_mbit = proc.integer(path / "speed") or 0
    return Interface(
        name=path.name[:15],
        kind=_kind(path),
        is_physical=(path / "device").exists(),
        is_linked=_is_linked(path),
        speed_mbit=speed_mbit if speed_mbit > 0 else None,
        drops_count=_drops_count(path),
        signal_percent=signal_percent,
    )


def _kind(path: Path) -> Kind:
    if (path / "wireless").exists() or (path / "phy80211").exists():
        return "wifi"
    return "wired" if proc.integer(path / "type") == _ARPHRD_ETHER else "other"


def _is_linked(path: Path) -> bool | None:
    """Tell carrier and state together (RFC 2863): the state lags behind the carrier by up to a second.

    An interface that is switched off refuses to tell its carrier; "dormant" waits for a log-in.
    """
    state, carrier = proc.text(path / "operstate"), proc.integer(path / "carrier")
    if carrier is None:
        return False if state in _STATES_WITHOUT_CARRIER else None
    return carrier == 1 and state != "dormant"


def _drops_count(path: Path) -> int | None:
    """Count lost carriers since boot; kernels before 4.16 count changes in both directions only."""
    drops_count = proc.integer(path / "carrier_down_count")
    if drops_count is not None:
        return drops_count
    changes_count = proc.integer(path / "carrier_changes")
    return None if changes_count is None else changes_count // 2


def _signals(root: str) -> dict[str, float]:
    """Read link quality by interface, 0..100; a line is "wlan0: 0000   54.  -56. …"."""
    found: dict[str, float] = {}
    for line in (_table(root, "wireless") or "").splitlines()[2:]:
        name, _, rest = line.partition(":")
        fields = rest.split()
        quality = _number(fields[1].rstrip("."), 10) if len(fields) > 1 else -1
        if 0 <= quality <= _WIRELESS_QUALITY_MAX:
            found[name.strip()] = round(100 * quality / _WIRELESS_QUALITY_MAX, 1)
    return found


def _route4(fields: list[str]) -> Route | None:
    """Parse a line of /proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask."""
    if len(fields) < 8 or (fields[1], fields[7]) != ("00000000", "00000000"):  # noqa: PLR2004  columns
        return None
    flags, gateway = _number(fields[3], 16), _number(fields[2], 16)
    if flags < 0 or flags & _RTF_REJECT or not 0 <= gateway <= 0xFFFFFFFF:  # noqa: PLR2004  32 bits
        return None
    address = socket.inet_ntoa(struct.pack("=I", gateway)) if flags & _RTF_GATEWAY else ""
    return Route(fields[0][:15], address, _number(fields[6], 10))


def _route6(fields: list[str]) -> Route | None:
    """Parse a line of /proc/net/ipv6_route: destination, its length, source, its length, next hop."""
    if len(fields) < 10 or (fields[0].strip("0"), fields[1]) != ("", "00") or fields[9] == "lo":  # noqa: PLR2004  columns
        return None
    flags, hop = _number(fields[8], 16), _number(fields[4], 16)
    if flags < 0 or flags & _RTF_REJECT or len(fields[4]) != 32 or hop < 0:  # noqa: PLR2004  hex digits
        return None
    address = socket.inet_ntop(socket.AF_INET6, hop.to_bytes(16, "big")) if flags & _RTF_GATEWAY else ""
    scope = f"%{fields[9][:15]}" if address.startswith("fe80:") else ""
    return Route(fields[9][:15], address + scope, _number(fields[5], 16))


def _by_metric(route: Route) -> int:
    return route.metric


def _number(word: str, base: int) -> int:
    """Return the number, or -1 where it is none."""
    try:
        return int(word, base)
    except ValueError:
        return -1


def _table(root: str, name: str) -> str | None:
    return proc.text(Path(root) / "proc/net" / name, _MAX_TABLE_BYTES)
