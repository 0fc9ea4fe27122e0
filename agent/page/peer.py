"""Which user of this computer is at the other end of a loopback connection.

Source: /proc/net/tcp and tcp6 (proc(5)): the row whose local address is the client's; field 8 is the uid.
Loopback is open to every user of the computer, so that a token alone would be worth as much as its secrecy.
"""

import ipaddress
import sys
from pathlib import Path

UNKNOWN = -1  # no user has this id: a connection that is not found belongs to nobody
_MAX_BYTES = 4 * 1024 * 1024
_TABLES = {4: "tcp", 6: "tcp6"}
_LOCAL, _REMOTE, _STATE, _UID = 1, 2, 3, 7
_ESTABLISHED = "01"  # a socket that its process has closed is shown as root's


def uid(host: str, port: int, server_port: int, proc: Path = Path("/proc")) -> int | None:
    """Return the user id of the client at `host`:`port` that talks to our `server_port`.

    UNKNOWN where the table has no such connection; None on a platform that has no such table.
    """
    if not sys.platform.startswith("linux"):
        return None
    ip = ipaddress.ip_address(host)
    try:
        with (proc / "net" / _TABLES[ip.version]).open("rb") as file:
            table = file.read(_MAX_BYTES).decode("ascii", "replace")
    except OSError:
        return UNKNOWN
    return find(table, f"{_hex(ip)}:{port:04X}", f":{server_port:04X}")


def find(table: str, local: str, remote_end: str) -> int:
    """Return the owner of the row with this local address and the end of the remote one, or UNKNOWN."""
    for line in table.splitlines():
        if local not in line:
            continue
        fields = line.split()
        if (
            len(fields) > _UID
            and fields[_LOCAL] == local
            and fields[_REMOTE].endswith(remote_end)
            and fields[_STATE] == _ESTABLISHED
            and fields[_UID].isdecimal()
        ):
            return int(fields[_UID])
    return UNKNOWN


def _hex(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Write an address as the kernel does: words of 32 bits in this machine's byte order."""
    packed = ip.packed
    words = (packed[at : at + 4] for at in range(0, len(packed), 4))
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
