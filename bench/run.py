"""`make bench`: measure deskready beside node_exporter and monitoring-plugins, and write docs/bench.md.

`--quick` takes two minutes and writes nothing: for use while something is being changed. The exit status says
whether it could measure, never whether a target was met.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from bench import faces, figures, peers, product, report, soak, targets
from bench.desk import OS_CERTIFICATES, Desk, desk
from bench.rounds import Round

WRITTEN = product.ROOT / "docs/bench.md"
IMPORTS = (
    "argparse", "msgspec", "hashlib", "sqlite3", "agent.cli.main", "agent.cli.run",
    "checks.registry", "agent.station", "agent.daemon", "ssl", "http.client", "prometheus_client",
)  # fmt: skip


def main() -> int:
    """Measure, show the table, and write the page unless asked to be quick."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round; writes nothing")
    options = parser.parse_args()
    missing = _missing()
    if missing:
        sys.stderr.write(f"bench: needs {', '.join(missing)}\n")
        return 1
    rounds_count, window_s, warm_count, runs_count = (
        (1, 15.0, 300, 500) if options.quick else (3, 120.0, 1000, 5000)
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _say("installing deskready in an environment of its own")
        with desk(Path(folder)) as here:
            values = _rounds(here, rounds_count, window_s)
            _say("the tray beside pystray")
            for name, found in faces.measure(Path(folder) / "faces", 1 if options.quick else 5).items():
                values[name] += found
            steady, counter = soak.soak(here, warm_count, runs_count, _say)
            costs = _costs(here)
    found = [*targets.figures(values, window_s), *targets.growth(steady)]
    sys.stdout.write("\n" + figures.table(found))
    if not options.quick:
        WRITTEN.parent.mkdir(exist_ok=True)
        report.write(WRITTEN, report.render(_circumstances(rounds_count), found, steady, counter, costs))
        _say(f"written: {WRITTEN.relative_to(product.ROOT)}")
    return 0


def _rounds(here: Desk, count: int, window_s: float) -> dict[str, list[float]]:
    """Return every value of all rounds by name."""
    rows = _blocking_rows(here)
    joined: dict[str, list[float]] = defaultdict(list)
    for number in range(count):

        def say(text: str, number: int = number) -> None:
            _say(f"round {number + 1} of {count}: {text}")

        one = Round(here, window_s, say)
        one.run(rows)
        for name, values in one.values.items():
            joined[name] += values
    return joined


def _blocking_rows(here: Desk) -> list[list[str]]:
    """Return the blocking rows that run; leaves a state folder behind as a previous run does."""
    started = here.start()
    here.wait_for_control()
    answer, _ = here.json_of(here.argv("ready", "--json", "--confirm"))
    status, _ = here.json_of(here.argv("status", "--json"))
    here.stop(started)
    _say(f"desk is {answer['verdict']}, {answer['coverage']}")
    return [
        [line["check"], line["device"]]
        for line in status["results"]
        if line["level"] == "blocking" and line["state"] != "off"
    ]


def _costs(here: Desk) -> report.Costs:
    _say("where memory and CPU go")
    own = [str(here.environment / "bin/python"), str(Path(__file__).parent / "costs.py")]
    memory, _ = here.json_of([*own, "memory", *IMPORTS])
    checks, _ = here.json_of([*own, "checks", str(here.settings)])
    return report.Costs(memory, checks)


def _circumstances(rounds_count: int) -> report.Circumstances:
    node = _output([peers.NODE_EXPORTER, "--version"]).split()
    plugins = _output(["dpkg-query", "-W", "-f", "${Version}", "monitoring-plugins-basic"])
    return report.Circumstances(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        machine=f"{os.cpu_count()} shared cores, Linux {platform.release()}",
        load=f"load {os.getloadavg()[2]:.1f} over the last quarter of an hour, this bench included",
        versions=f"Python {platform.python_version()}, node_exporter {node[2] if len(node) > 2 else '?'}, "  # noqa: PLR2004  "node_exporter, version 1.5.0"
        f"monitoring-plugins {plugins or '?'}",
        commit=product.version(),
        rounds_count=rounds_count,
    )


def _output(argv: list[str]) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout or done.stderr


def _missing() -> list[str]:
    needed = [] if os.geteuid() == 0 else ["root (network namespaces)"]
    needed += [name for name in ("Xvfb", "trayer", "import") if shutil.which(name) is None]
    tools = (peers.NODE_EXPORTER, str(peers.PLUGINS), "/usr/bin/dig", str(OS_CERTIFICATES))
    return needed + [name for name in tools if not Path(name).exists()]


def _say(text: str) -> None:
    sys.stderr.write(f"[{time.monotonic() - _BEGAN_S:4.0f} s] {text}\n")
    sys.stderr.flush()


_BEGAN_S = time.monotonic()

if __name__ == "__main__":
    sys.exit(main())
