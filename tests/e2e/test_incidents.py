"""A jam on a simulated printer, hands-free: stopped, an incident; cleared: retested, reported, closed."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desks import Desk
from netbox import Box
from paper import CLEARED, JAMMED, SETTINGS, Paper, paper

from agent.store.reader import read_only

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(280)]

OPENED_WITHIN_S, CLOSED_WITHIN_S = 60.0, 75.0


@pytest.fixture
def printer(box: Box) -> Iterator[Paper]:
    with paper(box) as printer:
        yield printer


def asked(desk: Desk, *words: str) -> dict[str, Any]:
    ran = desk.run("incident", *words, "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def jams(desk: Desk, *words: str) -> list[dict[str, Any]]:
    """Return the incidents of the printer; what this machine's own state opens is none of these."""
    return [one for one in asked(desk, "list", *words)["incidents"] if one["device"] == "printer:front"]


def test_a_jam_lives_its_life_without_a_hand(box: Box, tmp_path: Path, printer: Paper) -> None:
    desk = Desk(box, tmp_path, SETTINGS)
    printer.become(JAMMED)
    Desk.wait_for(printer.answers, 20)
    with desk.daemon():
        started_s = time.monotonic()
        desk.wait_for(lambda: jams(desk), OPENED_WITHIN_S)
        print(f"open after {time.monotonic() - started_s:.0f} s")
        (jam,) = jams(desk)
        expected = {"fault": "PRN_JAM", "device": "printer:front", "standing": "open", "is_stopped": True}
        assert {key: jam[key] for key in expected} == expected
        assert json.loads(desk.run("status", "--json").stdout)["verdict"] == "red"
        desk.wait_for(lambda: desk.metric('deskready_incidents_open{severity="stop"}') == 1, 15)

        refused = desk.run("incident", "act", jam["id"], "close")
        assert (refused.returncode, b"retested" in refused.stderr) == (4, True)
        assert desk.run("incident", "act", jam["id"], "hope").returncode == 64
        assert asked(desk, "act", jam["id"][-6:], "repairing")["state"] == "repairing"
        assert desk.run("test", "retest", jam["id"]).returncode == 2, "the jam is still there"
        assert desk.run("test", "function_print").returncode == 64  # nobody agreed to use paper

        printer.become(CLEARED)
        cleared_s = time.monotonic()
        desk.wait_for(lambda: not jams(desk), CLOSED_WITHIN_S)
        print(f"closed {time.monotonic() - cleared_s:.0f} s after the jam was cleared")
        desk.wait_for(lambda: json.loads(desk.run("status", "--json").stdout)["verdict"] != "red", 15)
        check_the_end(desk, jam["id"], tmp_path)
    assert read_only(desk.state / "deskready.db").verify().is_whole


def check_the_end(desk: Desk, name: str, folder: Path) -> None:
    assert desk.run("test", "retest", name).returncode == 4, "it is closed"
    shown = asked(desk, "show", name)
    assert shown["standing"] == "closed"
    steps = {step["id"]: step for step in shown["steps"]}
    assert steps["restarted"]["fields"]["seen_by"] == "uptime"
    assert len(steps["retested"]["fields"]["passes"]) == 2
    assert steps["fixed"]["by"] == "inferred"
    html, pdf = folder / "report.html", folder / "report.pdf"
    assert desk.run("incident", "show", name, "--html", str(html), "--pdf", str(pdf)).returncode == 0
    assert "PRN_JAM" in html.read_text(encoding="utf-8")
    assert pdf.read_bytes().startswith(b"%PDF-")
    words = desk.run("incident", "show", name, "--lang", "zh").stdout.decode()
    assert "再次测试通过后关闭" in words


def test_a_restarted_daemon_goes_on_and_a_command_without_one_sees_the_same(
    box: Box, tmp_path: Path, printer: Paper
) -> None:
    desk = Desk(box, tmp_path, SETTINGS)
    printer.become(JAMMED)
    Desk.wait_for(printer.answers, 20)
    assert desk.run("ready", "--json").returncode == 2
    (jam,) = jams(desk)
    with desk.daemon() as daemon:
        assert [one["id"] for one in jams(desk)] == [jam["id"]]
        daemon.kill()
        daemon.wait(5)
    printer.become({})
    Desk.wait_for(printer.answers, 20)
    assert desk.run("ready", "--json").returncode == 2, "stopped until its retest, though all is well"
    done = asked(desk, "act", jam["id"], "fixed", "--action", "clear_jam", "--by", "it-3", "--minutes", "4")
    assert done["standing"] == "closed", done["retest"]
    assert jams(desk) == []
    assert len(jams(desk, "--all")) == 1
