"""The two tests that use paper: asked for first, printed by a real print service, followed to their end."""

import json
from collections.abc import Iterator
from pathlib import Path

import cups_desk
import ippeve
import pytest

from agent.cli import print_test
from agent.cli.main import main
from agent.result import Result
from checks.printer import printing
from checks.printer.printing import Printed


def settings(folder: Path, printer: str) -> list[str]:
    path = folder / "deskready.toml"
    path.write_text(
        f'[station]\nname = "d"\nsite = "s"\nlang = "en"\n[[printer]]\nname = "front"\n{printer}\n'
    )
    return ["--config", str(path), "--state", str(folder / "state")]


def test_paper_is_not_used_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = settings(tmp_path, 'ipp = "ipp://127.0.0.1:9/ipp/print"')
    with pytest.raises(SystemExit, match="64"):
        main([*argv, "test", "performance_print"])
    assert "performance_print prints 10 pages on printer:front; say --yes to agree" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="69"):  # agreed, and nobody listens there
        main([*argv, "test", "performance_print", "--yes"])


def test_a_printer_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = settings(tmp_path, 'ipp = "ipp://127.0.0.1:9/ipp/print"')
    with pytest.raises(SystemExit, match="64"):
        main([*argv, "test", "function_print", "--device", "printer:frnt", "--yes"])
    assert "did you mean 'printer:front'" in capsys.readouterr().err


@pytest.fixture(scope="module")
def eve() -> Iterator[ippeve.Eve]:
    with ippeve.printer() as eve:
        yield eve


@pytest.mark.root
def test_pages_on_a_real_ipp_printer(eve: ippeve.Eve, tmp_path: Path) -> None:
    def ran(test: str) -> tuple[int, dict[str, object]]:
        argv = settings(tmp_path, f'ipp = "{ippeve.URI}"')
        script = "import sys; from agent.cli.main import main; sys.exit(main(sys.argv[1:]))"
        done = eve.run([ippeve.sys.executable, "-c", script, *argv, "test", test, "--yes", "--json"])
        return done.returncode, json.loads(done.stdout)

    status, told = ran("performance_print")
    assert [one["state"] for one in told["documents"]] == ["completed"] * 5  # type: ignore[attr-defined]
    assert (status, told["verdict"], told["expected"]) == (0, "green", 10)
    status, told = ran("function_print")
    assert (status, told["verdict"], told["is_clear"]) == (3, "grey", None)  # nobody has looked at the page
    eve.next_job("STATE: +media-jam-error\n", status=1)
    status, told = ran("performance_print")
    assert [one["state"] for one in told["documents"]] == ["aborted"]  # type: ignore[attr-defined]
    assert (status, told["verdict"]) == (2, "red")


@pytest.mark.root
def test_a_document_through_a_queue_that_hangs_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    with cups_desk.cups() as server:
        server.add("front", "ipp://127.0.0.1:9/ipp/print")
        monkeypatch.setenv("CUPS_SERVER", server.address)
        target = print_test.Printer(name="front", queue="front")
        (told,) = printing.print_all(target, [printing.page("n", 1, 1)] * 2, timeout_s=2.0)
        assert told.state == "stuck"
        assert server._run("lpstat", "-o") == ""  # nothing of ours stays behind


DONE, ABORTED = Printed("completed", None, 1.0), Printed("aborted", None, 1.0)


@pytest.mark.parametrize(
    ("documents", "counted", "is_clear", "state", "verdict"),
    [
        ((DONE,), None, True, "ok", "green"),
        ((DONE,), 1, True, "ok", "green"),
        ((DONE,), 0, True, "ok", "amber"),
        ((DONE,), None, False, "ok", "amber"),
        ((DONE,), None, None, "ok", "grey"),
        ((DONE,), None, True, "unknown", "grey"),
        ((DONE,), None, True, "warn", "amber"),
        ((DONE,), None, True, "fail", "red"),
        ((ABORTED,), None, None, "ok", "red"),
        ((), None, True, "ok", "red"),
    ],
)
def test_the_verdict(
    documents: tuple[Printed, ...], counted: int | None, is_clear: bool | None, state: str, verdict: str
) -> None:
    outcome = print_test.Outcome("function_print", "printer:a", documents, 1, counted, is_clear)
    result = Result(check="printer.status", device="printer:a", level="blocking", state=state)  # type: ignore[arg-type]
    assert print_test._verdict(outcome, 1, [result], needs_eye=True) == verdict


def test_the_page_says_which_it_is() -> None:
    page = printing.page("n0nce", 3, 2)
    assert page.startswith(b"%PDF-1.4")
    assert page.count(b"/Type /Page ") == 2
    assert b"deskready test n0nce  document 3  page 2/2" in page
    place = int(page.split(b"startxref\n")[1].split(b"\n")[0])
    assert page[place:].startswith(b"xref\n0 8\n")
