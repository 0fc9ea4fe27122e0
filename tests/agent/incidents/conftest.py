"""One desk with a real store for each test of incidents."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from incident_desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "state")
    yield desk
    desk.close()
