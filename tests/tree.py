"""The project's own source as the house tests read it: files, modules, imports."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("agent", "checks", "config")


@dataclass(frozen=True)
class Import:
    """One name that a module asks for. `at_top` is False inside a function or under TYPE_CHECKING."""

    name: str
    line: int
    at_top: bool


@cache
def tracked() -> tuple[Path, ...]:
    """Return every tracked file that is there. Skips where this is no git checkout."""
    argv = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    try:
        listed = subprocess.run(argv, capture_output=True, check=True, text=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("needs git and a git checkout, to know which files are the project's")
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


@cache
def modules() -> dict[str, ast.Module]:
    """Return every module of the program by dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_bytes(), str(path))
    return found


def imports(tree: ast.Module) -> Iterator[Import]:
    """Yield what a module imports, "from a import b" as "a.b"."""
    return _imports(tree, at_top=True)


def _imports(node: ast.AST, *, at_top: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, at_top) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            source = "." * child.level + (child.module or "")
            yield from (Import(f"{source}.{alias.name}", child.lineno, at_top) for alias in child.names)
        else:
            is_later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            is_typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from _imports(child, at_top=at_top and not is_later and not is_typing)


def module_of(name: str, known: dict[str, ast.Module]) -> str | None:
    """Return the module of ours that holds an imported name: "agent.result.Result" is in agent.result."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name or None


def reached(start: str, known: dict[str, ast.Module]) -> set[str]:
    """Return the modules of ours that importing `start` loads, with the packages they lie in."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        waiting.append(name.rpartition(".")[0])
        waiting += [
            found for one in imports(known[name]) if one.at_top and (found := module_of(one.name, known))
        ]
    return seen
