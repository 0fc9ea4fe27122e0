"""The four signs of the light: a shape and a colour each, drawn at every size that panels ask for.

Colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/), told apart without red or green sight; the
shape says the same without any colour. Each stands out at 3:1 or more on a light and on a dark panel: the
orange, too pale for a light one, has a dark rim.
"""

import math
from collections.abc import Callable, Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

SIZES_PX = (16, 22, 24, 32, 48, 64, 128)  # of freedesktop.org themes and of Windows, up to 200 %
GREEN, ORANGE, VERMILLION, GREY = "#009e73", "#e69f00", "#d55e00", "#808080"
RIM, WHITE, BLACK = "#7a4f00", "#ffffff", "#000000"
_UNITS = 64.0  # every sign is drawn in a square of so many units


def icon(colour: str) -> QIcon:
    """Return the sign of a light's colour; grey for any colour that is not known."""
    draw = SIGNS.get(colour, _unknown)
    sign = QIcon()
    for size_px in SIZES_PX:
        sign.addPixmap(pixmap(draw, size_px))
    return sign


def pixmap(draw: Callable[[QPainter], None], size_px: int) -> QPixmap:
    """Draw one sign on a transparent square."""
    canvas = QPixmap(size_px, size_px)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size_px / _UNITS, size_px / _UNITS)
    draw(painter)
    painter.end()
    return canvas


def _ready(painter: QPainter) -> None:
    """A filled circle with a tick."""
    _fill(painter, GREEN)
    painter.drawEllipse(QRectF(2, 2, 60, 60))
    _line(painter, WHITE, 9)
    painter.drawPolyline(QPolygonF([QPointF(17, 33), QPointF(28, 45), QPointF(47, 20)]))


def _attention(painter: QPainter) -> None:
    """A triangle with an exclamation mark."""
    painter.setPen(_pen(RIM, 4))
    painter.setBrush(QColor(ORANGE))
    painter.drawPolygon(QPolygonF([QPointF(32, 4), QPointF(61, 59), QPointF(3, 59)]))
    _fill(painter, BLACK)
    painter.drawRoundedRect(QRectF(28, 21, 8, 20), 3, 3)
    painter.drawEllipse(QRectF(27.5, 45, 9, 9))


def _stop(painter: QPainter) -> None:
    """A filled octagon with a cross."""
    _fill(painter, VERMILLION)
    corners = (math.radians(22.5 + 45 * number) for number in range(8))
    painter.drawPolygon(
        QPolygonF([QPointF(32 + 32 * math.cos(angle), 32 + 32 * math.sin(angle)) for angle in corners])
    )
    _line(painter, WHITE, 9)
    painter.drawLine(QPointF(20, 20), QPointF(44, 44))
    painter.drawLine(QPointF(44, 20), QPointF(20, 44))


def _unknown(painter: QPainter) -> None:
    """A hollow circle with a question mark: drawn as a path, so that no font is needed."""
    _line(painter, GREY, 6)
    painter.drawEllipse(QRectF(4, 4, 56, 56))
    hook = QPainterPath(QPointF(22, 26))
    hook.cubicTo(QPointF(22, 11), QPointF(43, 12), QPointF(42, 26))
    hook.cubicTo(QPointF(41, 33), QPointF(32, 33), QPointF(32, 41))
    painter.drawPath(hook)
    _fill(painter, GREY)
    painter.drawEllipse(QRectF(28, 45, 8, 8))


SIGNS: Mapping[str, Callable[[QPainter], None]] = {
    "green": _ready,
    "amber": _attention,
    "red": _stop,
    "grey": _unknown,
}


def _fill(painter: QPainter, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))


def _line(painter: QPainter, colour: str, width: float) -> None:
    painter.setPen(_pen(colour, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _pen(colour: str, width: float) -> QPen:
    round_cap, round_join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    return QPen(QColor(colour), width, Qt.PenStyle.SolidLine, round_cap, round_join)
