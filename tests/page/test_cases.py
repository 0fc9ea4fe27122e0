"""A whole case by clicks: from the enquiry to its closing, and what is said where something is missing."""

import json
import re

import pytest
from browsers import ORIGIN, every_look, signed_in, violations
from desks import Desk
from paper import JAMMED, Paper
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.root, pytest.mark.slow]
REF = r"[A-Z2-9]{3}-[A-Z2-9]{3}"
STEPS = {
    "2": (),
    "3": ("info_verified",),
    "4": ("premium_received",),
    "5": ("policy_verified", "delivery_proof"),
    "9": ("data_verified",),
    "0": ("archive_location",),
}


def cases(page: Page) -> None:
    page.locator("nav form[action='/cases'] button").click()
    page.wait_for_url(f"{ORIGIN}/cases")


def new_case(page: Page) -> str:
    cases(page)
    page.locator("form[action='/case/new'] button").click()
    page.get_by_role("button", name="保存").click()
    kept = page.locator(".notice")
    expect(kept).to_contain_text(re.compile(REF))
    return re.findall(REF, kept.inner_text())[0]


def test_a_case_from_the_enquiry_to_its_end(page: Page) -> None:
    ref = new_case(page)
    for key, ticks in STEPS.items():
        page.get_by_role("button", name=ref).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(ref)
        step = page.locator(f"button[data-key='{key}']")
        if step.get_attribute("aria-pressed") == "false":
            page.locator("h1").click()  # keys count where nobody is writing
            page.keyboard.press(key)
        expect(step).to_have_attribute("aria-pressed", "true")
        assert page.locator("input[type=checkbox]:checked").count() == 0
        for tick in ticks:
            page.locator(f"input[name='tick.{tick}']").check()
        page.get_by_role("button", name="保存").click()
        expect(page.locator(".notice")).to_contain_text(ref)
    page.get_by_role("button", name=ref).click()
    page.get_by_role("button", name="结束案件").click()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".notice")).to_contain_text(ref)
    expect(page.get_by_role("button", name=ref)).to_have_count(0)


def test_the_next_step_is_three_clicks(page: Page) -> None:
    ref = new_case(page)
    clicks = 0
    for button in (page.locator("nav form[action='/cases'] button"), page.get_by_role("button", name=ref)):
        button.click()
        clicks += 1
    expect(page.locator("button[aria-pressed='true']")).to_contain_text("产品推荐")
    page.get_by_role("button", name="保存").click()
    clicks += 1
    expect(page.locator(".notice")).to_contain_text(ref)
    assert clicks == 3


def test_what_is_missing_is_said_and_nothing_is_lost(page: Page) -> None:
    ref = new_case(page)
    page.get_by_role("button", name=ref).click()
    page.get_by_role("button", name="合同签订").click()
    page.locator("input[name='tick.signed']").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("信息已核对无误")
    expect(page.locator("input[name='tick.signed']")).to_be_checked()
    page.locator("input[name='tick.info_verified']").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明为什么现在办")
    page.locator("#reason").fill("13800138000")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("像客户的号码")
    page.locator("#reason").fill("客户在场")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".notice")).to_contain_text(ref)


def test_the_state_of_what_a_step_needs_is_shown_before_it(page: Page) -> None:
    ref = new_case(page)
    page.get_by_role("button", name=ref).click()
    page.get_by_role("button", name="保单打印与交付").click()
    expect(page.locator(".needs li")).to_have_count(3)
    expect(page.locator(".needs")).to_contain_text("打印：是否可用还不知道")


@every_look
def test_the_views_are_accessible(page: Page) -> None:
    cases(page)
    page.locator("form[action='/case/new'] button").click()
    expect(page.locator(".chooser button")).to_have_count(10)
    assert violations(page) == []
    page.locator("main form.act button.main").click()
    expect(page.locator(".cases li")).to_have_count(1)
    assert violations(page) == []


@pytest.mark.timeout(240)
def test_a_jam_shows_the_case_that_waits_for_it(daemon: Desk, browser: Browser, printer: Paper) -> None:
    case = json.loads(daemon.run("log", "new", "consult", "--json").stdout)["case"]["case"]
    for step, ticks in (("recommend", ""), ("sign", "info_verified"), ("pay", "premium_received")):
        assert daemon.run("log", case, step, "--tick", ticks).returncode == 0
    assert daemon.run("log", case, "enter", "--tick", "data_verified").returncode == 0
    printer.become(JAMMED)
    daemon.wait_for(lambda: b"PRN_JAM" in daemon.run("incident", "list", "--json").stdout, 120)
    (jam,) = [
        one
        for one in json.loads(daemon.run("incident", "list", "--json").stdout)["incidents"]
        if one["fault"] == "PRN_JAM"
    ]
    page = signed_in(daemon, browser, view=f"fault/{jam['id']}")
    waiting = page.locator(".waiting li")
    expect(waiting).to_have_count(1)
    expect(waiting).to_contain_text(case)
    assert violations(page) == []
    waiting.get_by_role("button").click()
    expect(waiting).to_contain_text("已告知")
    expect(waiting.get_by_role("button")).to_have_count(0)
