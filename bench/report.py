"""docs/bench.md: what a run of the bench measured. What stands below KEPT is written by hand and stays."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench import peers
from bench.figures import Figure, markdown, number, outcome, raw_table, table
from bench.soak import Counter, Steady

KEPT = "<!-- Below this line: written by hand, kept by `make bench`. -->"
_SCRAPED_WINDOW_S = 120.0


class Circumstances(NamedTuple):
    """Under what a run was made; no name of a machine or a folder."""

    date: str
    machine: str
    load: str
    versions: str
    commit: str
    rounds_count: int


class Costs(NamedTuple):
    """Where memory and CPU go, as `bench.costs` prints it."""

    memory: Sequence[Mapping[str, Any]]
    checks: Sequence[Mapping[str, Any]]


def write(path: Path, text: str) -> None:
    """Put `text` in the place of what an earlier run wrote."""
    old = path.read_text("utf-8") if path.exists() else ""
    _, mark, kept = old.partition(KEPT)
    path.write_text(text + "\n" + KEPT + (kept if mark else "\n"), "utf-8")


def render(
    about: Circumstances, figures: Sequence[Figure], steady: Sequence[Steady], counter: Counter, costs: Costs
) -> str:
    """Return the measured part of docs/bench.md."""
    missed = [figure.what for figure in figures if outcome(figure).startswith(("missed", "not"))]
    parts = [
        "# What deskready costs\n",
        _ABOUT.format(**about._asdict()),
        table(figures),
        f"Targets missed: {'; '.join(missed) if missed else 'none'}.\n",
        _METHOD.format(without=", ".join(peers.WITHOUT_LIKE)),
        "## Every value\n",
        raw_table(figures),
        "## The soak\n",
        _soak(steady, counter),
        "## Where the memory goes\n",
        "Imports in the order of the daemon; KiB of resident set that each adds.\n",
        _memory(costs.memory),
        "## Where the CPU goes\n",
        f"One run of each check, and what that makes in {_SCRAPED_WINDOW_S:.0f} s.\n",
        _checks(costs.checks),
    ]
    return "\n".join(parts)


def _soak(steady: Sequence[Steady], counter: Counter) -> str:
    states = sorted({state for seen in counter.states.values() for state in seen})
    head = ["runs", "RSS KiB", "fds", "threads", "children"]
    looks = markdown([head, *([f"{value:,}" for value in look] for look in steady)])
    return f"Results seen: {', '.join(states)}.\n\n{looks}"


def _memory(rows: Sequence[Mapping[str, Any]]) -> str:
    cells = [[row["what"], number(row["kib"]), number(row["cpu_ms"]), str(row["modules"])] for row in rows]
    return markdown([["import", "KiB", "CPU ms", "modules"], *cells])


def _checks(rows: Sequence[Mapping[str, Any]]) -> str:
    head = ["check", "result", "CPU ms a run", "ms a run", "every s", "CPU ms in 120 s"]
    costs = [(row["cpu_ms"] * _SCRAPED_WINDOW_S / row["interval_s"], row) for row in rows]
    costs.sort(key=lambda pair: -pair[0])
    cells = [
        [
            row["what"],
            row["state"],
            number(row["cpu_ms"]),
            number(row["took_ms"]),
            number(row["interval_s"]),
            number(cost),
        ]
        for cost, row in costs
    ]
    total = number(sum(cost for cost, _ in costs))
    return markdown([head, *cells, ["all", "", "", "", "", total]])


_ABOUT = """\
Written by `make bench` on {date}, commit {commit}.
{machine}, {load}.
{versions}.
Medians of {rounds_count}; peer and deskready take turns, so the ratios hold where the milliseconds do not:
other work ran on the same cores.
"""
_METHOD = """\
## How it is measured

deskready is built from the checkout and installed with its locked dependencies in a fresh environment. It
runs in a desk in a box (`tests/netbox.py`: network namespaces, no way out) with all default checks, a
printer over SNMP v2c, a scanner, a company system and an internet page over HTTPS; node_exporter runs in the
same box with its defaults, started the same way. In each round, one after the other:

- **start**: five each in turn, from exec to the first good /metrics, with the state folder of a previous run;
  deskready then shows the last verdict, marked stale. **Fresh verdict**: until every blocking row that runs
  was measured after the start. Dead: printer, gateway and company system keep silent.
- **scrapes**: 200 GETs, a new connection each, by one small process; then memory, from
  /proc/PID/smaps_rollup of the whole process tree.
- **CPU**: user and system time of the tree, children included, while both are scraped every 15 s.
- **hang**: a check that never returns (its certificates are a pipe that nobody fills), then 200 scrapes.
- **page**: a code is asked for and exchanged, and all that a browser loads is loaded once (compressed where
  it is offered); then every view, and the light as often as a page that is open for an hour asks for it.
  The very first view of a daemon also loads Jinja and compiles the template. Resident set before and after.
- **ready** beside monitoring-plugins that ask the same one after the other. Without a like, and so free for
  the plug-ins: {without}.
- **growth**: intervals of half a second; a failing, an unknown and an overrunning check among the good ones,
  and a page that comes and goes. The least of six seconds counts, so that a run in flight is no growth.
"""
