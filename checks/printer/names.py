"""What printers call things, in English and Chinese: trays, colours, paper sizes, sleep. Pure."""

import re
from collections.abc import Sequence

from checks.printer import mib

_BYPASS = re.compile(
    r"bypass|manual|multi-?\s?purpose|\bMP\b|MP-?\s?TRAY|MPF|hand feed"
    r"|手送|手差|手动|手動|旁路|多功能|多用途",
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
    ("black", r"black|schwarz|noir|nero|negro|svart|黑"),
    ("cyan", r"cyan|青|蓝绿"),
    ("magenta", r"magenta|品红|洋红|品紅"),
    ("yellow", r"yellow|gelb|jaune|giallo|amarillo|\bgul\b|黄|黃"),
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
