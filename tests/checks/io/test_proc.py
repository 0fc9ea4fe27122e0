import os
from pathlib import Path

import pytest

from checks.io import proc
from checks.model import ProbeError


def test_a_missing_an_empty_and_an_unreadable_file_have_no_value(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for name in ("missing", "empty", "folder"):
        assert proc.text(tmp_path / name) is None
        assert proc.integer(tmp_path / name) is None


def test_a_read_is_bounded_and_never_waits(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    assert len(proc.content(tmp_path / "large", 70_000) or b"") == 70_000
    os.mkfifo(tmp_path / "pipe")  # a plain open() of it would wait for a writer for ever
    assert proc.text(tmp_path / "pipe") is None
    assert len(proc.content(Path("/dev/zero")) or b"") == proc.MAX_TEXT_BYTES


def test_whole_numbers_only(tmp_path: Path) -> None:
    for content, value in ((b"-12\n", -12), (b"0", 0), (b"1.5", None), (b"12 13", None), (b"0x1f", None)):
        (tmp_path / "number").write_bytes(content)
        assert proc.integer(tmp_path / "number") == value


def test_names_are_in_the_order_of_their_numbers_and_bounded(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"hwmon{number}").touch()
    assert proc.names(tmp_path)[1:4] == ("hwmon1", "hwmon2", "hwmon3")
    assert len(proc.listing(tmp_path, 5) or ()) == 5
    assert proc.listing(tmp_path / "missing") is None
    assert proc.names(tmp_path / "missing") == ()


def test_another_platform_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    proc.require_linux()
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(ProbeError) as caught:
        proc.require_linux()
    assert caught.value.code == "platform.not_built"
