"""Does the daemon grow? Thousands of accelerated runs, good, failing, unknown and overrunning.

The procedure is the shipped one with intervals of half a second, and nothing else changed but one time limit
that cannot be kept. A page turns to 503 and back, a printer is silent, a status is asked four times a second
(which is how runs are counted: at least as many as were seen) and a scrape every two seconds.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from agent import control
from bench import footprint, product
from bench.desk import METRICS_PORT, Desk
from bench.footprint import Footprint

SHIPPED = product.ROOT / "config/procedure.toml"
INTERVAL_S = 0.5
SLOW_INTERVAL_S = 3.0
OVERRUNS = "network.stability"
# Rows that start children or take a second: at half a second the daemon would never be at rest.
SLOW = ("computer.crash_log", "scanner.present", "printer.reachable", OVERRUNS)
OVERRUN_LIMIT_S = 0.3
STATUS_EVERY_S = 0.25
SCRAPE_EVERY_S = 2.0
TOGGLE_EVERY_S = 10.0
STEADY_COUNT, STEADY_EVERY_S = 120, 0.05
GIVE_UP_S = 240.0
STEPS_COUNT = 5
_EXTRA = """\
[[system]]
name = "failing"
url = "http://internet.desk.test/status/503"
[[printer]]
name = "silent"
host = "10.77.7.8"
[procedure]
file = "{procedure}"
"""
_INTERVAL = re.compile(r"^interval_s = .*$", re.MULTILINE)
_TIMEOUT = re.compile(r"^timeout_s = .*$", re.MULTILINE)
_ID = re.compile(r'^id = "([^"]*)"$', re.MULTILINE)

Say = Callable[[str], None]


class Steady(NamedTuple):
    """What is in use at rest, after so many runs: the least of six seconds, so without what a run needs."""

    runs_count: int
    rss_kib: int
    fds_count: int
    threads_count: int
    children_count: int


class Counter:
    """Counts runs as `status` shows them: each new time of a row is one."""

    def __init__(self, state: Path) -> None:
        self.runs_count = 0
        self.states: dict[str, set[str]] = {}  # seen, by check and device
        self._state = state
        self._last: dict[str, str] = {}

    def look(self) -> None:
        """Ask for the status once, if the daemon is there to answer."""
        try:
            answer: dict[str, Any] = control.ask(self._state, {"op": "status"}, 10.0)
        except control.ControlAbsent:  # it serves its last page before it takes requests
            return
        for line in answer["results"]:
            key = f"{line['check']} {line['device']}"
            if line["state"] != "off" and self._last.get(key) != line["measured_at"]:
                self.runs_count += 1
                self._last[key] = line["measured_at"]
                self.states.setdefault(key, set()).add(line["reason"] or line["state"])


def accelerated(procedure: str) -> str:
    """Return the procedure's text with short intervals, and one time limit that cannot be kept."""
    head, *rows = procedure.split("[[check]]\n")
    return "[[check]]\n".join([head, *map(_accelerated_row, rows)])


def soak(desk: Desk, warm_count: int, runs_count: int, say: Say) -> tuple[list[Steady], Counter]:
    """Run the daemon for `warm_count` runs, then for `runs_count` more, and look in the middle too."""
    state = desk.folder / "soak"
    procedure = desk.folder / "accelerated.toml"
    procedure.write_text(accelerated(SHIPPED.read_text("utf-8")), "utf-8")
    desk.write_settings(_EXTRA.format(procedure=procedure))
    started = desk.start(state=state)
    counter = Counter(state)
    steady: list[Steady] = []
    try:
        for step in range(STEPS_COUNT + 1):
            _pass(desk, counter, warm_count + step * runs_count // STEPS_COUNT, say)
            steady.append(_steady(started["pid"], counter))
    finally:
        desk.box.web("ok")
        desk.stop(started)
        desk.write_settings()
    return steady, counter


def _accelerated_row(row: str) -> str:
    found = _ID.search(row)
    name = found[1] if found else ""
    row = _INTERVAL.sub(f"interval_s = {SLOW_INTERVAL_S if name in SLOW else INTERVAL_S}", row, count=1)
    return _TIMEOUT.sub(f"timeout_s = {OVERRUN_LIMIT_S}", row, count=1) if name == OVERRUNS else row


def _pass(desk: Desk, counter: Counter, until_count: int, say: Say) -> None:
    """Let the daemon work until so many runs were seen. Raises RuntimeError if that takes too long."""
    began_s = time.monotonic()
    scrape_at_s = toggle_at_s = said_s = began_s
    is_broken = False
    while counter.runs_count < until_count:
        counter.look()
        now_s = time.monotonic()
        if now_s - began_s > GIVE_UP_S:
            raise RuntimeError(f"only {counter.runs_count} runs in {GIVE_UP_S:.0f} s")
        if now_s >= scrape_at_s:
            desk.ask("scrape", port=METRICS_PORT, count=1)
            scrape_at_s = now_s + SCRAPE_EVERY_S
        if now_s >= toggle_at_s:
            is_broken = not is_broken
            desk.box.web("503" if is_broken else "ok")
            toggle_at_s = now_s + TOGGLE_EVERY_S
        if now_s >= said_s:
            say(f"soak: {counter.runs_count} of {until_count} runs")
            said_s = now_s + 20
        time.sleep(STATUS_EVERY_S)


def _steady(pid: int, counter: Counter) -> Steady:
    samples: list[Footprint] = []
    for _ in range(STEADY_COUNT):
        samples.append(footprint.read(pid, is_alone=True))
        time.sleep(STEADY_EVERY_S)
    counter.look()
    return Steady(
        runs_count=counter.runs_count,
        rss_kib=min(one.rss_kib for one in samples),
        fds_count=min(one.fds_count for one in samples),
        threads_count=min(one.threads_count for one in samples),
        children_count=min(one.processes_count for one in samples) - 1,
    )
