"""The journal from the command line: with the daemon and without, one journal."""

import csv
import io
import json
import re
import sqlite3
import subprocess
from typing import Any

import pytest
from desks import Desk

from agent.store.opening import DB_NAME

pytestmark = pytest.mark.root


def cases(desk: Desk, *arguments: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = answer(desk, "cases", *arguments)["cases"]
    return listed


def answer(desk: Desk, *words: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(desk.run(*words, "--json").stdout)
    return told


def new_case(desk: Desk) -> str:
    return str(answer(desk, "log", "new", "consult")["case"]["case"])


def refused(done: "subprocess.CompletedProcess[bytes]") -> str:
    assert (done.returncode, done.stdout) == (4, b""), done.stderr
    return done.stderr.decode()


def a_case_from_the_first_step_to_the_last(desk: Desk) -> None:
    ref = new_case(desk)
    assert re.fullmatch(r"[A-Z2-9]{3}-[A-Z2-9]{3}", ref)
    assert "info_verified" in refused(desk.run("log", ref, "sign", "--tick", "signed"))
    assert "reason" in refused(desk.run("log", ref, "sign", "--tick", "info_verified"))
    for step in ("recommend", "sign", "pay", "deliver", "enter", "archive"):
        ticks = "info_verified,premium_received,policy_verified,delivery_proof,data_verified,archive_location"
        row = {"sign": 0, "pay": 1, "deliver": slice(2, 4), "enter": 4, "archive": 5}.get(step)
        wanted = ticks.split(",")[row] if row is not None else []
        given = [wanted] if isinstance(wanted, str) else wanted
        done = desk.run("log", ref.lower(), step, *[f"--tick={tick}" for tick in given])
        assert done.returncode == 0, done.stderr
    assert [case["awaited"].keys() for case in cases(desk) if case["case"] == ref] == [{"service"}]
    assert desk.run("log", ref, "close").returncode == 0
    assert ref not in [case["case"] for case in cases(desk)]


def test_without_a_daemon(desk: Desk) -> None:
    a_case_from_the_first_step_to_the_last(desk)


def test_with_the_daemon(desk: Desk) -> None:
    with desk.daemon():
        a_case_from_the_first_step_to_the_last(desk)


def test_the_same_key_keeps_one_entry(desk: Desk) -> None:
    ref = new_case(desk)
    first, again = (answer(desk, "log", ref, "recommend", "--key", "k-1") for _ in range(2))
    assert (again["number"], again["is_repeat"]) == (first["number"], True)
    assert "another entry" in refused(desk.run("log", ref, "lose", "--key", "k-1"))


def test_slips_are_named_and_nothing_of_a_client_is_taken(desk: Desk) -> None:
    ref = new_case(desk)
    slip = desk.run("log", ref, "recomend")
    assert (slip.returncode, b"did you mean 'recommend'" in slip.stderr) == (64, True)
    number = "13800138000"
    told = refused(desk.run("log", ref, "recommend", "--field", f"recording_ref={number}"))
    assert number not in told
    assert desk.run("cases", "ZZZ-ZZZ").returncode == 64
    assert desk.run("cases", "--affected-by", "printer:gone").returncode == 64
    assert all(number.encode() not in path.read_bytes() for path in desk.state.iterdir() if path.is_file())


def test_the_journal_as_a_table_and_what_was_altered_in_it(desk: Desk) -> None:
    ref = new_case(desk)
    assert desk.run("log", ref, "recommend", "--field", "product_line=motor").returncode == 0
    note, *table = (
        desk.run("journal", "export", "--format", "csv", "--lang", "en").stdout.decode().splitlines()
    )
    assert note == "# This journal is not the statutory business file."
    rows = list(csv.DictReader(io.StringIO("\n".join(table))))
    assert [row["step"] for row in rows] == ["consult", "recommend"]
    assert desk.run("journal", "verify").returncode == 0
    with sqlite3.connect(desk.state / DB_NAME) as file:
        file.execute("DROP TRIGGER event_no_update")
        file.execute("UPDATE event SET body = replace(body, 'motor', 'house') WHERE kind = 'case.step'")
    file.close()
    altered = desk.run("journal", "verify", "--lang", "en")
    assert altered.returncode == 1
    assert "1 rows were not as they were written and 0 were gone" in altered.stdout.decode()


def test_a_file_of_another_program(desk: Desk) -> None:
    table, mapping = desk.folder / "old.csv", desk.folder / "map.toml"
    mapping.write_text('system = "old"\n[columns]\ncase = "nr"\nstep = "step"\nat = "at"\n')
    table.write_text("nr,step,at\n7,consult,2026-11-20 09:00\n7,recommend,soon\n", encoding="gb18030")
    words = ("journal", "import", str(table), "--map", str(mapping))
    told = desk.run(*words, "--lang", "en")
    assert told.returncode == 4
    assert told.stdout.decode().splitlines() == [
        "Line 3 is not kept: at: 'soon' is no time such as 2026-11-23 10:00",
        "Nothing is kept; 1 rows are good.",
    ]
    assert cases(desk) == []
    assert desk.run(*words, "--keep-good").returncode == 0
    assert len(cases(desk)) == 1
    assert "before" in refused(desk.run(*words, "--keep-good"))
    with desk.daemon():
        assert desk.run(*words).returncode == 75
