"""On which line of a TOML file a key stands. tomllib tells lines for syntax errors only.

It reads headers and the beginnings of lines of a file that tomllib has accepted, so a key inside an inline
table is found on the line where that table's own key begins. What it cannot find has no line.
"""

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"^\s*(\[\[?)\s*({_KEYS})\s*\]")
_ASSIGNMENT = re.compile(rf"^\s*({_KEYS})\s*=")
_ONE_KEY = re.compile(_KEY)
_LONG_STRING = re.compile(r"\"\"\"|'''")


def line_of(text: str, path: Path) -> int | None:
    """Return the line (from 1) of a key path, or of the nearest table or key around it; None: not found."""
    places = dict(reversed(list(_places(text))))  # a path's first place wins
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return None


def _places(text: str) -> Iterator[tuple[Path, int]]:
    """Yield each key path with its line, in the file's order."""
    table: Path = ()
    counts: dict[Path, int] = {}  # index of the newest row of each array of tables
    inside = ""  # the quotes that end the string of several lines that we are in
    for number, line in enumerate(text.split("\n"), 1):
        if not inside:
            if header := _HEADER.match(line):
                table = _table(header, counts)
                yield table, number
            elif key := _ASSIGNMENT.match(line):
                names = _names(key[1])
                yield from ((table + names[: end + 1], number) for end in range(len(names)))
        inside = _still_inside(line, inside)


def _table(header: re.Match[str], counts: dict[Path, int]) -> Path:
    """Return the path of a header; a name on the way that is an array means its newest row."""
    *way, last = _names(header[2])
    path: Path = ()
    for name in way:
        path = (*path, name)
        path = (*path, counts[path]) if path in counts else path
    path = (*path, last)
    if header[1] == "[":
        return path
    counts[path] = counts.get(path, -1) + 1
    return (*path, counts[path])


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(name.strip("\"'") if name[0] in "\"'" else name for name in _ONE_KEY.findall(dotted))


def _still_inside(line: str, inside: str) -> str:
    """Return the quotes of the long string that is open at the end of the line, "" for none."""
    if not inside and line.lstrip().startswith("#"):
        return ""
    for quotes in _LONG_STRING.findall(line):
        if not inside:
            inside = quotes
        elif quotes == inside:
            inside = ""
    return inside
