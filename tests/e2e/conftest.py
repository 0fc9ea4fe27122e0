"""One desk in a box for each file, one settings file and state folder for each test."""

import pytest
from desks import Desk
from netbox import desk_in_a_box


@pytest.fixture(scope="module")
def box():
    with desk_in_a_box() as box:
        yield box


@pytest.fixture
def desk(box, tmp_path):
    yield Desk(box, tmp_path)
    box.mend()
