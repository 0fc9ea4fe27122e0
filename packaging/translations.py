"""Collect the program's own strings, keep the Chinese catalogue up to date, and compile it.

`python packaging/translations.py` writes deskready.po and deskready.mo; with --check it writes nothing
and ends with 1 where either file is not what it would write, or a string has no Chinese. Both files are
committed, because neither pip nor an editable install compiles anything.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("agent", "config")
# Babel's own methods by file name; a template says a string as `say("…")` too.
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {"say": None, "mark": None}  # the first argument of a call of these is a string to translate
CATALOGUE = Path("config/locale/zh_CN/LC_MESSAGES/deskready.po")
_HEADER = """\
# Chinese for the program's own strings. `make locale` collects the strings and compiles this file.
msgid ""
msgstr ""
"Project-Id-Version: deskready\\n"
"Language: zh_CN\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
_NO_DATE = datetime(
    2000, 1, 1, tzinfo=UTC
)  # the format wants one; the day of the build would change the file
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


def main(arguments: list[str] | None = None) -> int:
    """Write or check the two files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where something is behind")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder")
    options = parser.parse_args(arguments)
    source = options.root / CATALOGUE
    catalogue = updated(options.root)
    files = {source: as_po(catalogue), source.with_suffix(".mo"): as_mo(catalogue)}
    faults = list(unfinished(catalogue))
    for path, content in files.items():
        if not options.check:
            path.write_bytes(content)
        elif not path.is_file() or path.read_bytes() != content:
            faults.append(f"{path.relative_to(options.root)}: behind the sources; run `make locale`")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def collected(root: Path) -> list[str]:
    """Return every string that the program can say, in alphabetical order."""
    found: set[str] = set()
    for folder in SOURCES:
        for _file, _line, message, _comments, _context in extract_from_dir(
            root / folder, method_map=METHODS, keywords=KEYWORDS
        ):
            found.add(message if isinstance(message, str) else message[0])
    return sorted(found - {""})


def updated(root: Path) -> Catalog:
    """Return the catalogue of exactly the collected strings, with the Chinese that is there."""
    known = read_po(io.BytesIO((root / CATALOGUE).read_bytes()), locale="zh_CN")
    catalogue = Catalog(locale="zh_CN")
    for message in collected(root):
        there = known.get(message)
        catalogue.add(message, there.string if there is not None else "")
    return catalogue


def unfinished(catalogue: Catalog) -> Iterator[str]:
    """Yield strings without Chinese, and those whose Chinese asks for other values."""
    for message in catalogue:
        if not message.id:
            continue
        if not message.string:
            yield f"no Chinese: {message.id}"
        elif set(_PLACEHOLDER.findall(str(message.id))) != set(_PLACEHOLDER.findall(str(message.string))):
            yield f"other placeholders in Chinese: {message.id}"


def as_po(catalogue: Catalog) -> bytes:
    """Write the source form, without dates, so that it changes only with its strings."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, omit_header=True)
    return (_HEADER + out.getvalue().decode().lstrip("\n").rstrip("\n") + "\n").encode()


def as_mo(catalogue: Catalog) -> bytes:
    """Write the compiled form from what stands in the source form."""
    written = read_po(io.BytesIO(as_po(catalogue)), locale="zh_CN")
    written.creation_date = written.revision_date = _NO_DATE
    out = io.BytesIO()
    write_mo(out, written)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
