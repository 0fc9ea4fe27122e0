"""What a hostile web page can do to the desk from the broker's own browser: nothing.

Every attack is also made on `unguarded.py`, where it works: so it is the guard that stops it. The attacker
even knows a valid token, which no page can, and still is refused.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsers import ORIGIN, chromium, signed_in, visitor
from desks import Desk
from netbox import Box
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.root, pytest.mark.slow]

EVIL_PORT, TWIN_PORT = 8000, 8001
EVIL, TWIN = f"http://evil.test:{EVIL_PORT}", f"http://127.0.0.1:{TWIN_PORT}"
FETCH = """([target, token]) => fetch(target + "/check-now", {
    method: "POST", mode: "no-cors", body: new URLSearchParams({token})
    }).then(() => "sent", () => "failed")"""
READ = """([target, token]) => fetch(target + "/today", {headers: {"X-DeskReady-Token": token}})
    .then(reply => reply.text(), () => "failed")"""
POST = """([target, token]) => {
    document.body.innerHTML = `<form method=post action="${target}/check-now"><input name=token></form>`;
    document.forms[0].token.value = token;
    document.forms[0].submit(); }"""
SOCKET = """([target, _token]) => new Promise(done => {
    const socket = new WebSocket(target.replace("http", "ws") + "/today");
    socket.onopen = () => done("open"); socket.onerror = () => done("failed"); })"""
FRAME = """([target, _token]) => new Promise(done => {
    const frame = document.createElement("iframe");
    frame.onload = done; frame.src = target + "/"; document.body.append(frame); })"""


@pytest.fixture(scope="module")
def browser(box: Box) -> Iterator[Browser]:
    with chromium(box, "--host-resolver-rules=MAP evil.test 127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="module")
def twin(box: Box, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Serve the attacker's site and the unguarded twin; gives the twin's list of served requests."""
    served = tmp_path_factory.mktemp("twin") / "served"
    with served.open("wb") as log:
        children = [
            box.popen([sys.executable, str(Path(__file__).with_name("unguarded.py")), str(port)], stdout=out)
            for port, out in ((EVIL_PORT, subprocess.DEVNULL), (TWIN_PORT, log))
        ]
        Desk.wait_for(lambda: _listens(box), 30)
        yield served
        for child in children:
            child.kill()
            child.wait(10)


def _listens(box: Box) -> bool:
    code = f"import socket; [socket.create_connection(('127.0.0.1', p)) for p in ({EVIL_PORT}, {TWIN_PORT})]"
    return box.run([sys.executable, "-c", code]).returncode == 0


@pytest.fixture
def token(page: Page) -> str:
    return str(page.evaluate("sessionStorage.getItem('token')"))


@pytest.fixture
def evil(browser: Browser, twin: Path, daemon: Desk) -> Iterator[Page]:  # noqa: ARG001  both run
    """Open the attacker's page in a tab of the same browser."""
    context = visitor(browser)
    page = context.new_page()
    page.goto(f"{EVIL}/")
    assert page.title() == "twin"
    yield page
    context.close()


def refused(desk: Desk, reason: str) -> float:
    return desk.metric(f'deskready_requests_refused_total{{listener="page",reason="{reason}"}}') or 0.0


def attacked(evil: Page, script: str, target: str, token: str) -> Any:
    return evil.evaluate(script, [target, token])


def ran_a_test(page: Page) -> bool:
    page.goto(f"{ORIGIN}/progress")
    page.wait_for_selector("#page h1")
    return page.locator("table.results, progress").count() > 0


@pytest.mark.usefixtures("twin")
def test_a_rebound_name_is_not_us(browser: Browser, daemon: Desk) -> None:
    page = visitor(browser).new_page()
    for path in ("/", "/static/app.js", "/today"):
        reply = page.goto(f"http://evil.test:9843{path}")
        assert reply
        assert (reply.status, reply.text()) == (421, "421 Misdirected Request\n")
    control = page.goto(f"http://evil.test:{TWIN_PORT}/today")
    assert control
    assert control.status == 200, "the name does lead to this computer"
    page.context.close()
    daemon.wait_for(lambda: refused(daemon, "host") >= 3, 30)


@pytest.mark.parametrize("script", [FETCH, POST], ids=["fetch", "form"])
def test_a_foreign_page_starts_nothing(
    page: Page, evil: Page, twin: Path, daemon: Desk, token: str, script: str
) -> None:
    control = evil.context.new_page()  # a form's own navigation would get in the way of the next one
    control.goto(f"{EVIL}/")
    served = twin.read_text().count("POST /check-now")
    attacked(control, script, TWIN, token)
    daemon.wait_for(lambda: twin.read_text().count("POST /check-now") > served, 30)
    attacked(evil, script, ORIGIN, token)
    daemon.wait_for(lambda: refused(daemon, "cross_site") >= 1, 30)
    assert not ran_a_test(page)
    own = """t => fetch("/check-now", {
        method: "POST", headers: {"X-DeskReady-Token": t}, body: new URLSearchParams()})"""
    page.evaluate(own, token)
    assert ran_a_test(page), "our own page can"


def test_a_foreign_page_reads_nothing(page: Page, evil: Page, token: str) -> None:
    assert attacked(evil, READ, ORIGIN, token) == "failed"
    assert "desk-07" in page.content()
    assert "served" in attacked(evil, READ, EVIL, token)


def test_a_web_socket_does_not_open(evil: Page, token: str) -> None:
    assert attacked(evil, SOCKET, ORIGIN, token) == "failed"
    assert attacked(evil, SOCKET, TWIN, token) == "open"


def test_it_cannot_be_framed(evil: Page, token: str) -> None:
    attacked(evil, FRAME, ORIGIN, token)
    attacked(evil, FRAME, TWIN, token)
    ours, control = evil.frames[1:]
    assert "deskready" not in ours.content()
    assert ours.url.startswith("chrome-error:")
    assert "served" in control.content()


def test_markup_that_came_in_runs_no_script(page: Page, evil: Page) -> None:
    inject = """() => new Promise(done => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true"; document.body.append(script);
        const image = document.createElement("img");
        image.setAttribute("onerror", "window.ran = true"); image.src = "/nothing.png";
        document.body.append(image);
        setTimeout(() => done(window.ran === true), 1000); })"""
    assert page.evaluate(inject) is False
    assert evil.evaluate(inject) is True


def test_another_context_of_the_same_browser_sees_the_door_only(page: Page, browser: Browser) -> None:
    assert "desk-07" in page.content()
    other = visitor(browser).new_page()
    reply = other.goto(f"{ORIGIN}/today")
    assert reply
    assert reply.status == 401
    assert other.locator("#code").is_visible()
    assert "desk-07" not in other.content()
    other.context.close()


def test_a_link_works_once(daemon: Desk, browser: Browser) -> None:
    page = signed_in(daemon, browser)
    code = daemon.run("open", "--print").stdout.decode().strip()
    first, second = visitor(browser).new_page(), visitor(browser).new_page()
    first.goto(code)
    first.wait_for_selector("#page h1")
    second.goto(code)
    second.wait_for_selector("#code")
    assert second.locator("#page").count() == 0
    for each in (page, first, second):
        each.context.close()


def test_the_pages_token_opens_no_other_door(token: str, daemon: Desk) -> None:
    ask = (
        "import sys, urllib.request as u, urllib.error as e\n"
        "try: print(u.urlopen(u.Request(sys.argv[1], headers={'X-DeskReady-Token': sys.argv[2]})).status)\n"
        "except e.HTTPError as error: print(error.code)"
    )

    def status(url: str) -> str:
        return daemon.box.run([sys.executable, "-c", ask, url, token]).stdout.decode().strip()

    assert status(f"{ORIGIN}/today") == "200"
    assert status(f"{ORIGIN}/metrics") == "404"
    assert status("http://127.0.0.1:9842/today") == "404"
    assert token not in daemon.log
