"""A document of headings, paragraphs, lists and tables, written as Markdown or as one HTML page. Pure.

What is written is text and never markup: both writers escape it.
"""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#~])")
_STYLE = """
body { font: 16px/1.6 "Microsoft YaHei UI", "PingFang SC", "Noto Sans CJK SC", system-ui, sans-serif;
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.7rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #767676; }
h3 { margin-bottom: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #767676; padding: .3rem .6rem; text-align: left; vertical-align: top; }
@media print { body { margin: 0; max-width: none; }
  h2, h3 { break-after: avoid; } tr { break-inside: avoid; } }
"""


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """One paragraph."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list; numbered where the order matters."""

    items: Sequence[str]
    is_numbered: bool = False


@dataclass(frozen=True)
class Table:
    """A table with one head row."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


Block: TypeAlias = Heading | Paragraph | Bullets | Table


def markdown(blocks: Iterable[Block]) -> str:
    """Write Markdown with pipe tables."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def page(blocks: Iterable[Block], title: str, language: str) -> str:
    """Write one HTML page that needs nothing else; `language` is the code for its `lang` attribute."""
    body = "\n".join(_html(block) for block in blocks)
    return (
        f'<!doctype html>\n<html lang="{html.escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"{body}\n</body>\n</html>\n"
    )


def _markdown(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {_plain(text)}"
        case Paragraph(text):
            return _plain(text)
        case Bullets(items, is_numbered):
            marks = (f"{number}." if is_numbered else "-" for number in range(1, len(items) + 1))
            return "\n".join(f"{mark} {_plain(item)}" for mark, item in zip(marks, items, strict=True))
        case Table(head, rows):
            lines = [head, ["---"] * len(head), *rows]
            cells = [
                [_plain(cell) if number != 1 else cell for cell in row] for number, row in enumerate(lines)
            ]
            return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _html(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{html.escape(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{html.escape(text)}</p>"
        case Bullets(items, is_numbered):
            tag = "ol" if is_numbered else "ul"
            return f"<{tag}>{''.join(f'<li>{html.escape(item)}</li>' for item in items)}</{tag}>"
        case Table(head, rows):
            body = "".join(_row(row, "td") for row in rows)
            return f"<table><thead>{_row(head, 'th')}</thead><tbody>{body}</tbody></table>"


def _row(cells: Iterable[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"
