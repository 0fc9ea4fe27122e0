"""Text of devices: any bytes become one clean line."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checks.io import text

CJK = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=20)


@given(st.binary(max_size=3000), st.one_of(st.none(), st.integers()))
def test_any_bytes_become_one_clean_line(raw: bytes, charset: int | None) -> None:
    said = text.clean(raw, charset)
    assert len(said) <= 64
    assert not [char for char in said if unicodedata.category(char).startswith("C")]
    assert said == " ".join(said.split()) == unicodedata.normalize("NFC", said)
    said.encode("utf-8")


@given(st.text())
def test_cleaning_twice_changes_nothing(said: str) -> None:
    assert text.clean_text(text.clean_text(said)) == text.clean_text(said)


@given(CJK, st.sampled_from([None, 106, 4, 2004, 2252, 999]))
def test_utf8_goes_before_what_is_declared(said: str, charset: int | None) -> None:
    assert text.clean(said.encode(), charset) == unicodedata.normalize("NFC", said)


@given(st.text("纸盒已满墨粉不足请更换黑色打印机准备就绪", min_size=2, max_size=20))
def test_undeclared_chinese_is_read(said: str) -> None:
    """Few strings are both GB 18030 and UTF-8 ("准" twice is): those are taken for UTF-8."""
    raw = said.encode("gb18030")
    assume(b"\xef\xbf\xbd" in raw.decode("utf-8", "replace").encode())
    assert text.clean(raw) == said
    assert text.clean(said.encode("gbk"), 113) == said


@pytest.mark.parametrize(
    ("raw", "charset", "said"),
    [
        (b"", None, ""),
        (b"\0\0 Black\0Toner\r\n\x1b[31m ", None, "Black Toner [31m"),
        (b"\xfd\xe8Toner", None, "Toner"),
        ("休眠".encode(), 2004, "休眠"),
        ("准备就绪      ".encode(), 106, "准备就绪"),
        ("Résistance usée".encode("latin-1"), None, "Résistance usée"),
        ("Résistance usée".encode("latin-1"), 4, "Résistance usée"),
        ("Pr\u00eat".encode("cp1252"), 2252, "Prêt"),
        ("印表機".encode("big5"), 2026, "印表機"),
        ("e\u0301".encode(), None, "é"),
        ("a\u202eb\u200bc\ufeff".encode(), None, "abc"),
        (b"\xed\xa0\x80x", None, "í x"),  # a lone surrogate is no UTF-8
        (b"\xff\xfe\xfd", None, "ÿþý"),
        ("墨".encode() * 500, None, "墨" * 64),
    ],
)
def test_what_devices_send(raw: bytes, charset: int | None, said: str) -> None:
    assert text.clean(raw, charset) == said


def test_the_order_is_needed() -> None:
    """Negative control: the declared charset alone makes rubbish of what a real device sends."""
    assert "休眠".encode().decode("hp_roman8") != "休眠"
    assert "纸盒".encode("gb18030").decode("latin-1") != text.clean("纸盒".encode("gb18030"))
