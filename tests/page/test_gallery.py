"""The card of every fault, in both languages: complete, in plain words, and it fits on a phone and a desk.

Somebody who has never seen the product must be able to tell from the card alone what to do next.
"""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from browsers import violations
from gallery import PROCEDURE, SETTINGS, VALUES, document, fault_card, part
from playwright.sync_api import Browser, sync_playwright

from agent.words import Lang, say

LANGS: tuple[Lang, ...] = ("zh", "en")
WIDTHS = (390, 1280)
# What a headline may not hold: codes, protocols, numbers of errors.
JARGON = re.compile(
    r"[A-Z]{2,}_|\b(DNS|SNMP|IPP|HTTP|TCP|IP|SMART|TLS|USB|API|SQL|CPU)\b|\b[45]\d\d\b|[{}<>]"
)
OF_OTHERS = {
    "Print",
    "Sync now",
    "Check for updates",
    "打印",
    "立即同步",
    "检查更新",
}  # buttons of other programs
OWN = [one.place for one in (*SETTINGS.printer, *SETTINGS.scanner)] + [
    one for one in VALUES.values() if isinstance(one, str)
]
PRESSED = {"zh": re.compile(r"点“([^”]+)”"), "en": re.compile(r"[Cc]lick '([^']+)'")}


def texts(card: Any) -> Iterator[str]:
    """Every text that a card shows."""
    if isinstance(card, str):
        yield card
    elif isinstance(card, tuple):
        for one in card:
            yield from texts(one)
    elif isinstance(card, msgspec.Struct):
        for name in card.__struct_fields__:
            if name not in {"id", "fault", "value", "url", "severity", "colour"}:
                yield from texts(getattr(card, name))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("code", PROCEDURE.faults)
def test_a_card_alone_says_what_to_do_next(code: str, lang: Lang) -> None:
    card = fault_card(code, lang)
    assert 1 <= len(card.steps) <= 4
    for text in (card.title, card.where, card.cause, *card.steps, card.stop, card.alternate, card.standing):
        check_said(text, lang)
    for text in texts(card):
        check_clean(text)
    assert not JARGON.search(card.title), card.title
    assert card.it.lines or card.it.tickets
    buttons = {say(label, lang) for label in ("Done", "Check again", "Still broken")}
    named = {
        name for text in (*card.steps, card.stop, card.alternate) for name in PRESSED[lang].findall(text)
    }
    assert named <= buttons | OF_OTHERS, "a button that the card has not got"


@pytest.mark.parametrize("lang", LANGS)
def test_a_told_card_names_the_ticket(lang: Lang) -> None:
    for code in PROCEDURE.faults:
        assert "4711" in part(code, lang, is_told=True)


def check_said(text: str, lang: Lang) -> None:
    """A text of the card is there, and in its language; names and places are the desk's own."""
    for own in OWN:
        text = text.replace(own, "")
    assert text.strip(" “”‘’'()（）。.")
    assert bool(re.search("[\u4e00-\u9fff]", text)) == (lang == "zh"), text


def check_clean(text: str) -> None:
    assert not re.search(r"[{}]|\bNone\b(?! needed)|\bnan\b|“”|''|：[。，；]|: ?[.;]|  ", text), text


def test_the_checks_of_a_card_can_fail() -> None:
    for bad in ("a {b}", "改用“”。", "在：。", "Use ''."):
        with pytest.raises(AssertionError):
            check_clean(bad)
    for title in ("PRN_JAM", "DNS down", "Error 503"):
        assert JARGON.search(title)
    with pytest.raises(AssertionError):
        check_said("Paper jam", "zh")
    with pytest.raises(AssertionError):
        check_said("卡纸", "en")


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """A browser that reaches nothing: the gallery is one document."""
    binary = shutil.which("chromium")
    if binary is None:
        pytest.skip("no chromium; Debian package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=binary, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


# What is wider than the place it stands in, or is cut off.
_OVERFLOWS = """() => [...document.querySelectorAll('.one *')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 1 && (box.right > document.documentElement.clientWidth + 1 || box.left < -1
    || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible'));
}).map(one => one.closest('.one').id + ': ' + one.outerHTML.slice(0, 120))"""


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
def test_every_card_fits_and_is_accessible(chrome: Browser, lang: Lang) -> None:
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            page = chrome.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.set_content(document(lang))
            assert page.locator(".one").count() == len(PROCEDURE.faults)
            assert page.evaluate(_OVERFLOWS) == []
            found = [one for one in violations(page) if not one.startswith(_OF_MANY_CARDS)]
            assert found == []
            page.close()


# What only a page with many cards has: a heading of the first rank and a name of a field for each of them.
_OF_MANY_CARDS = ("duplicate-id", "page-has-heading-one", "landmark-", "region", "heading-order")


@pytest.mark.slow
def test_what_does_not_fit_is_found(chrome: Browser) -> None:
    page = chrome.new_page(viewport={"width": 390, "height": 900})
    page.set_content(document("zh", iter(["PRN_JAM"])))
    page.evaluate("document.querySelector('.cause').style.width = '600px'")
    assert page.evaluate(_OVERFLOWS) != []
    page.close()
