"""A print service of our own: cupsd on a loopback port, its files in a folder of its own.

    with cups_desk.cups() as server:
        server.add("front", "ipp://127.0.0.1:9/ipp/print")
        server.submit("front"); server.stop("front")

Queues are raw: what is sent goes to the device as it is.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_READY_S = 30.0
_TOOLS = ("cupsd", "lpadmin", "lp", "cupsdisable", "cupsenable", "cancel")


@dataclass
class Cups:
    """A running print service. `address` is host:port, as CUPS_SERVER wants it."""

    address: str

    def add(self, queue: str, device: str) -> None:
        """Make a queue that prints to a device's URI."""
        self._run("lpadmin", "-p", queue, "-E", "-v", device)

    def submit(self, queue: str, *options: str) -> str:
        """Send one document; returns the job's number."""
        told = self._run("lp", "-d", queue, *options, "-", stdin=b"a page\n")
        return told.split()[3].rpartition("-")[2]

    def stop(self, queue: str) -> None:
        """Let the queue take documents and print none."""
        self._run("cupsdisable", queue)

    def start(self, queue: str) -> None:
        """Let it print."""
        self._run("cupsenable", queue)

    def cancel(self, queue: str) -> None:
        """Cancel all that waits."""
        self._run("cancel", "-a", queue)

    def reject(self, queue: str) -> None:
        """Let the queue take no more documents."""
        self._run("cupsreject", queue)

    def _run(self, *argv: str, stdin: bytes = b"") -> str:
        done = subprocess.run(
            [argv[0], "-h", self.address, *argv[1:]],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()


@contextlib.contextmanager
def cups() -> Iterator[Cups]:
    """Start it on a free port; skips where it is not installed or we are not root."""
    if os.geteuid() != 0 or any(shutil.which(tool) is None for tool in _TOOLS):
        pytest.skip("a print service of our own needs root, cups-daemon and cups-client")
    with tempfile.TemporaryDirectory(prefix="cups-") as name:
        folder = Path(name)
        port = _free_port()
        _write(folder, port)
        child = subprocess.Popen(
            ["cupsd", "-f", "-c", str(folder / "cupsd.conf"), "-s", str(folder / "cups-files.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(port, child)
            yield Cups(f"127.0.0.1:{port}")
        finally:
            child.terminate()
            child.wait(30)


def _write(folder: Path, port: int) -> None:
    for one in ("etc", "spool", "spool/tmp", "cache", "run", "log"):
        (folder / one).mkdir()
    (folder / "cups-files.conf").write_text(
        f"ServerRoot {folder}/etc\nRequestRoot {folder}/spool\nTempDir {folder}/spool/tmp\n"
        f"CacheDir {folder}/cache\nStateDir {folder}/run\nErrorLog {folder}/log/error\n"
        f"AccessLog {folder}/log/access\nPageLog {folder}/log/page\nSystemGroup root\n"
    )
    (folder / "cupsd.conf").write_text(
        f"Listen 127.0.0.1:{port}\nDefaultAuthType None\nBrowsing No\nErrorPolicy retry-job\n"
        "<Location />\nOrder allow,deny\nAllow all\n</Location>\n"
        "<Location /admin>\nOrder allow,deny\nAllow all\n</Location>\n"
        "<Policy default>\n<Limit All>\nOrder allow,deny\nAllow all\n</Limit>\n</Policy>\n"
    )


def _wait(port: int, child: "subprocess.Popen[bytes]") -> None:
    ends_s = time.monotonic() + _READY_S
    while time.monotonic() < ends_s:
        assert child.poll() is None, "cupsd ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return
        time.sleep(0.05)
    pytest.fail("cupsd did not start")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
