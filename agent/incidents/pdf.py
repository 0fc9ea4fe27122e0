"""A report as PDF: a child of its own, because its library is large. JSON on stdin, PDF on stdout.

`python -m agent.incidents.pdf < content.json > report.pdf`; exit 69 where the extra [reports] is missing.
The Chinese font is one that every PDF reader brings along.
"""

import sys
from html import escape
from io import BytesIO
from typing import Any

import msgspec

from agent.incidents.report import Content

EX_UNAVAILABLE = 69  # sysexits.h
_FONT = {"zh": "STSong-Light", "en": "Helvetica"}
_LABEL_MM, _VALUE_MM = 50, 120


def main() -> int:
    """Turn the report on stdin into a PDF."""
    try:
        made = pdf(msgspec.json.decode(sys.stdin.buffer.read(), type=Content))
    except ImportError:
        print("deskready: the extra [reports] is not installed", file=sys.stderr)  # noqa: T201  a child's stderr
        return EX_UNAVAILABLE
    sys.stdout.buffer.write(made)
    return 0


def pdf(page: Content) -> bytes:
    """Return a report as PDF. Raises ImportError where the library is missing."""
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415  an extra
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table  # noqa: PLC0415

    title, heading, body = _styles(_FONT[page.lang])
    story: list[Any] = [Paragraph(escape(page.title), title)]
    for section in page.sections:
        rows = [[Paragraph(escape(text), body) for text in row] for row in section.rows]
        story.append(Paragraph(escape(section.heading), heading))
        if rows:
            story.append(Table(rows, colWidths=[_LABEL_MM * mm, _VALUE_MM * mm], style=_grid()))
    out = BytesIO()
    SimpleDocTemplate(out, pagesize=A4, title=page.title, invariant=1).build(story)
    return out.getvalue()


def _styles(font: str) -> tuple[Any, Any, Any]:
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: PLC0415

    if font == _FONT["zh"]:
        pdfmetrics.registerFont(UnicodeCIDFont(font))
    body = ParagraphStyle("body", fontName=font, fontSize=9, leading=13, wordWrap="CJK")
    heading = ParagraphStyle("heading", parent=body, fontSize=12, leading=18, spaceBefore=10, spaceAfter=4)
    return ParagraphStyle("title", parent=body, fontSize=16, leading=22), heading, body


def _grid() -> Any:  # noqa: ANN401  the library names no type
    from reportlab.lib import colors  # noqa: PLC0415
    from reportlab.platypus import TableStyle  # noqa: PLC0415

    return TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")])


if __name__ == "__main__":
    sys.exit(main())
