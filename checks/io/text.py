"""Text that a device or tool sent as bytes: decoded once, cleaned and bounded before anyone sees it.

Devices are careless with charsets: some send UTF-8 and declare hp-roman8, some send GBK and declare
nothing. Strict UTF-8 can hardly hit by chance, so it goes before what the device declares.
"""

import codecs
import re
import unicodedata

MAX_CHARS = 64
_MAX_BYTES = 1024
# IANA MIBenum as used by prtLocalizationCharacterSet (RFC 3805) -> the codec's name in Python.
_CODECS = {
    3: "ascii",
    4: "latin-1",
    17: "shift_jis",
    18: "euc_jp",
    38: "euc_kr",
    57: "gb2312",
    113: "gbk",
    114: "gb18030",
    2004: "hp_roman8",
    2009: "cp850",
    2011: "cp437",
    2025: "gb2312",
    2026: "big5",
    2252: "cp1252",
}
_HP_MARK = b"\xfd\xe8"  # stands before some HP strings and is no text
# Pairs of bytes as GB 2312 makes them; accented Latin text seldom has its high bytes in pairs.
_GB_PAIRS = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])+")


def clean(raw: bytes, charset: int | None = None) -> str:
    """Return the text in `raw`: NFC, one line, no control, format or unpaired characters, at most 64.

    `charset` is the IANA MIBenum that the device declares; None or unknown to us: nothing declared.
    """
    return clean_text(_decode(raw.removeprefix(_HP_MARK), charset))


def clean_text(text: str) -> str:
    """Return `text` cleaned the same way; for text which is decoded already."""
    kept = (_kept(char) for char in text[:_MAX_BYTES])
    one_line = " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
    return one_line[:MAX_CHARS].rstrip()


def _kept(char: str) -> str:
    """A control character is a space; format, private, unpaired and unassigned ones are nothing."""
    category = unicodedata.category(char)
    if category == "Cc":
        return " "
    return "" if category.startswith("C") else char


def _decode(raw: bytes, charset: int | None) -> str:
    codec = _CODECS.get(charset or 0)
    for name in ("utf-8", codec, "gb18030" if _GB_PAIRS.fullmatch(raw[:_MAX_BYTES]) else None):
        text = _strict(raw, name) if name else None
        if text is not None:
            return text
    return raw[:_MAX_BYTES].decode("latin-1")


def _strict(raw: bytes, codec: str) -> str | None:
    """Decode as `codec` or return None. A character cut in two by our own bound is left off."""
    try:
        reader = codecs.getincrementaldecoder(codec)("strict")
        return reader.decode(raw[:_MAX_BYTES], final=len(raw) <= _MAX_BYTES)
    except UnicodeDecodeError:
        return None
