"""House rules that no linter knows: sizes, one blanket except, nothing of one machine in the tree."""

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 45
BLANKET_MAY_STAND_IN = "agent/runner.py"
TRANSLATOR_FILE = ".po"  # the program reads what is compiled from it
# Written so that this file does not match itself.
FOREIGN = re.compile(
    r"pypi[.]org|python"
    r"hosted[.]org|registry[.]npmjs|deb[.]debian[.]org|index[-]url\b.*:/|extra[-]index"
    r"|(?<![\w.~-])/(?:root|work|Users|home/[a-z][a-z0-9]*)(?=/)"
)


def texts(suffix: str = "") -> dict[str, str]:
    """Return the tracked files of one kind by name."""
    found = {path.relative_to(tree.ROOT).as_posix(): path for path in tree.tracked()}
    return {
        name: path.read_bytes().decode("utf-8", "replace")
        for name, path in found.items()
        if name.endswith(suffix)
    }


def long_functions(name: str, source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{name}:{node.lineno} {node.name} has {lines} lines"


def blankets(name: str, source: str) -> Iterator[str]:
    """Yield each `except` that catches everything."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "Exception"
            if re.search(r"\b(Base)?Exception\b", caught):
                yield f"{name}:{node.lineno} catches everything"


def foreign(name: str, text: str) -> Iterator[str]:
    """Yield each line that names a package registry's host or a folder of one machine."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := FOREIGN.search(line):
            yield f"{name}:{number} {match[0]}"


def nothing(found: list[str]) -> None:
    assert not found, "\n".join(found)


def test_files_are_short() -> None:
    lengths = {name: len(text.splitlines()) for name, text in texts(".py").items()}
    nothing([f"{name} has {lines} lines" for name, lines in lengths.items() if lines > MAX_FILE_LINES])


def test_functions_are_short() -> None:
    nothing([one for name, text in texts(".py").items() for one in long_functions(name, text)])


def test_only_the_runner_catches_everything() -> None:
    program = {name: text for name, text in texts(".py").items() if name.split("/")[0] in tree.PACKAGES}
    program.pop(BLANKET_MAY_STAND_IN, None)
    nothing([one for name, text in program.items() for one in blankets(name, text)])


def test_the_tree_names_no_registry_and_no_folder_of_one_machine() -> None:
    nothing([one for name, text in texts().items() for one in foreign(name, text)])


def test_each_rule_bites() -> None:
    long = "def f():\n" + "    pass\n" * MAX_FUNCTION_LINES
    assert list(long_functions("x", long)) == [f"x:1 f has {MAX_FUNCTION_LINES + 1} lines"]
    for caught in ("", " Exception", " BaseException as e", " (OSError, Exception)"):
        assert len(list(blankets("x", f"try:\n    f()\nexcept{caught}:\n    pass"))) == 1
    assert list(blankets("x", "try:\n    f()\nexcept ProbeException:\n    pass")) == []
    for line in ("https://pypi" + ".org/simple", "cat /" + "root/.ssh/id", "/" + "home/broker/x"):
        assert len(list(foreign("x", line))) == 1
    assert list(foreign("x", "/proc/1/root/etc and ~/wo" + "rk/x and /homepage/x")) == []


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_program(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*argv, "--no-cache-dir", "-w", tmp_path, _copy(tmp_path / "source")], check=True, timeout=100
    )
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    names = [path.relative_to(tree.ROOT) for path in tree.tracked()]
    ours = [name for name in names if name.parts[0] in tree.PACKAGES and name.suffix != TRANSLATOR_FILE]
    assert len(ours) > 10
    nothing([f"{name} is not installed" for name in ours if name.as_posix() not in inside])
    nothing([f"{name} is installed" for name in inside if name.startswith(("tests/", "bench/"))])


def _copy(folder: Path) -> Path:
    """Copy the tracked files, so that a build leaves nothing behind in the checkout."""
    for path in tree.tracked():
        target = folder / path.relative_to(tree.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return folder
