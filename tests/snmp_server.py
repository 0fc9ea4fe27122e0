"""Printers that are not there: snmpsim answers for them from recordings, each by its file's name.

    with printers(folder) as port:
        reading.read(Printer(name="front", host="127.0.0.1", snmp=Snmp(port=port, community="jam")))

snmpsim runs in an environment of its own, DESKREADY_SNMPSIM or the checkout's .venv-snmpsim, which is
made on demand. It gives up root, so its Python must be one that everybody may read: the system's.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = ROOT / "tests/recordings/printers"
REAL = ROOT.parent / "shared/data/printers/snmprec"
_READY_S = 60.0
# The SNMPv3 user of every printer; the context is the file's name.
V3 = {"user": "deskready", "auth": "authpass123", "privacy": "privpass123"}
V3_USER = (
    f"--v3-user={V3['user']}",
    f"--v3-auth-key={V3['auth']}",
    "--v3-auth-proto=SHA256",
    f"--v3-priv-key={V3['privacy']}",
    "--v3-priv-proto=AES",
)
_NOBODY = ("--process-user=nobody", "--process-group=nogroup")


@contextlib.contextmanager
def printers(
    *folders: Path, extra: Mapping[str, str] | None = None, port: int = 0, address: str = "127.0.0.1"
) -> Iterator[int]:
    """Serve every *.snmprec of `folders`, and `extra` by name, on a port (0: a free one); yield the port."""
    with tempfile.TemporaryDirectory(prefix="snmpsim-") as name:
        base = Path(name)
        data, cache, log = base / "data", base / "cache", base / "log"
        for folder in (data, cache, log):
            folder.mkdir()
        for source in folders:
            for path in source.glob("*.snmprec"):
                shutil.copy(path, data)
        for community, text in (extra or {}).items():
            (data / f"{community}.snmprec").write_text(text)
        port = port or free_port()
        child = _started(base, address, port)
        try:
            _wait(child, port, log / "log")
            yield port
        finally:
            child.terminate()
            child.wait(10)


def overlay(base: str, changes: Mapping[str, str]) -> str:
    """Return a recording with cells replaced, added or, where the new one is "", taken out.

    `changes` has the name of a cell ("1.3.6…") and its type and value as snmprec writes them ("2|5").
    """
    cells = dict(line.split("|", 1) for line in base.splitlines() if "|" in line)
    cells = {name: cell for name, cell in {**cells, **changes}.items() if cell}
    ordered = sorted(cells, key=lambda name: [int(arc) for arc in name.split(".")])
    return "".join(f"{name}|{cells[name]}\n" for name in ordered)


def command(base: Path, address: str, port: int) -> list[str]:
    """Return the command that serves `base`/data; `base` needs the folders data, cache and log."""
    argv = [
        str(_environment() / "bin/snmpsim-command-responder"),
        f"--cache-dir={base / 'cache'}",
        f"--logging-method=file:{base / 'log/log'}",
        "--log-level=error",
        "--v3-engine-id=auto",  # before the folder of data, or no endpoint is found
        *V3_USER,
        f"--data-dir={base / 'data'}",
        f"--agent-udpv4-endpoint={address}:{port}",
    ]
    if os.geteuid() == 0:  # it refuses to stay root
        argv[1:1] = _NOBODY
        for path in (base, *base.rglob("*")):
            os.chown(path, _uid("nobody"), -1)
    return argv


def _started(base: Path, address: str, port: int) -> "subprocess.Popen[bytes]":
    argv = command(base, address, port)
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


def _environment() -> Path:
    """Return snmpsim's environment, made if it is missing. Skips where that is not possible."""
    folder = Path(os.environ.get("DESKREADY_SNMPSIM") or ROOT / ".venv-snmpsim")
    if (folder / "bin/snmpsim-command-responder").exists():
        return folder
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else "python3"
    pip = [str(folder / "bin/python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    try:
        subprocess.run([python, "-m", "venv", str(folder)], check=True, capture_output=True)
        subprocess.run(
            [*pip, "--require-hashes", "-r", str(ROOT / "requirements/snmpsim.txt")],
            check=True,
            capture_output=True,
            timeout=300,
        )
    except (OSError, subprocess.SubprocessError):
        pytest.skip("needs snmpsim: make .venv-snmpsim/.installed")
    return folder


def _wait(child: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Wait until something answers, be it to a community that it does not know."""
    ends_s = time.monotonic() + _READY_S
    while time.monotonic() < ends_s:
        if child.poll() is not None:
            pytest.fail(f"snmpsim ended: {log.read_text() if log.exists() else child.returncode}")
        if _is_bound(port):
            return
        time.sleep(0.05)
    pytest.fail("snmpsim did not start")


def _is_bound(port: int) -> bool:
    """Whether a UDP socket of this host has the port: the simulator opens it when its data are read."""
    wanted = f":{port:04X}"
    table = Path("/proc/net/udp").read_text()
    return any(re.match(rf"\s*\d+: \S+{wanted} ", line) for line in table.splitlines())


def free_port() -> int:
    """Return a UDP port of the loopback that nobody has just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _uid(name: str) -> int:
    import pwd  # noqa: PLC0415  not on Windows, where nobody is root

    return pwd.getpwnam(name).pw_uid
