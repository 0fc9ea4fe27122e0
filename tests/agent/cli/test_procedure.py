"""The commands as a person runs them: a process, its exit status, its two outputs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import small_procedure as small
import tree

from config.procedure import SHIPPED


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "agent.cli.main", "procedure", *map(str, arguments)]
    env = {**os.environ, "LC_ALL": "en_GB.UTF-8", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(argv, cwd=tree.ROOT, capture_output=True, text=True, env=env, check=False)


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    """Write the shipped procedure to a file that a test may change."""
    path = tmp_path / "edition.toml"
    path.write_text(SHIPPED.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_procedure_lints_clean() -> None:
    done = run("lint")
    assert done.returncode == 0, done.stdout
    assert "Errors: 0." in done.stdout
    assert done.stderr == ""


def test_lint_names_place_and_nearest_name_of_every_error(edition: Path) -> None:
    change(edition, 'retest = "printer.paper"', 'retest = "printer.papr"')
    change(edition, 'tests = ["preop"]', 'tests = ["preob"]')
    done = run("lint", edition)
    assert done.returncode == 1
    assert (
        "edition.toml: fault PRN_PAPER_OUT retest: "
        "unknown check 'printer.papr'; did you mean 'printer.paper'?" in done.stdout
    )
    assert "edition.toml: clause 2.2 tests: unknown test 'preob'; did you mean 'preop'?" in done.stdout
    assert "Errors: 2." in done.stdout


def test_lint_speaks_chinese(edition: Path) -> None:
    change(edition, 'retest = "printer.paper"', 'retest = "printer.papr"')
    done = run("lint", edition, "--lang", "zh")
    assert "没有名为“printer.papr”的自动检查；是不是“printer.paper”？" in done.stdout


def test_lint_tells_every_wrong_shape(edition: Path) -> None:
    change(edition, 'severity = "stop"\n', 'severity = "halt"\n')
    change(edition, "interval_s = 300\n", 'interval_s = "often"\n')
    done = run("lint", edition)
    assert done.returncode == 1
    assert "Errors: 2." in done.stdout
    assert "fault PRN_JAM severity" in done.stdout
    assert "check computer.boot interval_s" in done.stdout


def test_lint_names_the_overlay(edition: Path) -> None:
    overlays = edition.parent / "procedure.d"
    overlays.mkdir()
    wrong = '[[check]]\nid = "computer.disk_space"\nparams = { warn_pc = 12 }\n'
    (overlays / "50-company.toml").write_text(wrong, encoding="utf-8")
    done = run("lint", edition, "--overlays", overlays)
    assert done.returncode == 1
    assert (
        "50-company.toml: check computer.disk_space params.warn_pc: "
        "check 'computer.disk_space' knows no param 'warn_pc'; did you mean 'warn_pct'?"
    ) in done.stdout


@pytest.mark.parametrize("command", ["lint", "coverage", "render"])
def test_what_cannot_be_read_ends_with_78_and_one_line(command: str, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[check\n", encoding="utf-8")
    (tmp_path / "latin.toml").write_bytes(b"x = '\xff'\n")
    for path in (tmp_path / "broken.toml", tmp_path / "latin.toml", tmp_path / "none.toml", tmp_path):
        done = run(command, path)
        assert done.returncode == 78, done.stdout
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert path.name in done.stderr


def test_bad_usage_ends_with_64() -> None:
    for arguments in ([], ["lnt"], ["diff", SHIPPED], ["render", "--format", "pdf"]):
        done = run(*arguments)
        assert done.returncode == 64
        assert "Traceback" not in done.stderr


def test_coverage_as_json_and_as_text() -> None:
    document = json.loads(run("coverage", "--json").stdout)
    assert document["schema"] == "deskready.coverage/1"
    assert sum(document["totals"].values()) == len(document["clauses"]) == 67
    states = {clause["id"]: clause["state"] for clause in document["clauses"]}
    text = run("coverage").stdout
    for state, mark in (("built", "✓"), ("partly", "~"), ("missing", "✗")):
        for clause, its_state in states.items():
            assert (f"\n{mark} {clause} " in f"\n{text}") == (its_state == state)
    totals = document["totals"]
    assert f"Clauses: 67. Built: {totals['built']}. Partly: {totals['partly']}." in text


def test_coverage_of_a_procedure_that_names_an_unknown_test(edition: Path) -> None:
    change(edition, 'tests = ["preop"]', 'tests = ["preob"]')
    done = run("coverage", edition)
    assert done.returncode == 0
    assert "preob (switched off)" in done.stdout


def test_diff_of_two_editions(edition: Path) -> None:
    assert run("diff", SHIPPED, edition).stdout == "Changes: 0.\n"
    change(edition, "warn_days_left = 5", "warn_days_left = 7")
    done = run("diff", SHIPPED, edition)
    assert done.returncode == 0
    assert done.stdout == ("~ check printer.supplies params.warn_days_left\n    - 5\n    + 7\nChanges: 1.\n")
    assert run("diff", SHIPPED, edition.parent / "none").returncode == 78


def test_render_writes_a_page_and_a_text(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(small.text(), encoding="utf-8")
    page = run("render", path, "--format", "html", "--lang", "zh").stdout
    assert page.startswith('<!doctype html>\n<html lang="zh-CN">')
    assert "工位要明亮。" in page
    assert "### 1.1a Light" in run("render", path).stdout
