"""Where memory and CPU go: what each import adds, and what one run of each check costs.

Run by the measured environment's own Python on the desk: `costs.py memory MODULE…` or
`costs.py checks SETTINGS`. Prints JSON.
"""

import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

RUNS_COUNT = 5


def memory(modules: list[str]) -> list[dict[str, Any]]:
    """Import in this order; return KiB of resident memory, CPU and modules that each added."""
    rows = [
        {"what": "Python itself", "kib": _resident_kib(), "cpu_ms": 1000 * time.process_time(), "modules": 0}
    ]
    for name in modules:
        before = (_resident_kib(), time.process_time(), len(sys.modules))
        importlib.import_module(name)
        kib, cpu_s, count = _resident_kib(), time.process_time(), len(sys.modules)
        rows.append(
            {
                "what": name,
                "kib": kib - before[0],
                "cpu_ms": 1000 * (cpu_s - before[1]),
                "modules": count - before[2],
            }
        )
    return rows


def checks(settings_file: str) -> list[dict[str, Any]]:
    """Run every check of the desk several times; return CPU, children included, and time of one run."""
    from agent import plan, runner  # noqa: PLC0415  memory() must begin with an empty house
    from agent.cli import context  # noqa: PLC0415
    from checks.printer import reading as printer_reading  # noqa: PLC0415
    from config.settings import load  # noqa: PLC0415

    vars(printer_reading)["SHARED_S"] = 0.0  # each run asks the printer, as runs 30 s apart do
    settings = load(Path(settings_file))
    procedure = context.procedure_of(settings)
    rows = []
    for job in plan.plan(procedure, settings):
        if job.off is not None:
            continue
        _, reading = runner.run(job, None, procedure)  # the first one imports and discovers
        before_s, began_s = _cpu_s(), time.monotonic()
        for _ in range(RUNS_COUNT):
            result, reading = runner.run(job, reading, procedure)
        rows.append(
            {
                "what": f"{job.row.id} {job.device}",
                "state": result.reason or result.state,
                "interval_s": job.row.interval_s,
                "cpu_ms": 1000 * (_cpu_s() - before_s) / RUNS_COUNT,
                "took_ms": 1000 * (time.monotonic() - began_s) / RUNS_COUNT,
            }
        )
    return rows


def _resident_kib() -> int:
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1])
    return 0


def _cpu_s() -> float:
    """Return user and system seconds of this process and of the children that it waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, kinds))


if __name__ == "__main__":
    found = memory(sys.argv[2:]) if sys.argv[1] == "memory" else checks(sys.argv[2])
    json.dump(found, sys.stdout)
