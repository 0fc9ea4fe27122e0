"""Printers that the operating system prints to: its print queues and the addresses they print at.

Source: `lpstat -v` of CUPS, one line for each queue: "device for NAME: URI". A URI on the network gives a
host to ask; any other one (USB, a queue of another program) gives a printer that is known by its queue.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from checks.io import text, tool
from checks.model import ProbeError
from config.devices import Printer

_LINE = re.compile(r"device for (?P<queue>.+?): (?P<uri>[a-z][a-z0-9+.-]*:.*)")
_ON_NETWORK = frozenset({"socket", "lpd", "ipp", "ipps", "http", "https"})
_IPP = frozenset({"ipp", "ipps"})
_HPLIP = "hp"  # hp:/net/Model?ip=192.0.2.1
_TIMEOUT_S = 3.0
_MAX_PRINTERS = 16
_MAX_NAME = 32


def printers_of_os() -> tuple[Printer, ...]:
    """Return the printers of this computer, at most 16; none without CUPS or without a queue.

    Raises ProbeError "tool.hung", "tool.flood" or "tool.not_permitted".
    """
    try:
        output = tool.run(["lpstat", "-v"], timeout_s=_TIMEOUT_S)
    except ProbeError as error:
        if error.code == "tool.missing":
            return ()
        raise
    return parse(output.stdout)


def parse(listing: bytes) -> tuple[Printer, ...]:
    """Read the lines of `lpstat -v`; what is no such line is left out."""
    return tuple(_printers(listing.decode("utf-8", "replace")))[:_MAX_PRINTERS]


def _printers(listing: str) -> Iterator[Printer]:
    taken: set[str] = set()
    for line in listing.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found is None:
            continue
        name = _name(found["queue"], taken)
        taken.add(name)
        scheme = found["uri"].partition(":")[0]
        host = _host(found["uri"])
        ipp = found["uri"] if host and scheme in _IPP else ""
        yield Printer(name=name, host=host, queue=text.clean_text(found["queue"]), ipp=ipp)


def _host(uri: str) -> str:
    """Return the printer's own address, "" where the URI leads to this computer or to no network."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme == _HPLIP:
        host = next(iter(parse_qs(parts.query).get("ip", ())), "")
    elif parts.scheme not in _ON_NETWORK:
        return ""
    is_here = host in {"localhost", "::1"} or host.startswith("127.")
    return "" if is_here else text.clean_text(host)


def _name(queue: str, taken: set[str]) -> str:
    """Make a device name of a queue's: lower case, Latin letters and digits, unlike those `taken`."""
    stem = re.sub(r"[^a-z0-9_.-]+", "-", queue.lower()).strip("-_.")[:_MAX_NAME].rstrip("-_.") or "printer"
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem[: _MAX_NAME - 3].rstrip('-_.')}-{count}"
    return name
