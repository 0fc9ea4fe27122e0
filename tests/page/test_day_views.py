"""The views of the day as values, over a real store: what they say, and what they do not say."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from incident_desk import SETTINGS
from incident_streams import PROCEDURE

from agent import card, casework, clock, morning
from agent.logtail import CHARS_MAX, LINES_MAX, Tail
from agent.page.asked import Asked
from agent.page.views import due, evening, it, privacy, today
from agent.running import Running
from agent.station import Station
from agent.words import Lang
from config.tables import Metrics


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = Station(SETTINGS, PROCEDURE, tmp_path / "state")
    station.turn_incidents()
    yield station
    station.close()


def asked(lang: Lang = "en", **form: str) -> Asked:
    return Asked(path="/", form=form, lang=lang, by="王 wang", now=clock.now())


def view(shown: Any) -> Any:
    return shown.view


def consult(station: Station) -> None:
    row = next(step for step in PROCEDURE.rows.step if step.id == "consult")
    casework.log(station, {"case": "new", "step": "consult", "ticks": [*row.hard, *row.soft]}, "wang", None)


def test_nothing_is_said_of_cases_before_the_journal_has_one(station: Station) -> None:
    assert view(evening.show(station, asked())).plan is None
    asks = {one.id: one.asks for one in view(today.show(station, asked())).questions}
    assert asks["plan_made"] == "Today's plan checked"
    morning.start(station, "wang")
    assert view(evening.show(station, asked())).plan is None
    consult(station)
    plan = view(evening.show(station, asked())).plan
    assert plan.planned == 0
    assert plan.left + plan.tomorrow <= 1


def test_a_desk_of_which_nothing_is_known_is_not_called_well(station: Station) -> None:
    shown = view(today.show(station, asked()))
    assert shown.news.said != "All is well; you can start"
    assert not shown.parts.groups or all(group.state != "ok" for group in shown.parts.groups)
    assert shown.parts.unchecked


def test_the_name_of_the_user_becomes_one_that_the_journal_takes(station: Station) -> None:
    today.start(station, asked())
    (event, *_) = station.recorder.reader().events(card.KIND)
    assert event.actor == "wang"


def test_an_open_fault_says_what_it_knows(station: Station) -> None:
    morning.problem(station, "wang", "no_odd_noise", note="clicks")
    (fault,) = view(evening.show(station, asked())).faults
    assert fault.told.startswith("IT is told at")  # the settings have a ticket system
    morning.problem(station, "wang", "no_hazard")
    told = [one.told for one in view(evening.show(station, asked())).faults]
    assert "IT is not told of this by itself" in told


def test_a_skip_without_a_reason_is_asked_for_again(station: Station) -> None:
    shown = due.mark_task(station, asked(task="ups_battery", device="computer", deed="skip", reason=" "))
    assert shown.status == 422
    (wrong,) = [line for line in view(shown).now if line.wrong]
    assert wrong.task == "ups_battery"
    done = due.mark_task(station, asked(task="ups_battery", device="computer", deed="done"))
    assert done.status == 200
    assert station.recorder.reader().events("maintenance.skipped") == ()


def test_training_shows_no_date_that_nobody_kept(station: Station) -> None:
    shown = view(due.show(station, asked()))
    assert len(shown.courses) == len(PROCEDURE.rows.training)
    assert not any(char.isdigit() for course in shown.courses for char in course.lasts)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_privacy_follows_the_settings(station: Station, lang: Lang) -> None:
    here = "\n".join(view(privacy.show(station, asked(lang))).places)
    assert "it.example.cn" in here
    assert "127.0.0.1:9842" in here
    wide = msgspec.structs.replace(SETTINGS, metrics=Metrics(listen="192.0.2.7:9842"))
    station.replan(wide)
    there = "\n".join(view(privacy.show(station, asked(lang))).places)
    assert ("公司网络" if lang == "zh" else "company's network") in there
    station.replan(msgspec.structs.replace(SETTINGS, metrics=Metrics(enabled=False)))
    assert "9842" not in "\n".join(view(privacy.show(station, asked(lang))).places)


def test_the_page_for_it_hides_what_looks_like_a_client(station: Station) -> None:
    lines = ["x INFO agent: call 13812345678 back", "x INFO agent: light: green"]
    station.running = Running(Path("/etc/deskready/deskready.toml"), lambda: lines, {"page": {"token": 3}})
    shown = view(it.show(station, asked("zh")))
    assert "13812345678" not in shown.block + "".join(shown.log)
    assert "light: green" in shown.block
    assert PROCEDURE.sha256 in shown.block
    assert "refused: token 3" in shown.block  # in English, whatever the page's language is


def test_the_tail_of_the_log_is_short_and_holds_no_text_of_an_exception() -> None:
    tail, log = Tail(), logging.getLogger("tail.of.the.test")
    log.addHandler(tail)
    try:
        for number in range(LINES_MAX + 5):
            log.warning("line %d %s", number, "y" * CHARS_MAX)
        try:
            int("the secret of a client")
        except ValueError:
            log.exception("it failed\nin two lines")
    finally:
        log.removeHandler(tail)
    lines = tail.lines()
    assert len(lines) == LINES_MAX
    assert max(map(len, lines)) <= CHARS_MAX
    assert lines[-1].endswith("it failed in two lines (ValueError)")
