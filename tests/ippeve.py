"""A real IPP printer of software: ippeveprinter in a network namespace with the avahi it insists on.

    with ippeve.printer() as eve:
        eve.run([...])                  # inside the namespace
        eve.get("/supplies?supply0=3")  # its own web page changes its state

Needs root, cups-ipp-utils, avahi-daemon and dbus. Nothing leaves the namespace, which has only a loopback.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PORT = 18631
URI = f"ipp://localhost:{PORT}/ipp/print"
_TOOLS = ("ippeveprinter", "avahi-daemon", "dbus-daemon", "unshare", "nsenter", "ip")
_READY_S = 60.0
_SCRIPT = """
set -e
ip link set lo up; ip link set lo multicast on; ip route add 224.0.0.0/4 dev lo
mkdir -p {base}/run; mount -t tmpfs tmpfs /run; mkdir -p /run/avahi-daemon
export DBUS_SYSTEM_BUS_ADDRESS=unix:path={base}/bus
dbus-daemon --config-file=/usr/share/dbus-1/system.conf --address=$DBUS_SYSTEM_BUS_ADDRESS --nofork \
    --nopidfile --nosyslog &
for try in $(seq 100); do [ -S {base}/bus ] && break; sleep 0.1; done
avahi-daemon -f {base}/avahi.conf --no-drop-root --no-chroot &
for try in $(seq 100); do [ -S /run/avahi-daemon/socket ] && break; sleep 0.1; done
sleep 1
exec ippeveprinter -p {port} -n localhost -d {base}/spool -k -r off -M Acme -m SimLaser \
    -f text/plain,application/pdf,image/pwg-raster -c {base}/command Sim
"""
_COMMAND = """#!/bin/sh
cat {base}/states >&2 2>/dev/null
sleep "$(cat {base}/seconds)"
exit "$(cat {base}/status)"
"""


@dataclass
class Eve:
    """The running printer. Its jobs are kept in `spool`; what its command says is in `folder`."""

    folder: Path
    pid: int

    def run(self, argv: Sequence[str], timeout_s: float = 120.0) -> "subprocess.CompletedProcess[str]":
        """Run a command in the namespace to its end."""
        inside = ["nsenter", "-t", str(self.pid), "-n", "-m", *argv]
        return subprocess.run(
            inside, cwd=ROOT, capture_output=True, text=True, check=False, timeout=timeout_s
        )

    def python(self, script: str, *arguments: str) -> str:
        """Run a script of Python with the project's modules; returns what it prints."""
        done = self.run([sys.executable, "-c", script, *arguments])
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def get(self, path: str) -> None:
        """Open a page of the printer's own web server: that changes supplies and paper."""
        script = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=30).read()"
        self.python(script, f"http://localhost:{PORT}{path}")

    def supply(self, **levels: int) -> None:
        """Set levels: supply0 is the waste container, supply1 the black toner."""
        self.get(f"/supplies?{urllib.parse.urlencode(levels)}")

    def next_job(self, states: str = "", *, seconds: float = 1.0, status: int = 0) -> None:
        """Say what the next job does: lines such as "STATE: +media-jam-error", its time, its end."""
        (self.folder / "states").write_text(states)
        (self.folder / "seconds").write_text(str(seconds))
        (self.folder / "status").write_text(str(status))


@contextlib.contextmanager
def printer() -> Iterator[Eve]:
    """Start it; skips where that is not possible."""
    if os.geteuid() != 0 or any(shutil.which(tool) is None for tool in _TOOLS):
        pytest.skip("a real IPP printer needs root, cups-ipp-utils, avahi-daemon and dbus")
    with tempfile.TemporaryDirectory(prefix="ippeve-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "spool").mkdir()
        (folder / "avahi.conf").write_text(
            "[server]\nuse-ipv4=yes\nuse-ipv6=no\nallow-interfaces=lo\nenable-dbus=yes\n"
        )
        command = folder / "command"
        command.write_text(_COMMAND.format(base=folder))
        command.chmod(0o755)
        log = (folder / "log").open("wb")
        child = subprocess.Popen(
            [
                "unshare",
                "-n",
                "-m",
                "-p",
                "--fork",
                "--kill-child",
                "sh",
                "-c",
                _SCRIPT.format(base=folder, port=PORT),
            ],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            eve = Eve(folder, _inner(child.pid))
            eve.next_job()
            _wait(eve, child)
            yield eve
        finally:
            child.kill()
            child.wait()
            log.close()


def _inner(pid: int) -> int:
    """Return the pid of the first process inside the namespace: the only child of unshare."""
    ends_s = time.monotonic() + _READY_S
    while time.monotonic() < ends_s:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if found:
            return int(found[0])
        time.sleep(0.02)
    return pytest.fail("unshare started nothing")


def _wait(eve: Eve, child: "subprocess.Popen[bytes]") -> None:
    ends_s = time.monotonic() + _READY_S
    knock = f"import socket; socket.create_connection(('localhost', {PORT}), 1)"
    while time.monotonic() < ends_s:
        assert child.poll() is None, (eve.folder / "log").read_text()
        if eve.run([sys.executable, "-c", knock]).returncode == 0:
            return
        time.sleep(0.2)
    pytest.fail((eve.folder / "log").read_text())
