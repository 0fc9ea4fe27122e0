"""The files that the page brings along: htmx is the one that was decided on, to the byte."""

import hashlib
import re

import tree

from agent.page import static

DECISION = tree.ROOT / "docs/decisions/0004-the-page.md"


def test_htmx_is_the_one_that_the_decision_names() -> None:
    (pinned,) = re.findall(r"[0-9a-f]{64}", DECISION.read_text())
    assert hashlib.sha256(static.file("/static/htmx.min.js").plain).hexdigest() == pinned


def test_what_is_served_is_a_closed_table() -> None:
    assert {name.rpartition("/")[2] for name in static.PATHS.values()} == {
        "app.js",
        "deskready.css",
        "favicon.svg",
        "htmx.min.js",
    }
