"""The procedure as a document for people: every clause with what serves it, then what is asked and done."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

from config.document import Block, Bullets, Heading, Paragraph, Table, markdown, page
from config.messages import mark
from config.placeholders import blanks
from config.row import Lines, Text
from config.schema import Clause, Fault, FaultText, Rows

Lang: TypeAlias = Literal["zh", "en"]
Say: TypeAlias = Callable[[str], str]  # translates one of the program's own strings

WORDS: Mapping[str, str] = {
    "blocking": mark("must hold before work"),
    "advisory": mark("should hold"),
    "record": mark("is recorded"),
    "once": mark("once"),
    "work_start": mark("before work"),
    "continuous": mark("all the time"),
    "daily": mark("daily"),
    "weekly": mark("weekly"),
    "monthly": mark("monthly"),
    "quarterly": mark("quarterly"),
    "yearly": mark("yearly"),
    "on_event": mark("when it happens"),
    "work_end": mark("after work"),
    "check": mark("check"),
    "attestation": mark("question"),
    "journal": mark("business step"),
    "incident": mark("incident"),
    "test": mark("test"),
    "report": mark("report"),
    "training": mark("training"),
    "guidance": mark("guidance"),
    "policy": mark("rule"),
    "maintenance": mark("maintenance"),
    "windows": mark("On Windows:"),
    "linux": mark("On Linux:"),
}


def render(rows: Rows, lang: Lang, form: Literal["md", "html"], say: Say) -> str:
    """Write the whole procedure in one language; `say` translates headings and fixed words."""
    blocks = list(_Writer(rows, lang, say).blocks())
    if form == "md":
        return markdown(blocks)
    about = rows.procedure
    return page(blocks, getattr(about.title, lang), "zh-CN" if lang == "zh" else "en")


class _Writer:
    """One language of one procedure."""

    def __init__(self, rows: Rows, lang: Lang, say: Say) -> None:
        self._rows, self._lang, self._say = rows, lang, say
        named = (rows.check, rows.test, rows.training, rows.maintenance, rows.step)
        self._titles = {row.id: self._text(row.title) for table in named for row in table}
        self._titles |= {row.id: blanks(self._text(row.question)) for row in rows.attestation}

    def blocks(self) -> Iterator[Block]:
        """Yield the document from title to fault cards."""
        yield from self._front()
        for section in self._rows.section:
            yield Heading(2, self._text(section.title))
            for clause in self._rows.clause:
                if clause.section == section.id:
                    yield from self._clause(clause)
        yield from self._tables()
        yield Heading(2, self._say(mark("When something is wrong")))
        for fault in self._rows.fault:
            if fault.enabled:
                yield from self._fault(fault)

    def _front(self) -> Iterator[Block]:
        about = self._rows.procedure
        yield Heading(1, self._text(about.title))
        facts = [
            (mark("Edition"), about.edition),
            (mark("Year"), str(about.year)),
            (mark("Issued by"), self._text(about.issued_by)),
            (mark("Document number"), about.document_no),
            (mark("Reviewed by"), about.reviewed_by),
            (mark("Approved by"), about.approved_by),
        ]
        yield Bullets([f"{self._say(name)}{self._colon}{value}" for name, value in facts if value])

    def _clause(self, clause: Clause) -> Iterator[Block]:
        off = "" if clause.enabled else self._bracketed(self._say(mark("optional, switched off")))
        yield Heading(3, f"{clause.id} {self._text(clause.title)}{off}")
        yield Paragraph(self._text(clause.text))
        facts = [
            (mark("Fulfilled when"), self._text(clause.done)),
            (mark("Served by"), self._joined(self._served(clause))),
            (mark("How often"), self._joined(self._word(each) for each in clause.cadence)),
            (mark("Weight"), self._word(clause.level)),
        ]
        yield Bullets([f"{self._say(name)}{self._colon}{value}" for name, value in facts])

    def _served(self, clause: Clause) -> Iterator[str]:
        """Yield each mechanism once, with the titles of what it names."""
        named = {
            "check": clause.checks,
            "attestation": clause.attest,
            "test": clause.tests,
            "training": clause.training,
            "journal": (*clause.steps, *clause.maintenance),
        }
        for mechanism in clause.mechanism:
            titles = [self._titles.get(name, name) for name in named.get(mechanism, ())]
            yield self._word(mechanism) + (self._bracketed(self._joined(titles)) if titles else "")

    def _tables(self) -> Iterator[Block]:
        rows, say = self._rows, self._say
        yield Heading(2, say(mark("Questions")))
        yield Bullets([self._titles[row.id] for row in rows.attestation if row.enabled])
        yield Heading(2, say(mark("Checks")))
        yield Table(
            [say(mark("Check")), say(mark("Weight")), say(mark("Every (seconds)"))],
            [
                [self._text(row.title), self._word(row.level), f"{row.interval_s:g}"]
                for row in rows.check
                if row.enabled
            ],
        )
        yield Heading(2, say(mark("Tests")))
        yield Table(
            [say(mark("Test")), say(mark("Clause")), say(mark("At most (seconds)"))],
            [[self._text(row.title), row.clause, f"{row.max_s:g}"] for row in rows.test if row.enabled],
        )
        yield Heading(2, say(mark("Maintenance")))
        yield Table(
            [say(mark("Task")), say(mark("Every (days)")), say(mark("Minutes"))],
            [
                [self._text(row.title), row.every.rstrip("d"), f"{row.minutes:g}"]
                for row in rows.maintenance
                if row.enabled
            ],
        )

    def _fault(self, fault: Fault) -> Iterator[Block]:
        yield Heading(3, self._text(fault.title))
        yield from self._card(fault)
        for platform, variant in fault.variants.items():
            yield Paragraph(self._word(platform))
            yield from self._card(variant)

    def _card(self, words: Fault | FaultText) -> Iterator[Block]:
        if words.cause:
            yield Paragraph(self._text(words.cause))
        if words.now:
            yield Bullets(self._steps(words.now), is_numbered=True)
        for text in (words.stop, words.alternate):
            if text:
                yield Paragraph(self._text(text))

    def _text(self, text: Text) -> str:
        return blanks(text.en if self._lang == "en" else text.zh)

    def _steps(self, lines: Lines) -> list[str]:
        return [blanks(line) for line in (lines.en if self._lang == "en" else lines.zh)]

    def _joined(self, words: Iterable[str]) -> str:
        return ("; " if self._lang == "en" else "；").join(words)

    @property
    def _colon(self) -> str:
        return ": " if self._lang == "en" else "："

    def _bracketed(self, words: str) -> str:
        return f" ({words})" if self._lang == "en" else f"（{words}）"

    def _word(self, name: str) -> str:
        """Say a word of the procedure's vocabulary; a company's own word stands as it is."""
        return self._say(WORDS[name]) if name in WORDS else name
