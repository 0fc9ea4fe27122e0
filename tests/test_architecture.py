"""Who may import whom: six floors, and arrows run down only."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator

import pytest
import tree

# A room is the longest prefix that is listed; a room may use lower floors and itself.
FLOORS = {
    "config": 1,
    "checks": 1,
    "agent.clock": 1,
    "agent.deadline": 1,
    "agent.timetable": 1,
    "agent.calendar": 1,
    "agent.workdays": 1,
    "agent.result": 2,
    "agent.verdict": 2,
    "agent.store": 2,
    "agent.child": 2,
    "agent.hysteresis": 2,
    "agent.plan": 2,
    "agent.track": 2,
    "agent.words": 2,
    "agent.capability": 2,
    "agent.privacy": 2,
    "agent.reasons": 2,
    "agent.sentences": 2,
    "agent.telling": 2,
    "agent.transaction": 2,
    "agent.runner": 3,
    "agent.pool": 3,
    "agent.card": 3,
    "agent.answers": 3,
    "agent.desk": 3,
    "agent.summary": 3,
    "agent.control": 3,
    "agent.incidents": 3,
    "agent.journal": 3,
    "agent.tickets": 3,
    "agent.recorder": 3,
    "agent.keepsake": 4,
    "agent.herald": 3,
    "agent.windows": 3,
    "agent.explained": 3,
    "agent.history": 3,
    "agent.mailroom": 4,
    "agent.glance": 4,
    "agent.morning": 4,
    "agent.orders": 4,
    "agent.casework": 4,
    "agent.upkeep": 4,
    "agent.preop": 4,
    "agent.station": 4,
    "agent.pulse": 1,
    "agent.running": 1,
    "agent.logtail": 1,
    "agent.exposition": 3,
    "agent.exposition.publisher": 4,
    "agent.chores": 4,
    "agent.page": 4,
    "agent.page.tokens": 3,
    "agent.background": 3,
    "agent.tray": 4,
    "agent.fleet": 4,
    "agent.daemon": 5,
    "agent.cli": 6,
}
MAY_IMPORT = {
    "agent": {"agent", "checks", "config"},
    "checks": {"checks", "config.devices"},
    "config": {"config"},
}
# Each costs the resident daemon megabytes: they belong in one-shot children and in the command line.
HEAVY = {"asyncio", "requests", "urllib3", "http.server", "rich", "numpy", "pysnmp.hlapi", "cryptography"}
# Importing any of these must stay light.
RESIDENT = (
    "agent.cli.main",
    "agent.cli.run",
    "agent.daemon",
    "agent.runner",
    "agent.verdict",
    "agent.exposition.metrics",
    "agent.store",
    "checks.registry",
)


def trespasses(known: dict[str, ast.Module]) -> Iterator[str]:
    """Yield imports that leave a package for a part that it may not use."""
    for name, module in known.items():
        allowed = MAY_IMPORT[name.partition(".")[0]]
        for one in tree.imports(module):
            is_ours = one.name.partition(".")[0] in tree.PACKAGES
            if is_ours and not any(f"{one.name}.".startswith(f"{part}.") for part in allowed):
                yield f"{name}:{one.line} imports {one.name}"


def climbs(known: dict[str, ast.Module]) -> Iterator[str]:
    """Yield imports from a floor to one above it."""
    for name, module in known.items():
        for one in tree.imports(module):
            target = tree.module_of(one.name, known)
            if target and floor(target) > floor(name) > 0:
                yield f"{name}:{one.line} (floor {floor(name)}) imports {target} (floor {floor(target)})"


def floor(name: str) -> int:
    """Return the floor of a module; packages themselves are on the ground."""
    while name and name not in FLOORS:
        name = name.rpartition(".")[0]
    return FLOORS.get(name, 0)


def circle(known: dict[str, ast.Module]) -> list[str]:
    """Return the modules of one circle of imports, or nothing."""
    arrows = {
        name: {t for one in tree.imports(module) if (t := tree.module_of(one.name, known)) and t != name}
        for name, module in known.items()
    }
    while free := [name for name, targets in arrows.items() if not targets & arrows.keys()]:
        for name in free:
            del arrows[name]
    return sorted(arrows)


def heavy(start: str, known: dict[str, ast.Module]) -> Iterator[str]:
    """Yield heavy imports at the top of what importing `start` loads."""
    for name in sorted(tree.reached(start, known)):
        for one in tree.imports(known[name]):
            if one.at_top and any(f"{one.name}.".startswith(f"{module}.") for module in HEAVY):
                yield f"{name}:{one.line} imports {one.name}"


def nothing(found: Iterable[str]) -> None:
    """Fail with every line that was found."""
    lines = list(found)
    assert not lines, "\n".join(lines)


def test_packages_use_only_what_they_may() -> None:
    nothing(trespasses(tree.modules()))


def test_every_module_has_a_floor() -> None:
    packages = {"agent", *FLOORS}
    nothing(name for name in tree.modules() if floor(name) == 0 and name not in packages)


def test_arrows_run_down_only() -> None:
    nothing(climbs(tree.modules()))


def test_no_circle_of_imports() -> None:
    nothing(circle(tree.modules()))


@pytest.mark.parametrize("start", [name for name in RESIDENT if name in tree.modules()])
def test_the_resident_part_imports_nothing_heavy(start: str) -> None:
    nothing(heavy(start, tree.modules()))


@pytest.mark.parametrize("start", [name for name in RESIDENT if name in tree.modules()])
def test_the_resident_part_loads_nothing_heavy(start: str) -> None:
    """The same through other people's packages; prometheus_client brings an HTTP server along."""
    code = f"import sys, {start}; print(*sys.modules)"
    argv = [sys.executable, "-c", code]
    loaded = subprocess.run(argv, cwd=tree.ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout.split()
    assert start in loaded
    nothing(sorted((HEAVY - {"http.server"}) & set(loaded)))


def test_each_rule_bites() -> None:
    def parsed(**sources: str) -> dict[str, ast.Module]:
        return {name.replace("__", "."): ast.parse(text) for name, text in sources.items()}

    bad = parsed(
        checks__room="from agent.verdict import judge\nfrom config.schema import Rows", agent__verdict=""
    )
    assert len(list(trespasses(bad))) == 2
    assert list(trespasses(parsed(checks__room="from config.devices import Sensor"))) == []
    assert len(list(climbs(parsed(agent__verdict="import agent.daemon", agent__daemon="")))) == 1
    assert circle(parsed(agent__a="import agent.b", agent__b="def f():\n    import agent.a")) == [
        "agent.a",
        "agent.b",
    ]
    far = parsed(agent__daemon="from agent import mid", agent="", agent__mid="import requests.adapters")
    assert list(heavy("agent.daemon", far)) == ["agent.mid:1 imports requests.adapters"]
    later = parsed(agent__daemon="def f():\n    import requests")
    assert list(heavy("agent.daemon", later)) == []
