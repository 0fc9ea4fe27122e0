"""One round of measurements: each peer and deskready in turn, so that a busy minute hits both.

A round's figures are lists by name, one value for each time it was measured; rounds are joined afterwards.
"""

import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import netbox  # type: ignore[import-not-found]

from bench import footprint, peers, visit
from bench.desk import METRICS_PORT, Desk

STARTS_COUNT = 5
SCRAPES_COUNT = 200
SCRAPE_EVERY_S = 15.0
WARM_S = 8.0
STATUS_COUNT = 3
P99 = 0.99

Values = defaultdict[str, list[float]]
Say = Callable[[str], None]


class Round:
    """Measures one round on a desk; `values` and `pages` hold what came of it."""

    def __init__(self, desk: Desk, window_s: float, say: Say) -> None:
        self.desk = desk
        self.values: Values = defaultdict(list)
        self._window_s = window_s
        self._say = say

    def run(self, rows: list[list[str]]) -> None:
        """Measure everything once. `rows` are the blocking rows that run, as (check, device)."""
        self._say(f"{STARTS_COUNT} starts each, with the store of a previous run")
        for _ in range(STARTS_COUNT):
            self._start_peer()
            self._start_ours("start", rows)
            self._start_without_network()
        self._start_with_dead_devices(rows)
        peer, ours = self._both_up()
        try:
            self._scrapes(peer, ours)
            self._cpu(peer, ours)
            self._say("the broker's page")
            for name, value in visit.measure(self.desk, ours["pid"]):
                self.values[name].append(value)
            self._commands_with_daemon()
            self._hang(ours)
        finally:
            self.desk.write_settings()
            self.desk.stop(peer)
            self.desk.stop(ours)
        self._ready_alone()
        self._plugins()

    def _start_peer(self) -> None:
        started = self._peer()
        self.values["peer.start_ms"].append(1000 * started["took_s"])
        self.desk.stop(started)

    def _start_ours(self, name: str, rows: list[list[str]]) -> None:
        started = self.desk.start()
        found = self.desk.ask("fresh", pid=started["pid"], at_s=started["at_s"], port=METRICS_PORT, rows=rows)
        self.desk.stop(started)
        self.values[f"{name}_ms"].append(1000 * started["took_s"])
        if found["took_s"] is not None:
            self.values[f"{name}.fresh_s"].append(found["took_s"])

    def _start_without_network(self) -> None:
        """The last verdict must be there as soon when the cable is pulled."""
        self.desk.box.cut_link()
        try:
            started = self.desk.start()
            self.desk.stop(started)
        finally:
            self.desk.box.restore_link()
        self.values["start_unplugged_ms"].append(1000 * started["took_s"])

    def _start_with_dead_devices(self, rows: list[list[str]]) -> None:
        """Printer, gateway and company system are silent: every question to them costs its time limit."""
        self._say("start with printer, gateway and company system dead")
        self.desk.box.cut_printer()
        self.desk.box.silence_gateway()
        self.desk.box.cut_core()
        try:
            self._start_ours("start_dead", rows)
        finally:
            self.desk.box.mend()

    def _both_up(self) -> tuple[dict[str, Any], dict[str, Any]]:
        peer, ours = self._peer(), self.desk.start()
        time.sleep(WARM_S)
        for name, started in (("peer", peer), ("ours", ours)):
            self._memory(f"{name}.idle", started)
        return peer, ours

    def _peer(self) -> dict[str, Any]:
        return self.desk.start_other(peers.node_exporter(), peers.NODE_PORT, "peer.log")

    def _scrapes(self, peer: dict[str, Any], ours: dict[str, Any]) -> None:
        self._say(f"{SCRAPES_COUNT} scrapes")
        self._scrape("peer", peers.NODE_PORT)
        self._scrape("ours", METRICS_PORT)
        self._memory("peer", peer)
        self._memory("ours", ours)

    def _scrape(self, name: str, port: int) -> None:
        answer = self.desk.ask("scrape", port=port, count=SCRAPES_COUNT)
        ordered = sorted(answer["took_ms"])
        self.values[f"{name}.p50_ms"].append(ordered[len(ordered) // 2])
        self.values[f"{name}.p99_ms"].append(ordered[int(P99 * len(ordered)) - 1])
        self.values[f"{name}.page_bytes"].append(answer["bytes"])

    def _memory(self, name: str, started: dict[str, Any]) -> None:
        found = footprint.read(started["pid"])
        for field in ("rss_kib", "pss_kib", "uss_kib", "threads_count"):
            self.values[f"{name}.{field}"].append(getattr(found, field))

    def _cpu(self, peer: dict[str, Any], ours: dict[str, Any]) -> None:
        """Both at once, each counted by its own processes, each scraped every 15 s."""
        self._say(f"CPU over {self._window_s:.0f} s")
        before = [footprint.read(one["pid"]).cpu_s for one in (peer, ours)]
        ends_s = time.monotonic() + self._window_s
        while (left_s := ends_s - time.monotonic()) > 0:
            self.desk.ask("scrape", port=peers.NODE_PORT, count=1)
            self.desk.ask("scrape", port=METRICS_PORT, count=1)
            time.sleep(max(0.0, min(SCRAPE_EVERY_S, left_s)))
        after = [footprint.read(one["pid"]).cpu_s for one in (peer, ours)]
        for name, was_s, is_s in zip(("peer", "ours"), before, after, strict=True):
            self.values[f"{name}.cpu_s"].append(is_s - was_s)
        self._memory("peer.end", peer)
        self._memory("ours.end", ours)

    def _commands_with_daemon(self) -> None:
        self._say("status and ready, asked of the daemon")
        for _ in range(STATUS_COUNT):
            self.values["status_ms"].append(1000 * self.desk.wall(self.desk.argv("status"))["took_s"])
        self.values["ready_s"].append(self._ready())

    def _ready_alone(self) -> None:
        self._say("ready, without a daemon; monitoring-plugins one after the other")
        self.values["ready_alone_s"].append(self._ready())

    def _ready(self) -> float:
        _, took_s = self.desk.json_of(self.desk.argv("ready", "--json"))
        return took_s

    def _plugins(self) -> None:
        found = peers.plugins(netbox.GATEWAY, netbox.PRINTER, "core.desk.test", "internet.desk.test")
        short = peers.with_short_ping(found)
        self.values["plugins_s"].append(sum(self.desk.wall(argv)["took_s"] for argv in found.values()))
        self.values["plugins_short_s"].append(sum(self.desk.wall(argv)["took_s"] for argv in short.values()))

    def _hang(self, ours: dict[str, Any]) -> None:
        """Add a system whose check hangs for good, and scrape meanwhile."""
        self._say("scrapes while a check hangs")
        self.desk.write_settings(self.desk.hanging_system())
        before = footprint.read(ours["pid"]).threads_count
        os.kill(ours["pid"], signal.SIGHUP)
        time.sleep(4)
        self.values["hanging_count"].append(footprint.read(ours["pid"]).threads_count - before)
        self._scrape("hang", METRICS_PORT)
