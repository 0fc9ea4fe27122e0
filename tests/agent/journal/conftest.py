"""A journal in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from casebook import Book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path / "state")
    yield book
    book.close()
