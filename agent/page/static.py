"""The page's own files: a closed table, read once, so that no path of a request reaches the file system."""

import gzip
from functools import cache
from pathlib import Path

import msgspec

_FOLDER = Path(__file__).with_name("static")
_TYPES = {
    "deskready.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "favicon.svg": "image/svg+xml",
}
PATHS = {"/favicon.ico": "favicon.svg", **{f"/static/{name}": name for name in _TYPES}}


class File(msgspec.Struct, frozen=True):
    """One file, as it is and compressed."""

    content_type: str
    plain: bytes
    gzipped: bytes


@cache
def file(path: str) -> File:
    """Return the file of a path in PATHS."""
    name = PATHS[path]
    plain = (_FOLDER / name).read_bytes()
    return File(_TYPES[name], plain, gzip.compress(plain, 9, mtime=0))
