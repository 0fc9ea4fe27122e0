"""The command `deskready` inside a desk in a box, as a broker's script would call it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netbox import CORE_URL, INTERNET_URL, Box

METRICS = "http://127.0.0.1:9842/metrics"


@dataclass
class Desk:
    """One desk's settings and state folder."""

    box: Box
    folder: Path
    extra: str = ""

    def __post_init__(self) -> None:
        self.settings.write_text(
            '[station]\nname = "desk-07"\nsite = "sh-1"\nit_phone = "8001"\n'
            f'[network]\ninternet = ["{INTERNET_URL}"]\n'
            f'[[system]]\nname = "core"\nurl = "{CORE_URL}"\nca_file = "{self.box.ca_file}"\n'
            '[[scanner]]\nname = "front"\nsane = "test:0"\nenabled = false\n' + self.extra,
            encoding="utf-8",
        )

    @property
    def settings(self) -> Path:
        return self.folder / "deskready.toml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def argv(self, *words: str) -> list[str]:
        own = ["--config", str(self.settings), "--state", str(self.state)]
        return [sys.executable, "-m", "agent.cli.main", *words, *own]

    def run(self, *words: str) -> "subprocess.CompletedProcess[bytes]":
        return self.box.run(self.argv(*words))

    @contextmanager
    def daemon(self, *words: str, command: tuple[str, ...] = ()) -> "Iterator[subprocess.Popen[bytes]]":
        """A daemon that serves its first own page; ended at the end, whatever happens."""
        log = (self.folder / "daemon.log").open("ab")
        child = self.box.popen([*command, *self.argv("run", *words)], stdout=log, stderr=log)
        try:
            self.wait_for(lambda: "deskready_coverage_ratio" in self.metrics(), 10)
            yield child
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                child.wait(10)
            log.close()

    @property
    def log(self) -> str:
        return (self.folder / "daemon.log").read_text(errors="replace")

    def metrics(self) -> str:
        code = f"import urllib.request as u; print(u.urlopen({METRICS!r}, timeout=3).read().decode())"
        return self.box.run([sys.executable, "-I", "-S", "-c", code]).stdout.decode()

    def metric(self, start: str) -> float | None:
        """The value of the first series that begins so; None where there is none."""
        lines = [line for line in self.metrics().splitlines() if line.startswith(start)]
        return float(lines[0].rpartition(" ")[2]) if lines else None

    @staticmethod
    def wait_for(holds, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "did not come to hold in time"
            time.sleep(0.1)
