"""XML from a device: bounded, without entities, read by local names.

Source: expat. A declaration of a document type is refused as a whole, so no entity can grow; depth and size
are bounded. Namespaces differ between makers, so names are taken without them.
"""

from typing import Final
from xml.parsers import expat

import msgspec

from checks.model import ProbeError

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 24
MAX_TEXT_CHARS: Final = 1024


class Element(msgspec.Struct):
    """One element: local name, text without the space around it, children in order."""

    name: str
    text: str = ""
    children: "list[Element]" = msgspec.field(default_factory=list)

    def find(self, *path: str) -> "Element | None":
        """Return the first element below by its path of names, or None."""
        found: Element | None = self
        for name in path:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def value(self, *path: str) -> str:
        """Return the text of the first element below by its path, "" where there is none."""
        found = self.find(*path)
        return found.text if found else ""


def parse(content: bytes) -> Element:
    """Read a document. Raises ProbeError "xml.unreadable"."""
    if len(content) > MAX_BYTES:
        raise ProbeError("xml.unreadable")
    top = Element("")
    open_ones = [top]

    def start(name: str, _attributes: object) -> None:
        if len(open_ones) > MAX_DEPTH:
            raise ProbeError("xml.unreadable")
        element = Element(name.rpartition(" ")[2])
        open_ones[-1].children.append(element)
        open_ones.append(element)

    def end(_name: str) -> None:
        done = open_ones.pop()
        done.text = done.text.strip()

    def text(data: str) -> None:
        if len(open_ones[-1].text) < MAX_TEXT_CHARS:
            open_ones[-1].text += data[:MAX_TEXT_CHARS]

    def refuse(*_: object) -> None:
        raise ProbeError("xml.unreadable")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError):
        raise ProbeError("xml.unreadable") from None
    return top.children[0]
