"""The fault views in a real browser: WCAG 2.2 AA, on a phone, at 200 %, by keyboard, without script."""

import pytest
from browsers import ORIGIN, code, every_look, signed_in, violations, visitor
from desks import Desk
from paper import JAMMED, Paper
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(300)]

VIEWS = ("incidents", "incidents/all", "report", "desk", "device/computer", "explain/agent.self/agent")
NARROW = {"width": 390, "height": 844}
HALF = {"width": 640, "height": 450}  # what 1280 by 900 are at 200 %


def report_noise(page: Page) -> str:
    """Report a noise and return the address of its card."""
    page.goto(f"{ORIGIN}/report")
    page.locator("details.kind summary").last.click()
    kind = page.locator("details.kind[open]")
    if kind.get_by_role("radio").count():
        kind.get_by_role("radio").first.check()
    kind.locator("textarea").fill("hum")
    kind.locator("button.main").click()
    page.wait_for_selector("article.fault")
    action: str = page.locator("form.deeds").get_attribute("action") or ""
    return action.removesuffix("/act")


def is_wide(page: Page) -> bool:
    overflow: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return overflow > 0


@every_look
def test_every_fault_view_is_accessible_and_fits(page: Page) -> None:
    card = report_noise(page)
    for path in (*(f"/{view}" for view in VIEWS), card, card.replace("/fault/", "/incident/")):
        page.goto(ORIGIN + path)
        page.wait_for_selector("#page h1")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        for size in (NARROW, HALF, {"width": 1280, "height": 900}):
            page.set_viewport_size(size)
            assert not is_wide(page), f"{path} at {size}"
        assert violations(page) == [], path
        small = page.locator("main button:visible").evaluate_all(
            "all => all.filter(one => one.getBoundingClientRect().height < 43.5).length"
        )
        assert small == 0, path


def test_a_report_is_made_by_keyboard_alone(page: Page) -> None:
    page.goto(f"{ORIGIN}/report")
    page.wait_for_selector("#page h1")
    page.locator("details.kind summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.kind").first).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    page.keyboard.type("smells burnt")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("火灾或爆炸隐患")
    expect(page.locator("#light.red")).to_be_visible()
    focused = page.evaluate("document.activeElement.id")
    assert focused == "main"


def test_a_clients_number_is_refused_and_the_rest_of_the_form_is_kept(page: Page) -> None:
    page.goto(f"{ORIGIN}/report")
    page.get_by_text("火灾或爆炸隐患").click()
    kind = page.locator("details.kind[open]")
    kind.locator("textarea").fill("叫 13912345678")
    kind.locator("button.main").click()
    expect(page.get_by_role("alert")).to_contain_text("客户的信息")
    expect(page.locator("details.kind[open] textarea")).to_have_value("叫 13912345678")


def test_without_script_every_form_still_works(daemon: Desk, browser: Browser) -> None:
    page = visitor(browser, has_script=False).new_page()
    page.goto(ORIGIN)
    page.locator("#code").fill(code(daemon))
    page.get_by_role("button").first.click()
    page.get_by_role("button", name="报告问题").first.click()
    page.get_by_text("火灾或爆炸隐患").click()
    page.locator("details.kind[open] button.main").click()
    expect(page.locator("h1")).to_have_text("火灾或爆炸隐患")
    page.get_by_role("button", name="已处理").click()
    expect(page.locator(".standing")).to_contain_text("还差一个问题")
    page.get_by_role("button", name="是，正常").click()
    expect(page.locator(".standing")).to_contain_text("复测通过")
    page.get_by_role("button", name="查看这次故障的全部步骤和记录").click()
    page.get_by_role("button", name="查看报告").click()
    expect(page.locator("h1")).to_contain_text("报告")
    page.context.close()


def test_a_sheet_takes_down_what_a_person_did(daemon: Desk, browser: Browser, printer: Paper) -> None:
    printer.become(JAMMED)
    page = signed_in(daemon, browser, view="incidents")
    daemon.wait_for(lambda: daemon.metric('deskready_incidents_open{severity="stop"}') == 1, 120)
    page.goto(f"{ORIGIN}/incidents")
    page.get_by_role("button", name="卡纸").click()
    page.get_by_role("button", name="查看这次故障的全部步骤和记录").click()
    page.get_by_label("做了什么？").select_option("clear_jam")
    page.get_by_label("用时多少分钟").fill("four")
    page.locator("form.sheet:has(#action) button").click()
    expect(page.get_by_role("alert")).to_contain_text("分钟请填数字")
    page.get_by_label("做了什么？").select_option("clear_jam")
    page.get_by_label("用时多少分钟").fill("4")
    page.locator("form.sheet:has(#action) button").click()
    expect(page.get_by_text("用时（分钟）：4")).to_be_visible()
    expect(page.get_by_text("处理方式：清除卡纸")).to_be_visible()
    page.context.close()
