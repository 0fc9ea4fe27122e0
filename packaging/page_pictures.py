"""Pictures of the page: a desk at work with two simulated printers, before and while one is jammed."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from at_work import COMPANY
from browsers import LOOKS, Look, chromium, signed_in
from desks import Desk
from netbox import PRINTER, desk_in_a_box
from paper import JAMMED, PORT, paper
from playwright.sync_api import Browser

VIEWS = ("today", "fault", "cases", "desk")
NAMES = tuple(f"page-{view}-{look}" for view in VIEWS for look in LOOKS)
_SPARE_PORT = PORT + 1
_SIZE = {"width": 1000, "height": 760}
_SETTINGS = (
    f'[[printer]]\nname = "front"\nplace = "前台"\nhost = "{PRINTER}"\nsnmp = {{ port = {PORT} }}\n'
    'substitutes = ["finance"]\n'
    f'[[printer]]\nname = "finance"\nplace = "财务室"\nhost = "{PRINTER}"\n'
    f"snmp = {{ port = {_SPARE_PORT} }}\n"
    '[ticket]\nhours = "always"\nobserve_only = false\n'
)


def take(name: str) -> bytes:
    """Return one of `NAMES` as PNG; all of them are taken together, the first time."""
    return _all()[name]


@cache
def _all() -> Mapping[str, bytes]:
    with ExitStack() as stack:
        box = stack.enter_context(desk_in_a_box())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pictures-")))
        (folder / "procedure.d").mkdir()
        (folder / "procedure.d/company.toml").write_text(COMPANY)
        front, spare = stack.enter_context(paper(box)), stack.enter_context(paper(box, port=_SPARE_PORT))
        for printer in (front, spare):
            printer.become({})
            Desk.wait_for(printer.answers, 30)
        desk = Desk(box, folder, _SETTINGS)
        stack.enter_context(desk.daemon())
        desk.wait_for(lambda: desk.metric("deskready_page_up") == 1.0, 30)
        for _ in range(3):
            desk.run("log", "new", "consult")
        desk.wait_for(lambda: desk.metric('deskready_verdict{verdict="amber"}') == 1.0, 90)
        browser = stack.enter_context(chromium(box))
        found = dict(_views(desk, browser, ("today", "cases", "desk")))
        front.become(JAMMED)
        desk.wait_for(lambda: b"PRN_JAM" in desk.run("incident", "list", "--json").stdout, 120)
        return found | dict(_views(desk, browser, ("fault",)))


def _views(desk: Desk, browser: Browser, views: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for view in views:
        for look in LOOKS:
            yield f"page-{view}-{look}", _picture(desk, browser, view, look)


def _picture(desk: Desk, browser: Browser, view: str, look: Look) -> bytes:
    page = signed_in(desk, browser, look, _place(desk, view), viewport=_SIZE)
    page.wait_for_timeout(1500)  # the light and what loads by itself
    return page.screenshot()


def _place(desk: Desk, view: str) -> str:
    """Return the address of a view; the fault is the jam."""
    if view != "fault":
        return view
    incidents = json.loads(desk.run("incident", "list", "--json").stdout)["incidents"]
    return "fault/" + next(one["id"] for one in incidents if one["fault"] == "PRN_JAM")
