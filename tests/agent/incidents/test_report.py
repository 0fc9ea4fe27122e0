"""The report: whole, escaped, in both languages, as a page and as PDF; the words of the command line."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from incident_desk import STATUS, Desk
from incident_streams import JAM, PROCEDURE, at

from agent.cli import incident_text
from agent.incidents import report, shelf
from agent.incidents.binder import Binder
from agent.incidents.model import Incident

SHARP = '<script>alert("1")</script>'


class Texts(HTMLParser):
    """Tags and texts as a browser sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@pytest.fixture
def desk(tmp_path: Path):
    desk = Desk(tmp_path / "state")
    for _ in range(2):
        desk.see(STATUS, JAM, facts={"console": SHARP})
    yield desk
    desk.close()


def closed(desk: Desk) -> Incident:
    name = desk.keeper.open_ones()[0].id
    desk.act(name, "fixed", action="clear_jam", minutes=3)
    for _ in range(3):
        desk.see(STATUS, after_s=5.0)
    found = shelf.incident_of(desk.store, name)
    assert found is not None
    return found


def test_reports_are_numbered_and_kept(desk: Desk) -> None:
    first = closed(desk)
    desk.now_s += 5000
    for _ in range(2):
        desk.see(STATUS, JAM)
    second = closed(desk)
    assert (first.id, second.id) == (first.id, first.id)
    assert [one.body["number"] for one in second.history if one.kind == "reported"] == [1, 2]
    for number in (1, 2):
        kept = shelf.report_of(desk.store, number)
        assert kept is not None
        assert str(number) in kept[0]


def test_what_a_device_says_is_text_and_never_markup(desk: Desk) -> None:
    closed(desk)
    html = desk.show(desk.listing()[0]["id"])["report_html"]
    page = Texts()
    page.feed(html)
    assert "script" not in page.tags
    assert SHARP in "".join(page.said)
    assert SHARP not in html


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_report_says_all_of_the_six_steps(desk: Desk, lang: str) -> None:
    incident = closed(desk)
    page = report.content(incident, 1, "sh-1 desk-07", "前台", PROCEDURE, lang)  # type: ignore[arg-type]
    labels = [label for label, _ in page.sections[1].rows]
    assert [label.split()[0] for label in labels] == [f"5.2.{number}" for number in range(1, 7)]
    text = report.html(page)
    assert "clear_jam" in text
    assert "broker" in text
    assert bool(re.search("[一-鿿]", page.title)) == (lang == "zh")
    assert len(text) < 20_000, "it goes with the ticket"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pdf_holds_the_same_words(desk: Desk, lang: str) -> None:
    pytest.importorskip("reportlab", reason="needs the extra [reports]")
    incident = closed(desk)
    page = report.content(incident, 1, "sh-1 desk-07", "前台", PROCEDURE, lang)  # type: ignore[arg-type]
    argv = [sys.executable, "-m", "agent.incidents.pdf"]
    made = subprocess.run(
        argv, input=msgspec.json.encode(page), capture_output=True, check=True, timeout=60
    ).stdout
    assert made.startswith(b"%PDF-")
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext (Debian: poppler-utils)")
    said = subprocess.run(
        ["pdftotext", "-", "-"], input=made, capture_output=True, check=True, timeout=60
    ).stdout
    flat = re.sub(r"\s", "", said.decode())
    for word in (page.title, page.sections[1].heading, "clear_jam"):
        assert re.sub(r"\s", "", word) in flat


def test_the_pdf_is_kept_with_its_report_once(desk: Desk) -> None:
    pytest.importorskip("reportlab", reason="needs the extra [reports]")
    closed(desk)
    binder = Binder(desk.keeper)
    assert desk.keeper.has_unbound
    binder.bind()
    kept = shelf.report_of(desk.store, 1)
    assert kept is not None
    assert kept[1] is not None
    assert kept[1].startswith(b"%PDF-")
    assert not desk.keeper.has_unbound
    desk.restart()
    desk.turn()
    assert not desk.keeper.has_unbound


def test_without_the_library_the_child_says_so() -> None:
    """The same child with nothing but the standard library and what the program always has."""
    code = (
        "import sys; sys.modules['reportlab'] = None; sys.modules['reportlab.lib'] = None\n"
        "from agent.incidents import pdf; sys.exit(pdf.main())"
    )
    page = report.Content("en", "t", (report.Section("h", (("a", "b"),)),))
    ran = subprocess.run(
        [sys.executable, "-c", code],
        input=msgspec.json.encode(page),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout) == (69, b"")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_line_says_where_it_stands(desk: Desk, lang: str) -> None:
    name = desk.keeper.open_ones()[0].id
    shown = "\n".join(incident_text.whole(desk.show(name), PROCEDURE, lang))  # type: ignore[arg-type]
    assert name[-6:] in shown
    assert "dr1:sh-1/desk-07/printer:front:printer.status:PRN_JAM" in shown, "a text to copy for IT"
    closed(desk)
    listed = desk.keeper.listing(desk.rows, at(desk.now_s), is_all=True)
    assert name[-6:] in "\n".join(incident_text.lines(listed, PROCEDURE, lang))  # type: ignore[arg-type]
    assert len(incident_text.lines(desk.keeper.listing(desk.rows, at(desk.now_s)), PROCEDURE, lang)) == 1  # type: ignore[arg-type]
