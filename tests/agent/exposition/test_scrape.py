"""The page and the listener as a real Prometheus sees them."""

import json
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from snapshots import whole_desk

from agent.exposition.listener import Listener
from agent.exposition.metrics import Page

pytestmark = pytest.mark.slow


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[str]:
    """Run Prometheus beside a target, a scrape a second; give its address."""
    if shutil.which("prometheus") is None:
        pytest.skip("needs prometheus (Debian package prometheus)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    job = f"{{job_name: desk, static_configs: [{{targets: ['{target}']}}]}}"
    (folder / "p.yml").write_text(f"global: {{scrape_interval: 1s}}\nscrape_configs: [{job}]\n")
    argv = [
        "prometheus",
        "--config.file=p.yml",
        "--storage.tsdb.path=data",
        f"--web.listen-address={address}",
    ]
    with subprocess.Popen(argv, cwd=folder, stderr=subprocess.DEVNULL) as server:
        try:
            yield address
        finally:
            server.terminate()


def query(address: str, expression: str) -> list[dict[str, Any]]:
    asked = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"http://{address}/api/v1/query?{asked}", timeout=5) as reply:
        found: list[dict[str, Any]] = json.load(reply)["data"]["result"]
    return found


def eventually(address: str, expression: str) -> list[dict[str, Any]]:
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        try:
            if found := query(address, expression):
                return found
        except OSError:  # not up yet
            pass
        time.sleep(0.2)
    pytest.fail(f"no answer to {expression}")


def test_prometheus_scrapes_the_desk_over_one_connection(tmp_path: Path) -> None:
    page = Page()
    page.update(whole_desk())
    served = Listener("127.0.0.1:0", {"/metrics": page.read})
    served.start()
    try:
        with prometheus(tmp_path, f"127.0.0.1:{served.port}") as address:
            assert eventually(address, "count_over_time(up[1m]) >= 3")
            assert query(address, "min_over_time(up[1m])")[0]["value"][1] == "1"
            assert query(address, "deskready_verdict == 1")[0]["metric"]["verdict"] == "amber"
            lines = page.read().decode().splitlines()
            series_count = sum(1 for line in lines if not line.startswith("#"))
            assert query(address, "scrape_samples_scraped")[0]["value"][1] == str(series_count)
            assert len(served._clients) == 1
    finally:
        served.stop()
    assert served.refused == {}
