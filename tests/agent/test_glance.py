import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from glance_desk import FRONT, Faces, faces

from agent import clock, control, glance
from agent.control import ControlServer
from agent.herald import WAITING_MAX
from agent.orders import answer


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Faces]:
    with faces(tmp_path) as desk:
        yield desk


def texts(shown: dict[str, Any]) -> list[str]:
    return [reason["text"] for reason in shown["reasons"]]


def deeds(shown: dict[str, Any]) -> list[str]:
    return [one["id"] for one in shown["menu"] if "order" in one]


def test_a_good_desk_says_so_with_its_coverage(desk: Faces) -> None:
    desk.all_good()
    shown = desk.look()
    assert (shown["verdict"], shown["reasons"], shown["notify"], shown["questions"]) == ("green", [], None, 0)
    checked, total = shown["coverage"]["checked"], shown["coverage"]["total"]
    assert shown["headline"] == f"可以开工 · 已查 {checked}/{total}"
    assert shown["tooltip"].splitlines()[0] == shown["headline"]
    assert 0 < shown["valid_for_s"] <= 90


def test_a_jam_names_the_device_and_what_may_be_used(desk: Faces) -> None:
    desk.all_good()
    desk.jam()
    shown = desk.look()
    assert texts(shown) == ["前台打印机：卡纸"]
    assert "前台打印机：卡纸" in shown["tooltip"]
    assert shown["notify"]["text"] == "打印机“front”卡纸了。\n停止打印，别再点“打印”。"
    (use,) = [one for one in shown["menu"] if one["id"] == "substitute"]
    assert use["label"] == "改用财务室打印机（检查正常）"
    answer(desk.station, use["order"] | {"by": "broker"}, lambda _line: None)
    assert deeds(desk.look()) == ["check"], "what was done is not offered again"


def test_a_substitute_that_was_not_seen_to_work_is_not_offered(desk: Faces) -> None:
    desk.jam()
    assert deeds(desk.look()) == ["check"]


def test_english_is_english(desk: Faces) -> None:
    desk.all_good()
    desk.jam()
    shown = desk.look("en")
    assert texts(shown) == ["前台 printer: Paper jam"]
    assert shown["headline"].startswith("You can work; something needs attention · checked ")
    assert {one["label"] for one in shown["menu"] if "order" in one} == {
        "Check again",
        "Use 财务室 printer instead (checked, works)",
    }


def test_open_questions_are_counted_not_listed(desk: Faces) -> None:
    shown = desk.look()
    assert shown["questions"] > 2
    assert f"待确认 {shown['questions']}" in shown["headline"]
    assert not [one for one in shown["reasons"] if one["code"].startswith("to_confirm")]


def test_what_is_too_much_is_counted(desk: Faces) -> None:
    shown = desk.look()
    assert len(shown["reasons"]) == glance.REASONS_MAX
    assert f"另有 {shown['more']} 条" in shown["tooltip"]


def test_views_are_offered_where_there_is_a_page(desk: Faces) -> None:
    desk.all_good()
    desk.jam()
    assert [one for one in desk.look()["menu"] if "view" in one] == []
    desk.station.tokens.address = "http://127.0.0.1:9843"
    views = [one["view"] for one in desk.look()["menu"] if "view" in one]
    (incident,) = desk.station.incidents.open_ones()
    assert views == [f"fault/{incident.id}", "today", "cases"]


def test_the_end_of_the_jam_is_news(desk: Faces) -> None:
    desk.all_good()
    desk.jam()
    assert desk.look()["notify"]["key"].startswith("worse:")
    for _ in range(4):
        desk.see(FRONT)
    shown = desk.look()
    assert (shown["notify"]["title"], shown["verdict"]) == ("已解除：前台打印机：卡纸", "green")


def test_news_is_not_brought_up_by_the_next_process(desk: Faces) -> None:
    desk.all_good()
    desk.jam()
    key = desk.look()["notify"]["key"]
    answer(desk.station, {"op": "glance", "told": key}, lambda _line: None)
    assert desk.look()["notify"] is None
    desk.restart()
    desk.all_good()
    desk.jam()
    assert desk.look()["notify"] is None


def test_the_version_is_of_what_is_read(desk: Faces) -> None:
    desk.all_good()
    first = desk.look()
    desk.see(FRONT)
    assert desk.look()["version"] == first["version"], "a newer good result reads the same"
    assert desk.look("en")["version"] != first["version"]
    desk.jam()
    assert desk.look()["version"] != first["version"]


def test_who_has_the_newest_waits_for_the_next(desk: Faces) -> None:
    desk.all_good()
    first = desk.look()
    answers: list[dict[str, Any]] = []
    wait = threading.Thread(
        target=lambda: answers.append(glance.answer(desk.station, "zh", first["version"]))
    )
    wait.start()
    time.sleep(0.5)
    assert answers == []
    desk.jam()
    wait.join(20)
    assert [one["verdict"] for one in answers] == ["amber"]


def test_what_would_expire_is_answered_before(desk: Faces, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.all_good()
    monkeypatch.setattr(glance, "HOLD_S", 1.0)
    first = desk.look()
    began_s = time.monotonic()
    again = glance.answer(desk.station, "zh", first["version"])
    assert time.monotonic() - began_s >= 1.0
    assert again["version"] == first["version"]
    assert again["valid_until"] >= first["valid_until"]


def test_stale_results_are_not_shown_as_good(desk: Faces) -> None:
    desk.all_good()
    old = clock.now()
    desk.see(FRONT, boot_s=old.boot_s - 10_000)
    assert desk.look()["verdict"] != "green"


def test_many_faces_leave_the_socket_free(desk: Faces, tmp_path: Path) -> None:
    """As many faces as the socket answers requests; a command is still answered, and stays answered."""
    desk.all_good()
    server = ControlServer(tmp_path, lambda request, progress: answer(desk.station, request, progress))
    server.start()
    version, answered = desk.look()["version"], []

    def face() -> None:
        request = {"op": "glance", "after": version}
        answered.append(control.ask(tmp_path, request, 60)["poll_in_s"])

    threads = [threading.Thread(target=face, daemon=True) for _ in range(control.CLIENTS_MAX - 1)]
    try:
        for thread in threads:
            thread.start()
        deadline_s = time.monotonic() + 20
        while len(answered) < len(threads) - WAITING_MAX:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        assert control.ask(tmp_path, {"op": "status"}, 10)["verdict"] == "green"
        assert set(answered) == {glance.POLL_S}
    finally:
        desk.jam()
        for thread in threads:
            thread.join(20)
        server.stop()
    assert answered.count(0.0) == WAITING_MAX


def test_without_the_limit_the_faces_would_hold_the_socket(
    desk: Faces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.station.herald, "waiting", threading.BoundedSemaphore(control.CLIENTS_MAX))
    desk.all_good()
    server = ControlServer(tmp_path, lambda request, progress: answer(desk.station, request, progress))
    server.start()
    request = {"op": "glance", "after": desk.look()["version"]}

    def face() -> None:
        with contextlib.suppress(control.ControlError):  # the status below may have been the eighth
            control.ask(tmp_path, request, 60)

    threads = [threading.Thread(target=face, daemon=True) for _ in range(control.CLIENTS_MAX + 1)]
    try:
        for thread in threads:
            thread.start()
        assert _is_turned_away(tmp_path)
    finally:
        desk.jam()
        for thread in threads:
            thread.join(20)
        server.stop()


def _is_turned_away(state_dir: Path) -> bool:
    """Whether a command finds the socket busy, now or soon."""
    deadline_s = time.monotonic() + 20
    while time.monotonic() < deadline_s:
        try:
            control.ask(state_dir, {"op": "status"}, 10)
        except control.ControlError as error:
            return error.code == "busy"
    return False


def test_an_answer_is_small(desk: Faces) -> None:
    desk.jam()
    assert len(msgspec.json.encode(desk.look())) < 4096
