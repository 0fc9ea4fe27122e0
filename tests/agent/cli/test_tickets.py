"""`deskready tickets`: what waits, and sending a refused message again, with and without a daemon's help."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import stores
import ticket_desk
from ticket_desk import note
from ticket_office import Office


def command(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "agent.cli.main", "tickets", *words, "--lang", "en"]
    places = ["--state", str(folder / "state"), "--config", str(folder / "deskready.toml")]
    return subprocess.run([*argv, *places], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A desk with one refused message and one that waits."""
    (tmp_path / "deskready.toml").write_text('[station]\nname = "desk-07"\n')
    with ticket_desk.desk(tmp_path, ticket_desk.settings(), deliver=Office(["refused"]).deliver) as desk:
        desk.put(note("A"), note("A", "comment"))
        desk.sender.turn()
    return tmp_path


def test_a_refused_message_is_shown_first_and_ends_with_1(folder: Path) -> None:
    done = command(folder, "list")
    assert done.returncode == 1, done.stderr
    first, second = done.stdout.splitlines()
    assert "refused; it waits for you  http.422" in first
    assert second.endswith("waiting")


def test_json_names_what_resend_takes(folder: Path) -> None:
    rows = json.loads(command(folder, "list", "--json").stdout)["rows"]
    assert [(row["number"], row["sink"], row["state"]) for row in rows] == [
        (1, "redmine", "parked"),
        (2, "redmine", "pending"),
    ]


def test_resend_lets_it_go_again_once(folder: Path) -> None:
    assert command(folder, "resend", "1").returncode == 0
    assert command(folder, "list").returncode == 0
    again = command(folder, "resend", "1")
    assert (again.returncode, again.stderr) == (4, "deskready: no refused message 1\n")


def test_status_says_what_was_told_what_waits_and_what_was_refused(folder: Path) -> None:
    answer = json.loads(command(folder, "status", "--json").stdout)
    assert answer["schema"] == "deskready.tickets/1"
    (sink,) = answer["sinks"]
    age_s = sink.pop("oldest_age_s")
    counts = {"waiting": 1, "refused": 1, "delivered": 0, "withdrawn": 0}
    assert sink == {"sink": "redmine", "problem": None, **counts}
    assert 0 <= age_s < 600
    said = command(folder, "status").stdout
    assert said.startswith("Messages to IT over redmine: 0 delivered. Waiting: 1, the oldest for ")
    assert "Refused: 1" in said


def test_an_empty_outbox_says_so(tmp_path: Path) -> None:
    (tmp_path / "deskready.toml").write_text("")
    done = command(tmp_path, "list")
    assert (done.returncode, done.stdout) == (0, "Nothing waits to be told to IT.\n")
    assert command(tmp_path, "status").stdout == "No ticket system is set up; nothing is told to IT.\n"


def test_another_process_on_the_store_is_named(folder: Path) -> None:
    store = stores.Store.open(folder / "state", stores.PROCEDURE)
    try:
        assert command(folder, "list").returncode == 75
    finally:
        store.close()
