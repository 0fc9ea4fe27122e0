import html
import re
from functools import partial
from html.parser import HTMLParser
from typing import Literal

import msgspec
import pytest
import small_procedure as small

from agent.words import Lang, say
from config import procedure as procedures
from config.document import Block, Bullets, Heading, Paragraph, Table, markdown, page
from config.placeholders import blanks
from config.render import render
from config.row import Text

PROCEDURE = procedures.load()
LANGS: tuple[Lang, ...] = ("zh", "en")
HOSTILE = "<script>alert('x') & \"y\"</script> | *b* `c` [d](e) #f"


class Reader(HTMLParser):
    """Collects what a browser would show, and checks that every tag that opens is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.tags: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.seen.add(tag)
        if tag != "meta":
            self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] != "style":
            self.shown.append(data)


def shown(text: str) -> str:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.tags == []
    return "\n".join(reader.shown)


def rendered(lang: Lang, form: Literal["md", "html"]) -> str:
    return render(PROCEDURE.rows, lang, form, partial(say, lang=lang))


@pytest.mark.parametrize("lang", LANGS)
def test_html_holds_every_clause_and_every_fault_text(lang: Lang) -> None:
    text = shown(rendered(lang, "html"))
    for clause in PROCEDURE.rows.clause:
        for both in (clause.title, clause.text, clause.done):
            assert getattr(both, lang) in text
        assert re.search(rf"^{re.escape(clause.id)} ", text, re.MULTILINE)
    for fault in PROCEDURE.rows.fault:
        for both in (fault.cause, fault.stop, fault.alternate):
            assert blanks(getattr(both, lang)) in text
    assert not re.search(r"\{[a-z_]+\}", text)


@pytest.mark.parametrize("lang", LANGS)
def test_markdown_holds_every_clause(lang: Lang) -> None:
    text = re.sub(r"\\([\\`*_\[\]<>|#~])", r"\1", rendered(lang, "md"))
    for clause in PROCEDURE.rows.clause:
        for both in (clause.title, clause.text, clause.done):
            assert getattr(both, lang) in text
        assert f"### {clause.id} " in text
    assert not re.search(r"\{[a-z_]+\}", text)


def test_a_document_in_one_language_is_in_one_language() -> None:
    chinese = rendered("zh", "md")
    english = rendered("en", "md")
    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert "Served by" in english
    assert "Served by" not in chinese
    assert "落实方式" in chinese


def test_html_escapes_what_a_company_writes() -> None:
    rows = small.rows(small.text())
    hostile = Text(zh=HOSTILE, en=HOSTILE)
    clause = msgspec.structs.replace(rows.clause[0], title=hostile, text=hostile, done=hostile)
    fault = msgspec.structs.replace(rows.fault[0], title=hostile, cause=hostile)
    about = msgspec.structs.replace(rows.procedure, title=hostile, document_no=HOSTILE)
    rows = msgspec.structs.replace(rows, clause=(clause,), fault=(fault,), procedure=about)
    written = render(rows, "zh", "html", partial(say, lang="zh"))
    assert "<script" not in written
    reader = Reader()
    reader.feed(written)
    assert "script" not in reader.seen
    assert "".join(reader.shown).count(HOSTILE) >= 5
    assert html.escape(HOSTILE) in written
    in_markdown = render(rows, "zh", "md", partial(say, lang="zh"))
    assert "<script" not in in_markdown.replace("\\<", "")


def test_the_words_for_the_optional_part() -> None:
    assert "X6.1 Posture and eyes (optional, switched off)" in shown(rendered("en", "html"))


def test_the_writers() -> None:
    blocks: list[Block] = [
        Heading(2, "a#b"),
        Paragraph("x\ny | z"),
        Bullets(["1", "2"], is_numbered=True),
        Table(["h"], [["a|b"]]),
    ]
    assert markdown(blocks) == "## a\\#b\n\nx y \\| z\n\n1. 1\n2. 2\n\n| h |\n| --- |\n| a\\|b |\n"
    written = page(blocks, 'T"<', "en")
    assert "<title>T&quot;&lt;</title>" in written
    assert "<ol><li>1</li><li>2</li></ol>" in written
    assert "<td>a|b</td>" in written
