"""A desk in a box with its daemon, a browser on it, and the page opened: what every page test stands on.

`page` is signed in; `look` is Chinese and light unless `every_look` (tests/browsers.py) asks for all four.
`printer` is off until a test lets it `become` something; more settings come with `settings`.
"""

from collections.abc import Iterator

import pytest
from browsers import Look, chromium, signed_in
from desks import Desk
from netbox import Box, desk_in_a_box
from paper import SETTINGS, Paper, paper
from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with desk_in_a_box() as box:
        yield box


@pytest.fixture(scope="module")
def browser(box: Box) -> Iterator[Browser]:
    with chromium(box) as browser:
        yield browser


@pytest.fixture
def settings() -> str:
    """Give the desk's own tables of settings; a module may override this."""
    return SETTINGS


@pytest.fixture
def desk(box: Box, tmp_path, settings: str) -> Iterator[Desk]:
    yield Desk(box, tmp_path, settings)
    box.mend()


@pytest.fixture
def printer(box: Box) -> Iterator[Paper]:
    with paper(box) as printer:
        yield printer


@pytest.fixture
def daemon(desk: Desk) -> Iterator[Desk]:
    """Give the desk with its daemon running and its page served."""
    with desk.daemon():
        desk.wait_for(lambda: desk.metric("deskready_page_up") == 1.0, 30)
        yield desk


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Look:
    return getattr(request, "param", Look())


@pytest.fixture
def page(daemon: Desk, browser: Browser, look: Look) -> Iterator[Page]:
    page = signed_in(daemon, browser, look)
    yield page
    page.context.close()
