"""The bench's hands on the desk: starts programs, asks them for /metrics, and times both from close by.

Run inside the desk's namespaces by `bench.desk`, with nothing installed (python -I -S), so that it weighs
little. A request is one JSON line {"op": …} on standard input and its answer one JSON line. The end of input
ends it, and what it started.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

POLL_S = 0.002
FRESH_POLL_S = 0.02  # a page takes the daemon half a millisecond: more often would be felt
WAIT_S = 30.0
_HOST = "127.0.0.1"
_FORM = "Content-Type: application/x-www-form-urlencoded"
_LAST_RUN = 'deskready_check_last_run_timestamp_seconds{{check="{}",device="{}"}} '
children: "dict[int, subprocess.Popen[bytes]]" = {}
started_s: dict[int, float] = {}  # time.monotonic() of the start, by process id


def get(port: int) -> bytes:
    """Return the whole answer to one GET /metrics over a new connection. Raises OSError."""
    with socket.create_connection((_HOST, port), timeout=WAIT_S) as wire:
        wire.sendall(f"GET /metrics HTTP/1.1\r\nHost: {_HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
        chunks = []
        while chunk := wire.recv(1 << 16):
            chunks.append(chunk)
    return b"".join(chunks)


def start(argv: list[str], env: dict[str, str], log: str, port: int) -> dict[str, Any]:
    """Start a program; answer with its process id and the seconds until its first good /metrics."""
    at_s, began_s = time.time(), time.monotonic()
    with open(log, "ab") as file:  # noqa: PTH123  pathlib is a megabyte that this process does without
        child = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    children[child.pid], started_s[child.pid] = child, began_s

    def serves() -> bool:
        with contextlib.suppress(OSError):
            return get(port).split(b" ", 2)[1:2] == [b"200"]
        return child.poll() is not None

    took_s = _wait(serves, POLL_S, began_s)
    return {"pid": child.pid, "at_s": at_s, "took_s": took_s if child.poll() is None else None}


def fresh(pid: int, at_s: float, port: int, rows: list[list[str]]) -> dict[str, Any]:
    """Answer with the seconds from the start of `pid` until all `rows` were measured after `at_s`."""

    def has_run() -> bool:
        return all(value > at_s for value in last_runs(get(port).decode(), rows))

    return {"took_s": _wait(has_run, FRESH_POLL_S, started_s[pid])}


def last_runs(page: str, rows: list[list[str]]) -> list[float]:
    """Return when each row last ran, a Unix time; 0 where the page does not say."""
    values = []
    for check, device in rows:
        _, _, rest = page.partition(_LAST_RUN.format(check, device))
        values.append(float(rest.partition("\n")[0] or 0))
    return values


def scrape(port: int, count: int) -> dict[str, Any]:
    """Ask `count` times, one after the other; answer with the milliseconds of each and the size of a page."""
    took_ms, page = [], b""
    for _ in range(count):
        began_s = time.perf_counter()
        page = get(port)
        took_ms.append(1000 * (time.perf_counter() - began_s))
    return {"took_ms": took_ms, "bytes": len(page)}


def visit(port: int, code: str, files: list[str], views: list[str]) -> dict[str, Any]:
    """Open the page with a code as a browser does; answer with its bytes, and the milliseconds of each view.

    The bytes are whole answers, head and body, of what a first visit loads: `files`, the exchange of the
    code, and the first of `views`.
    """
    with socket.create_connection((_HOST, port), timeout=WAIT_S) as wire:
        loaded = sum(len(ask(wire, f"GET {name}", "Accept-Encoding: gzip")) for name in ["/", *files])
        entered = ask(wire, "POST /enter", f"{_FORM}\r\nAccept: application/json", f"code={code}")
        token = "X-DeskReady-Token: " + json.loads(entered.partition(b"\r\n\r\n")[2])["token"]
        took_ms, sizes = [], []
        for name in views:
            began_s = time.perf_counter()
            shown = ask(wire, f"GET {name}", token)
            took_ms.append(1000 * (time.perf_counter() - began_s))
            sizes.append(len(shown))
    return {"bytes": loaded + len(entered) + sizes[0], "took_ms": took_ms}


def ask(wire: socket.socket, what: str, fields: str, body: str = "") -> bytes:
    """Return the whole good answer to one request. Raises OSError, RuntimeError."""
    host, port = wire.getpeername()
    head = f"{what} HTTP/1.1\r\nHost: {host}:{port}\r\n{fields}\r\nContent-Length: {len(body)}\r\n\r\n"
    wire.sendall(f"{head}{body}".encode())
    answer = b""
    while chunk := wire.recv(1 << 16):
        answer += chunk
        said, _, rest = answer.partition(b"\r\n\r\n")
        _, _, length = said.lower().partition(b"\r\ncontent-length: ")
        if length and len(rest) == int(length.partition(b"\r\n")[0]):
            break
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"{what}: {answer[:200]!r}")
    return answer


def wall(argv: list[str], env: dict[str, str]) -> dict[str, Any]:
    """Run a command to its end; answer with its seconds, its exit status and what it printed."""
    began_s = time.perf_counter()
    done = subprocess.run(argv, env=env, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    took_s = time.perf_counter() - began_s
    return {
        "took_s": took_s,
        "status": done.returncode,
        "stdout": done.stdout.decode(),
        "stderr": done.stderr.decode(),
    }


def stop(pid: int) -> dict[str, Any]:
    """End a program that was started here; killed if it does not end within ten seconds."""
    child = children.pop(pid)
    child.send_signal(signal.SIGTERM)
    try:
        status = child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        status = child.wait()
    return {"status": status}


def _wait(holds: Callable[[], bool], poll_s: float, began_s: float) -> float | None:
    """Return the seconds from `began_s` until `holds`; None where that takes too long."""
    while time.monotonic() - began_s < WAIT_S:
        if holds():
            return time.monotonic() - began_s
        time.sleep(poll_s)
    return None


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "start": start,
    "fresh": fresh,
    "scrape": scrape,
    "visit": visit,
    "wall": wall,
    "stop": stop,
}


def main() -> None:
    """Serve until standard input ends."""
    for line in sys.stdin:
        request = json.loads(line)
        answer = OPERATIONS[request.pop("op")](**request)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for child in children.values():
        child.kill()
    os._exit(0)


if __name__ == "__main__":
    main()
