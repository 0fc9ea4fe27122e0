"""Reads requirements/*.txt: which version of what is installed, and under which hashes."""

import re
import tomllib
from dataclasses import dataclass

import tree
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Locked:
    """One package of a lock file."""

    name: str
    version: str
    hashes: tuple[str, ...]


def read(name: str) -> dict[str, Locked]:
    """Return the packages of requirements/NAME.txt."""
    return parse((tree.ROOT / "requirements" / f"{name}.txt").read_text())


def parse(text: str) -> dict[str, Locked]:
    """Return the packages of a lock file; raises ValueError at a line that is not `name==version …`."""
    found: dict[str, Locked] = {}
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = re.match(r"([A-Za-z0-9._-]+)==(\S+)", line)
        if match is None:
            raise ValueError(f"not pinned to one version: {line}")
        name = canonicalize_name(match[1])
        found[name] = Locked(name, match[2], tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})\b", line)))
    return found


def declared(*groups: str) -> list[Requirement]:
    """Return what pyproject.toml asks for at run time and in the named groups."""
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text())
    wanted = list(project["project"]["dependencies"]) if "run" in groups else []
    for group in groups:
        wanted += [one for one in project["dependency-groups"].get(group, ()) if isinstance(one, str)]
    return [Requirement(one) for one in wanted]
