"""Run one tool of the operating system as a one-shot child: bounded in time, output and descendants.

The child leads a process group of its own; at the deadline the whole group is killed and the child is
waited for, so neither a grandchild nor a zombie is left. Output beyond the bound ends the child too, and so
does the end of this program: a tool that hangs does not outlive it.
"""

import atexit
import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

import msgspec

from checks.model import ProbeError

MAX_OUTPUT_BYTES = 64 * 1024
_READ_BYTES = 16 * 1024
_TOOL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_running: set[int] = set()  # process groups that are not ended yet


class Output(msgspec.Struct, frozen=True):
    """What a finished child left: exit status (negative: killed by that signal), bytes, seconds."""

    status: int
    stdout: bytes
    stderr: bytes
    took_s: float


def run(
    argv: Sequence[str],
    *,
    timeout_s: float,
    max_output_bytes: int = MAX_OUTPUT_BYTES,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> Output:
    """Run `argv` and return its output.

    Raises ProbeError "tool.missing" (not installed), "tool.not_permitted", "tool.hung" (killed at
    `timeout_s`) or "tool.flood" (wrote more than `max_output_bytes`), each with the tool's name.
    """
    name = os.path.basename(argv[0])  # noqa: PTH119  a name, not a path
    started_s = time.monotonic()
    child = _start(argv, name, env)
    _running.add(child.pid)
    try:
        stdout, stderr = _exchange(child, stdin, started_s + timeout_s, max_output_bytes, name)
        status = _wait(child, started_s + timeout_s, name)
    finally:
        _end_group(child)
        _running.discard(child.pid)
    return Output(status, stdout, stderr, time.monotonic() - started_s)


@atexit.register
def _end_all() -> None:
    """Kill what other threads still wait for when the program ends."""
    for group in tuple(_running):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _start(argv: Sequence[str], name: str, env: Mapping[str, str] | None) -> "subprocess.Popen[bytes]":
    child_env = {"PATH": os.environ.get("PATH", _TOOL_PATH), "LC_ALL": "C.UTF-8", **(env or {})}
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_env,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise ProbeError("tool.missing", tool=name) from None
    except OSError as error:
        raise ProbeError("tool.not_permitted", tool=name, error=os.strerror(error.errno or 0)) from None


def _exchange(
    child: "subprocess.Popen[bytes]", stdin: bytes, deadline_s: float, max_output_bytes: int, name: str
) -> tuple[bytes, bytes]:
    """Feed and read the three pipes until both outputs end."""
    assert child.stdin and child.stdout and child.stderr  # noqa: S101, PT018  Popen was given PIPE
    got: dict[int, bytearray] = {child.stdout.fileno(): bytearray(), child.stderr.fileno(): bytearray()}
    with contextlib.suppress(BrokenPipeError):  # a child may end without reading; its status tells
        child.stdin.write(stdin)
        child.stdin.close()
    with selectors.DefaultSelector() as selector:
        for fd in got:
            selector.register(fd, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline_s - time.monotonic()))
            if not ready:
                raise ProbeError("tool.hung", tool=name)
            for key, _ in ready:
                chunk = os.read(key.fd, _READ_BYTES)
                got[key.fd] += chunk
                if not chunk:
                    selector.unregister(key.fd)
            if sum(map(len, got.values())) > max_output_bytes:
                raise ProbeError("tool.flood", tool=name)
    return bytes(got[child.stdout.fileno()]), bytes(got[child.stderr.fileno()])


def _wait(child: "subprocess.Popen[bytes]", deadline_s: float, name: str) -> int:
    try:
        return child.wait(max(0.0, deadline_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise ProbeError("tool.hung", tool=name) from None


def _end_group(child: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of the child's group, close the pipes, reap the child."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    child.wait()
