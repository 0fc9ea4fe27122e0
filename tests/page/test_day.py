"""The views of the day on the real daemon: morning, end of the day, due list, privacy, for IT."""

import pytest
from browsers import LOOKS, ORIGIN, Look, every_look, signed_in, violations, visitor
from desks import Desk
from playwright.sync_api import Browser, Page, expect

from agent.store.reader import read_only
from agent.store.rows import Event

pytestmark = [pytest.mark.root, pytest.mark.slow]

VIEWS = ("today", "evening", "due", "privacy", "it")


def events(desk: Desk, kind: str = "attestation") -> tuple[Event, ...]:
    return read_only(desk.state / "deskready.db").events(kind)


def go(page: Page, view: str) -> None:
    page.locator(f"form.go[action='/{view}'] button").first.click()
    page.wait_for_url(f"{ORIGIN}/{view}")


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@every_look
def test_the_views_of_the_day_are_accessible(page: Page) -> None:
    for view in VIEWS:
        go(page, view)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert violations(page) == [], view


@pytest.mark.parametrize("look", LOOKS[::2], ids=str)
def test_nothing_is_cut_off_at_200_percent_or_on_a_small_screen(
    daemon: Desk, browser: Browser, look: Look
) -> None:
    for width in (640, 390):  # 640 is what 200 % leaves of 1280
        page = signed_in(daemon, browser, look, viewport={"width": width, "height": 800})
        for view in VIEWS:
            go(page, view)
            assert not is_too_wide(page), (view, width)
            low = page.evaluate(
                "[...document.querySelectorAll('#main button, #main summary')]"
                ".filter(one => one.offsetHeight && one.offsetHeight < 44).map(one => one.outerHTML)"
            )
            assert low == [], (view, width)
        page.context.close()


def test_a_line_that_is_too_wide_would_be_found(page: Page) -> None:
    page.evaluate("document.querySelector('#main h1').textContent = 'x'.repeat(9)")
    page.evaluate("document.querySelector('#main h1').style.width = '3000px'")
    assert is_too_wide(page)


def test_the_morning_takes_one_click(page: Page, daemon: Desk) -> None:
    """J1: opened from the tray, one click, and the desk has nothing left to confirm."""
    expect(page.locator("li.question.open")).to_have_count(6)
    assert "没有火灾" in page.locator("li.question").first.inner_text()
    page.evaluate("addEventListener('click', () => { window.clicks = (window.clicks || 0) + 1 }, true)")
    page.get_by_role("button", name="开工", exact=True).click()
    expect(page.locator("li.question.ok")).to_have_count(6)
    expect(page.get_by_role("button", name="开工", exact=True)).to_have_count(0)
    expect(page.locator("#light")).not_to_contain_text("待确认")
    assert page.evaluate("clicks") == 1
    answers = events(daemon)
    assert {(one.body["answer"], one.body["mode"]) for one in answers} == {("ok", "batch")}
    (shown_ms,) = {one.body["shown_ms"] for one in answers}
    timings = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    assert 0 < shown_ms < page.evaluate("performance.now()")
    print(f"\nJ1: 1 click; in sight {shown_ms} ms; first byte {timings['responseStart']:.0f} ms")
    assert b"to_confirm" not in daemon.run("status", "--json").stdout  # the command line agrees


def test_the_morning_by_keyboard_alone(page: Page, daemon: Desk) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "开工" and page.evaluate(
            "document.activeElement.classList.contains('big')"
        ):
            break
    page.keyboard.press("Enter")
    expect(page.locator("li.question.ok")).to_have_count(6)
    assert len(events(daemon)) == 6


def test_a_hazard_is_red_within_two_looks_and_gone_when_somebody_says_so(page: Page, daemon: Desk) -> None:
    row = page.locator("#q-no_hazard")
    row.locator("summary").click()
    row.get_by_label("想补充的话").fill("窗下的插座发烫")
    row.get_by_role("button", name="提交").click()
    expect(page.locator("#light.red")).to_be_visible()
    expect(row).to_contain_text("窗下的插座发烫")
    page.get_by_role("button", name="开工", exact=True).click()
    expect(page.locator("li.question.ok")).to_have_count(5)
    expect(row).to_have_class("question problem")  # the one click leaves it alone
    row.get_by_role("button", name="问题已解决").click()
    expect(page.locator("#light.red")).to_have_count(0)
    kinds = [one.kind for one in read_only(daemon.state / "deskready.db").events()]
    assert {"incident.detected", "incident.retested", "incident.closed"} <= set(kinds)


def test_a_note_with_a_clients_number_is_refused_and_not_kept(page: Page, daemon: Desk) -> None:
    row = page.locator("#q-workplace_ok")
    row.locator("summary").click()
    row.get_by_label("太暗").check()
    row.get_by_label("想补充的话").fill("王先生 13812345678")
    row.get_by_role("button", name="提交").click()
    expect(row.get_by_role("alert")).to_contain_text("客户的资料")
    assert violations(page) == []
    assert events(daemon) == ()
    row.get_by_label("想补充的话").fill("灯坏了")
    row.get_by_role("button", name="提交").click()
    expect(row).to_have_class("question problem")
    expect(row).to_contain_text("太暗 · 灯坏了")
    (kept,) = events(daemon)
    assert (kept.body["choices"], kept.body["note"]) == (["dark"], "灯坏了")


def test_what_is_open_and_half_written_stays_while_the_card_lives(page: Page) -> None:
    row = page.locator("#q-no_hazard")
    row.locator("summary").click()
    row.get_by_label("想补充的话").fill("半句")
    for _ in range(2):
        with page.expect_response(lambda reply: reply.url.endswith("/today/news")):
            pass
    expect(row.get_by_label("想补充的话")).to_have_value("半句")


def test_the_end_of_the_day_takes_one_click(page: Page, daemon: Desk) -> None:
    """J6: what is open, what is due, one click."""
    page.get_by_role("button", name="开工", exact=True).click()
    go(page, "evening")
    expect(page.get_by_text("这个工位没有未关闭的故障")).to_be_visible()
    page.evaluate("addEventListener('click', () => { window.clicks = (window.clicks || 0) + 1 }, true)")
    page.locator("main").get_by_role("button", name="收工", exact=True).click()
    expect(page.locator("h1")).to_contain_text("已收工")
    assert page.evaluate("clicks") == 1
    (ended,) = events(daemon, "work.ended")
    print(f"\nJ6: 1 click; in sight {ended.body['shown_ms']} ms")


def test_upkeep_is_marked_and_a_skip_says_why(page: Page, daemon: Desk) -> None:
    go(page, "due")
    tasks = page.locator("li.task")
    before = tasks.count()
    tasks.first.locator("summary").click()
    tasks.first.get_by_label("为什么跳过").fill("电话 13812345678")
    tasks.first.get_by_role("button", name="记为跳过").click()
    expect(page.get_by_role("alert")).to_contain_text("没有保存")
    page.get_by_label("为什么跳过").first.fill("没有配件")
    page.locator("details[open]").get_by_role("button", name="记为跳过").first.click()
    expect(page.get_by_text("没有配件")).to_be_visible()
    assert page.locator("li.task").count() == before
    assert [one.body["reason"] for one in events(daemon, "maintenance.skipped")] == ["没有配件"]


def test_everything_works_without_javascript(daemon: Desk, browser: Browser) -> None:
    context = visitor(browser, has_script=False)
    page = context.new_page()
    page.goto(ORIGIN)
    code = daemon.run("open", "--code").stdout.decode().split()[-1]
    page.locator("#code").fill(code)
    page.locator("form[action='/enter'] button").click()
    row = page.locator("#q-no_hazard")
    row.locator("summary").click()
    row.get_by_role("button", name="提交").click()
    expect(page.locator("#light.red")).to_be_visible()
    page.get_by_role("button", name="开工", exact=True).click()
    expect(page.locator("li.question.ok")).to_have_count(5)
    assert {one.body["shown_ms"] for one in events(daemon)} == {None}  # nobody measured it
    for view in VIEWS[1:]:
        page.locator(f"form.go[action='/{view}'] button").first.click()
        expect(page.locator("h1")).to_be_visible()
    context.close()


def test_it_reads_the_log_without_names(page: Page, daemon: Desk) -> None:
    page.get_by_role("button", name="开工", exact=True).click()
    go(page, "it")
    block = page.locator("#block").input_value()
    assert "Procedure: insurance-broker" in block
    assert "light:" in block
    assert str(daemon.settings) in block
    assert "by root" not in block


def test_privacy_names_the_checks_that_run(page: Page) -> None:
    go(page, "privacy")
    expect(page.locator("#main")).to_contain_text("序列号")
    expect(page.locator("#main")).to_contain_text("不截屏")
