"""The page's own views in a real browser: they are reachable, they live, and they keep to WCAG 2.2 AA."""

import pytest
from browsers import ORIGIN, every_look, violations
from desks import Desk
from paper import CLEARED, JAMMED, Paper
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.root, pytest.mark.slow]


@every_look
def test_every_view_is_accessible(page: Page) -> None:
    for name in ("/today", "/progress"):
        page.locator(f"nav form[action='{name}'] button").click()
        page.wait_for_url(ORIGIN + name)
        assert violations(page) == []


def test_axe_finds_what_is_planted(page: Page) -> None:
    page.evaluate("document.querySelector('#main').insertAdjacentHTML('beforeend', '<input><img src=x>')")
    assert {found.partition(":")[0] for found in violations(page)} >= {"label", "image-alt"}


def test_the_code_leaves_no_trace_in_the_address(page: Page) -> None:
    assert page.url == f"{ORIGIN}/today"
    assert page.evaluate("history.length") <= 2
    assert page.evaluate("document.cookie + localStorage.length") == "0"


def test_a_running_test_is_shown_while_it_runs(page: Page) -> None:
    page.get_by_role("button", name="再检查").click()
    expect(page.locator("progress")).to_be_visible()
    expect(page.locator("progress")).to_be_hidden(timeout=90_000)
    assert page.locator("table.results tbody tr").count() > 10
    assert page.locator("tr.waiting").count() == 0
    assert violations(page) == []


@pytest.mark.timeout(240)
def test_the_light_follows_the_desk(page: Page, daemon: Desk, printer: Paper) -> None:
    printer.become(JAMMED)
    daemon.wait_for(printer.answers, 30)
    daemon.wait_for(lambda: daemon.metric('deskready_verdict{verdict="red"}') == 1.0, 90)
    expect(page.locator("#light.red")).to_be_visible()
    printer.become(CLEARED)


def test_polls_without_an_answer_turn_the_light_grey(page: Page) -> None:
    page.route("**/light", lambda route: route.abort())
    expect(page.locator("#light.grey")).to_contain_text("没有回应")
    page.unroute("**/light")
    expect(page.locator("#light strong")).not_to_contain_text("没有回应")
    expect(page.locator("#light strong")).to_contain_text("已查")
