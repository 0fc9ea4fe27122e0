import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from checks.io import tool
from checks.model import ProbeError

_SHELL = "/bin/sh"


def refused(argv, **options):
    with pytest.raises(ProbeError) as caught:
        tool.run(argv, **{"timeout_s": 5.0, **options})
    return caught.value.code


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone_soon(pid: int) -> bool:
    deadline = time.monotonic() + 3
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_alive(pid)


def test_output_status_and_input():
    done = tool.run([_SHELL, "-c", "cat; echo bad >&2; exit 3"], timeout_s=5.0, stdin=b"hello")
    assert (done.status, done.stdout, done.stderr) == (3, b"hello", b"bad\n")
    assert 0 < done.took_s < 5


def test_a_child_killed_by_a_signal_tells_which():
    assert tool.run([_SHELL, "-c", "kill -9 $$"], timeout_s=5.0).status == -signal.SIGKILL


def test_what_is_not_there_or_not_allowed_has_its_own_reason(tmp_path):
    locked = tmp_path / "locked"
    locked.write_text("#!/bin/sh\n")
    assert refused(["no-such-tool-at-all"]) == "tool.missing"
    assert refused([str(locked)]) == "tool.not_permitted"


def test_a_tool_that_hangs_ends_at_its_limit():
    started = time.monotonic()
    assert refused([_SHELL, "-c", "sleep 60"], timeout_s=0.3) == "tool.hung"
    assert time.monotonic() - started < 3


def test_a_tool_that_ignores_the_polite_signal_ends_too():
    assert refused([_SHELL, "-c", "trap '' TERM INT HUP; sleep 60 & wait"], timeout_s=0.3) == "tool.hung"


def test_a_flood_is_cut_off():
    assert refused(["yes"], timeout_s=20.0) == "tool.flood"
    assert refused([_SHELL, "-c", "yes >&2"], timeout_s=20.0) == "tool.flood"


def test_a_tool_that_writes_just_the_bound_is_no_flood():
    code = f"import sys; sys.stdout.write('x' * {tool.MAX_OUTPUT_BYTES})"
    assert len(tool.run([sys.executable, "-c", code], timeout_s=20.0).stdout) == tool.MAX_OUTPUT_BYTES


@pytest.mark.parametrize("ending", ["sleep 60", "exit 0"])
def test_a_grandchild_does_not_outlive_the_run(tmp_path, ending):
    pid_file = tmp_path / "pid"
    script = f"sleep 60 >/dev/null 2>&1 & echo $! > {pid_file}; {ending}"
    if ending == "exit 0":
        tool.run([_SHELL, "-c", script], timeout_s=5.0)
    else:
        assert refused([_SHELL, "-c", script], timeout_s=0.5) == "tool.hung"
    assert gone_soon(int(pid_file.read_text()))


def test_without_a_group_of_its_own_the_grandchild_lives_on(tmp_path):
    """What plain subprocess.run does at its time limit: the reason for the process group."""
    pid_file = tmp_path / "pid"
    script = f"sleep 60 >/dev/null 2>&1 & echo $! > {pid_file}; sleep 60"
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([_SHELL, "-c", script], timeout=0.5, check=False)
    left = int(pid_file.read_text())
    assert is_alive(left)
    os.kill(left, signal.SIGKILL)


def test_nothing_is_left_open_after_many_runs():
    def fds() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    tool.run(["true"], timeout_s=5.0)
    before = fds()
    for _ in range(30):
        tool.run(["true"], timeout_s=5.0)
        assert refused(["yes"], max_output_bytes=1000) == "tool.flood"
    assert fds() == before
    assert not [child for child in psutil.Process().children() if child.name() in {"true", "yes"}]
