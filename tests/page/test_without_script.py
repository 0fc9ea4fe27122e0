"""The page without JavaScript: a typed code, then plain forms all the way."""

import pytest
from browsers import ORIGIN, Look, code, every_look, violations, visitor
from desks import Desk
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.root, pytest.mark.slow]


def entered(desk: Desk, browser: Browser, look: Look) -> Page:
    page = visitor(browser, look, has_script=False).new_page()
    page.goto(f"{ORIGIN}/")
    page.fill("#code", code(desk).lower())
    page.keyboard.press("Enter")
    return page


def test_from_the_door_to_a_test_and_back(daemon: Desk, browser: Browser) -> None:
    page = entered(daemon, browser, Look())
    expect(page.locator("#page h1")).to_be_visible()
    page.get_by_role("button", name="再检查").click()
    again = page.get_by_role("button", name="刷新")
    for _ in range(100):
        if again.count() == 0:
            break
        page.wait_for_timeout(500)
        again.click()
    assert page.locator("table.results tbody tr").count() > 10
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Check again")).to_be_visible()
    page.get_by_role("button", name="Today").click()
    assert page.url == f"{ORIGIN}/today"
    assert "token" not in page.url
    assert page.locator("html").get_attribute("lang") == "en"
    page.context.close()


@pytest.mark.usefixtures("daemon")
def test_a_wrong_code_is_told(browser: Browser) -> None:
    page = visitor(browser, has_script=False).new_page()
    page.goto(f"{ORIGIN}/")
    page.fill("#code", "AAAA-BBBB-CCCC-DDDD")
    page.get_by_role("button", name="打开").click()
    expect(page.get_by_role("alert")).to_contain_text("已失效")
    page.context.close()


@every_look
def test_the_door_is_accessible(daemon: Desk, browser: Browser, look: Look) -> None:
    page = visitor(browser, look).new_page()
    page.goto(f"{ORIGIN}/")
    assert violations(page) == []
    page.fill("#code", code(daemon))
    page.keyboard.press("Enter")
    expect(page.locator("#page h1")).to_be_visible()
    assert page.url == f"{ORIGIN}/today"
    page.context.close()
