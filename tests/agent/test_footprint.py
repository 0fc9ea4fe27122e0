"""What the daemon uses: readings against psutil's and the kernel's, and one heap for all threads."""

import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent import footprint

HEAPS = """
import ctypes, hashlib, sys, threading
from agent import footprint
if sys.argv[1] == "one":
    footprint.share_one_heap()
meet = threading.Barrier(6)
def work():
    held = [ctypes.create_string_buffer(5000) for _ in range(100)]
    meet.wait()
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info(0, ctypes.c_void_p(stream := libc.fdopen(1, b"w")))
libc.fflush(ctypes.c_void_p(stream))
"""


def test_a_reading_is_of_this_process() -> None:
    found = footprint.read()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    assert abs(found.resident_bytes - 1024 * int(status["VmRSS"].split()[0])) < 1 << 20
    assert found.threads_count == int(status["Threads"])
    assert found.open_fds_count == pytest.approx(len([*Path("/proc/self/fd").iterdir()]), abs=1)
    assert 0 < found.cpu_s < time.process_time() + 1
    assert found.started_s < time.time()


def heaps(how: str) -> int:
    root = Path(__file__).parents[2]
    argv = [sys.executable, "-c", HEAPS, how]
    done = subprocess.run(argv, capture_output=True, check=True, text=True, cwd=root, timeout=30)
    return done.stdout.count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc, whose heaps these are")
def test_threads_share_one_heap() -> None:
    assert heaps("many") > 1  # what it is there for
    assert heaps("one") == 1
