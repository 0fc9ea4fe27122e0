from typing import Any

import pytest

from agent.tray.face import SILENT_S, Heard, shown

GLANCE: dict[str, Any] = {
    "verdict": "green",
    "valid_for_s": 60.0,
    "headline": "Ready for work · checked 16/18",
    "tooltip": "Ready for work · checked 16/18\nAs of 09:30",
    "reasons": [{"text": "front office printer: Low toner"}, {"text": "Router: slow"}],
    "menu": [
        {"id": "fault", "label": "front office printer: Low toner", "view": "fault/INC"},
        {"id": "check", "label": "Check again", "order": {"op": "ready"}},
    ],
}


def at(age_s: float, glance: dict[str, Any] | None = None, **more: Any) -> Heard:
    """A glance that came `age_s` before 1000."""
    return Heard(glance or GLANCE, 1000 - age_s, **more)


def test_what_holds_is_shown_as_it_was_said() -> None:
    now = shown(at(59.9), 1000, "en")
    assert (now.colour, now.tooltip) == ("green", GLANCE["tooltip"])
    assert now.lines == (GLANCE["headline"], "Router: slow"), "what an entry opens is not said twice"
    assert now.entries == tuple(GLANCE["menu"])


@pytest.mark.parametrize("colour", ["green", "amber", "red"])
@pytest.mark.parametrize(
    ("age_s", "valid_for_s"), [(60, 60), (61, 60), (SILENT_S, 3600), (-1, 60), (5, 0), (10_000, 60)]
)
def test_what_no_longer_holds_is_grey(colour: str, age_s: float, valid_for_s: float) -> None:
    glance = GLANCE | {"verdict": colour, "valid_for_s": valid_for_s}
    now = shown(at(age_s, glance), 1000, "en")
    assert now.colour == "grey"
    assert now.entries == ()
    assert "does not mean fine" in now.tooltip


def test_nobody_there_is_grey_at_once() -> None:
    now = shown(at(0.1, is_silent=True, is_absent=True), 1000, "zh")
    assert (now.colour, now.tooltip) == ("grey", "检查程序没有应答，工位情况不明（不代表正常）")


def test_one_request_without_an_answer_is_said_at_once_and_turns_grey_with_time() -> None:
    now = shown(at(5, is_silent=True), 1000, "en")
    assert now.colour == "green"
    assert now.tooltip.startswith("deskready is not answering")
    assert now.entries == (), "nobody would take the order"
    assert shown(at(60, is_silent=True), 1000, "en").colour == "grey"


def test_the_beginning_is_grey() -> None:
    assert shown(Heard(), 1000, "en").colour == "grey"
    assert "being asked" in shown(Heard(), 1000, "en").tooltip
    assert "not answering" in shown(Heard(is_silent=True, is_absent=True), 1000, "en").tooltip
