"""What the daemon uses: readings against psutil's and the kernel's, and one heap for all threads."""

import platform
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.exposition import footprint

HEAPS = """
import ctypes, sys, threading
from agent.exposition import footprint
if sys.argv[1] == "shared":
    footprint.share_one_heap()
meet = threading.Barrier(6)
def work():
    held = [ctypes.create_string_buffer(5000) for _ in range(100)]
    meet.wait()
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
libc.free(ctypes.c_void_p(libc.malloc(30 << 20)))
large = libc.malloc(20 << 20)
stream = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, stream)
libc.fflush(stream)
"""
MAPPED = re.compile(r'<total type="mmap" count="(\d+)"')
needs_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="needs glibc, whose heaps these are"
)


def test_a_reading_is_of_this_process() -> None:
    found = footprint.read()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    assert abs(found.resident_bytes - 1024 * int(status["VmRSS"].split()[0])) < 1 << 20
    assert found.threads_count == int(status["Threads"])
    assert found.open_fds_count == pytest.approx(len([*Path("/proc/self/fd").iterdir()]), abs=1)
    assert 0 < found.cpu_s < time.process_time() + 1
    assert found.started_s < time.time()


def malloc_info(how: str) -> str:
    root = Path(__file__).parents[3]
    argv = [sys.executable, "-c", HEAPS, how]
    done = subprocess.run(argv, capture_output=True, check=True, text=True, cwd=root, timeout=30)
    return done.stdout


@needs_glibc
def test_threads_share_one_heap() -> None:
    assert malloc_info("as it is").count("<heap nr=") > 1  # what it is there for
    assert malloc_info("shared").count("<heap nr=") == 1


@needs_glibc
def test_a_large_block_is_kept_out_of_the_heap_after_a_larger_one_was_freed() -> None:
    as_it_is, shared = MAPPED.search(malloc_info("as it is")), MAPPED.search(malloc_info("shared"))
    assert as_it_is
    assert shared
    assert int(shared[1]) == int(as_it_is[1]) + 1
