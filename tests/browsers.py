"""A real browser at a desk in a box: Debian's chromium in the desk's network namespace, driven by Playwright.

    with chromium(box) as browser, desk.daemon():
        page = signed_in(desk, browser, Look("zh", "dark"))
        assert violations(page) == []

The browser shares the desk's loopback, and nothing else is there for it to reach.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import pytest
from desks import Desk
from netbox import Box, entering
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ORIGIN = "http://127.0.0.1:9843"
WAIT_MS = 30_000  # this long a loaded machine may take for anything
_ARGS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
)
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True)
class Look:
    """How a person looks at the page."""

    lang: Literal["zh", "en"] = "zh"
    scheme: Literal["light", "dark"] = "light"

    def __str__(self) -> str:
        return f"{self.lang}-{self.scheme}"


LOOKS = tuple(Look(lang, scheme) for lang in ("zh", "en") for scheme in ("light", "dark"))
# Runs a test that asks for `look` or `page` once for each language and colour scheme.
every_look = pytest.mark.parametrize("look", LOOKS, indirect=True, ids=str)


@contextmanager
def chromium(box: Box, *args: str) -> Iterator[Browser]:
    """Start a browser on the desk; skips the test where there is none."""
    binary = shutil.which("chromium")
    if binary is None:
        pytest.skip("no chromium; Debian package chromium")
    with tempfile.TemporaryDirectory(prefix="browser-") as folder, sync_playwright() as playwright:
        wrapper = Path(folder) / "chromium"
        enter = " ".join(entering(box.desk_pid))
        wrapper.write_text(f'#!/bin/sh\nexport HOME={folder}\nexec {enter} {binary} "$@"\n')
        wrapper.chmod(0o755)
        browser = playwright.chromium.launch(executable_path=wrapper, args=[*_ARGS, *args])
        try:
            yield browser
        finally:
            browser.close()


def visitor(browser: Browser, look: Look = Look(), *, has_script: bool = True, **more: Any) -> BrowserContext:
    """Return a context of its own: no storage is shared with another."""
    context = browser.new_context(color_scheme=look.scheme, java_script_enabled=has_script, **more)
    context.set_default_timeout(WAIT_MS)
    return context


def signed_in(desk: Desk, browser: Browser, look: Look = Look(), view: str = "today", **more: Any) -> Page:
    """Open the page as `deskready open` does and wait for its first view."""
    page = visitor(browser, look, **more).new_page()
    if look.lang == "en":
        page.add_init_script("sessionStorage.setItem('lang', 'en')")
    page.goto(url(desk, view))
    page.wait_for_selector("#page h1")
    return page


def url(desk: Desk, view: str = "today") -> str:
    """Return an address that opens the page once."""
    ran = desk.run("open", "--print", "--view", view)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode().strip()


def code(desk: Desk) -> str:
    """Return a code to be typed in."""
    ran = desk.run("open", "--code")
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode().split()[-1]


def violations(page: Page, rules: Sequence[str] = _RULES) -> list[str]:
    """Return what axe-core finds wrong with the open view: rule, and the elements that break it."""
    page.evaluate(_axe())  # past the page's own policy, as an extension would
    found = page.evaluate("rules => axe.run({runOnly: rules})", list(rules))
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
