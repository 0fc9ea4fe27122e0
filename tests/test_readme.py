"""README.md and README.zh.md say the same things, and only commands that exist."""

import re
from pathlib import Path

import pytest
import tree

from agent.cli.main import FAMILIES, NOT_BUILT
from config import settings

ENGLISH = tree.ROOT / "README.md"
CHINESE = tree.ROOT / "README.zh.md"


def shape(text: str) -> list[str]:
    """Return the outline of a page: headings, list items, comments, blocks, the width of table rows."""
    outline = []
    for line in text.splitlines():
        if match := re.match(r"#+ |- |<!--|```\w*", line):
            outline.append(match[0].strip())
        elif line.startswith("|"):
            outline.append(f"row of {line.count('|')}")
    return outline


def code(text: str) -> list[str]:
    """Return the commands, files and settings in code, but for places; sentences are translated."""
    blocks = re.findall(r"^```(?:sh|toml)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    names = sorted(span for span in spans if re.match(r"[a-z~/.-]|DESKREADY", span))
    return [line for block in blocks for line in block.splitlines() if "place =" not in line] + names


def test_both_languages_have_one_shape() -> None:
    assert shape(ENGLISH.read_text()) == shape(CHINESE.read_text())


def test_both_languages_show_the_same_code() -> None:
    assert code(ENGLISH.read_text()) == code(CHINESE.read_text())


@pytest.mark.parametrize("page", sorted(path.name for path in tree.ROOT.glob("*.md")))
def test_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", (tree.ROOT / page).read_text())
    assert [target for target in targets if not (tree.ROOT / target).exists()] == []


def test_make_targets_of_the_pages_exist() -> None:
    makefile = (tree.ROOT / "Makefile").read_text()
    pages = "".join(path.read_text() for path in tree.ROOT.glob("*.md"))
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)(?=[`\s])", "\n".join(re.findall(r"`+[^`]+`+", pages))))
    assert {"run", "test", "check"} <= named
    assert [name for name in named if not re.search(rf"^{name}:", makefile, flags=re.MULTILINE)] == []


@pytest.mark.parametrize(("page", "yes"), [(ENGLISH, "yes"), (CHINESE, "是")])
def test_the_table_says_which_commands_are_built(page: Path, yes: str) -> None:
    rows = re.findall(r"^\| (`deskready .*?`.*?) \|.*\| (\S+) \|$", page.read_text(), flags=re.MULTILINE)
    told = {
        name: built == yes for cell, built in rows for name in re.findall(r"`(?:deskready )?([a-z]+)", cell)
    }
    assert told == {**dict.fromkeys(FAMILIES, True), **dict.fromkeys(NOT_BUILT, False)}


@pytest.mark.parametrize("page", [ENGLISH, CHINESE])
def test_the_example_of_settings_is_valid(page: Path, tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "deskready.toml").write_text(example)
    assert settings.load(tmp_path / "deskready.toml").station.name == "desk-07"
