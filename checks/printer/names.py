"""What printers call things, in English and Chinese: trays, colours, paper sizes, sleep. Pure."""

import re
from collections.abc import Sequence

from checks.printer import mib

_BYPASS = re.compile(
    r"by-?pass|manual|multi-?\s?purpose|\bMP\b|MP-?\s?TRAY|MPF|hand feed"
    r"|手送|手差|手动|手動|旁路|多功能|多用途",
    re.IGNORECASE,
)
_RICOH = re.compile(r"\b(ricoh|aficio|nrg|lanier|savin|gestetner|infotec)\b", re.IGNORECASE)
_TONER_LOW = re.compile(
    r"\b(toner|ink) (is |very )?low\b|\blow (on )?(toner|ink)\b"
    r"|(墨粉|碳粉|墨水|粉盒|墨盒)(不足|量少|少|即将用[完尽])",
    re.IGNORECASE,
)
_VIRTUAL = re.compile(r"^\s*(auto\b|自动|自動)", re.IGNORECASE)
_ASLEEP = re.compile(
    r"sleep|power ?sav|energy ?sav|stand-?by|deep sleep|energiesparen|休眠|睡眠|省电|节能|待机|スリープ|節電",
    re.IGNORECASE,
)
# The first hit counts: a longer name stands before the shorter one that it holds.
_COLOURS: tuple[tuple[mib.Colour, str], ...] = (
    ("light_cyan", r"light\s?cyan|浅青|淡青"),
    ("light_magenta", r"light\s?magenta|浅品红|浅洋红|淡品红"),
    ("tricolour", r"tri-?\s?colou?r|三色|彩色"),
    ("grey", r"\bgr[ae]y\b|灰"),
    ("black", r"black|schwarz|noir|nero|negro|svart|黑|\bBK\b|\bTK-\d+K\b"),
    ("cyan", r"cyan|青|蓝绿|\bTK-\d+C\b"),
    ("magenta", r"magenta|品红|洋红|品紅|\bTK-\d+M\b"),
    ("yellow", r"yellow|gelb|jaune|giallo|amarillo|\bgul\b|黄|黃|\bTK-\d+Y\b"),
    ("red", r"\bred\b|红"),
    ("green", r"\bgreen\b|绿"),
    ("blue", r"\bblue\b|蓝"),
    ("white", r"\bwhite\b|白"),
    ("clear", r"\bclear\b|gloss optimi[sz]er|透明"),
)
_COLOUR_PATTERNS = tuple((name, re.compile(words, re.IGNORECASE)) for name, words in _COLOURS)
# ISO 216, JIS P 0138, the Chinese 16K and North American sizes: short and long edge in millimetres.
_SIZES = {
    "A3": (297, 420),
    "A4": (210, 297),
    "A5": (148, 210),
    "A6": (105, 148),
    "B4": (257, 364),
    "B5": (182, 257),
    "16K": (184, 260),
    "Letter": (216, 279),
    "Legal": (216, 356),
    "Tabloid": (279, 432),
}
_TOLERANCE_MM = 1.0


def is_bypass(name: str) -> bool:
    """Whether a tray of this name is fed by hand, so that being empty is its normal state."""
    return bool(_BYPASS.search(name))


def is_virtual(name: str) -> bool:
    """Whether a tray of this name is none, but the printer's own choice among its trays."""
    return bool(_VIRTUAL.search(name))


def says_asleep(text: str) -> bool:
    """Whether a printer's display or alert says that it sleeps."""
    return bool(_ASLEEP.search(text))


def is_ricoh(description: str) -> bool:
    """Whether a device of this description is Ricoh's, under one of the names it sells by."""
    return bool(_RICOH.search(description))


def says_toner_low(text: str) -> bool:
    """Whether a printer's display says that toner or ink is low, as Brother does beside a level of -3."""
    return bool(_TONER_LOW.search(text))


def colour(text: str) -> mib.Colour | None:
    """Return the colour that a colorant or a cartridge is named after."""
    return next((name for name, pattern in _COLOUR_PATTERNS if pattern.search(text)), None)


def paper_size(edges_mm: Sequence[float]) -> str | None:
    """Name the size of a sheet by its two edges in any order; None for a size without a name."""
    short, long = sorted(edges_mm)
    for name, (width, height) in _SIZES.items():
        if abs(short - width) <= _TOLERANCE_MM and abs(long - height) <= _TOLERANCE_MM:
            return name
    return None
