"""Where this computer's print service listens: CUPS, asked over IPP.

Source: client.conf(5): CUPS_SERVER, ServerName, else the service's own socket, else the local host.
"""

import os
import re
from pathlib import Path
from urllib.parse import quote

import msgspec

SOCKET = Path("/run/cups/cups.sock")
CLIENT_CONF = Path("/etc/cups/client.conf")
_SERVER_NAME = re.compile(r"^\s*ServerName\s+(\S+)", re.IGNORECASE | re.MULTILINE)
_MAX_BYTES = 64 * 1024


class Queue(msgspec.Struct, frozen=True):
    """A print queue's address. `path` is the Unix socket to ask, "" for the host of the URI."""

    uri: str
    path: str = ""


def queue(name: str) -> Queue:
    """Return where to ask for a queue: by its name on this computer, or by its own ipp:// address."""
    if "://" in name:
        return Queue(name)
    server = os.environ.get("CUPS_SERVER") or _of_client_conf()
    path = server if server.startswith("/") else ""
    if not server and SOCKET.is_socket():
        path = str(SOCKET)
    host = "localhost" if path or not server else server.partition("/")[0]
    return Queue(f"ipp://{host}/printers/{quote(name, safe='')}", path)


def _of_client_conf() -> str:
    try:
        with CLIENT_CONF.open("rb") as file:
            found = _SERVER_NAME.search(file.read(_MAX_BYTES).decode("utf-8", "replace"))
    except OSError:
        return ""
    return found[1] if found else ""
