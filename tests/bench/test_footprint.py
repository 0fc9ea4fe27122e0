"""Sums over a process and its descendants, on real processes."""

import os
import subprocess
import sys

import psutil
import pytest

from bench import footprint

PARENT = """
import subprocess, sys, threading, time
held = [open("/dev/null") for _ in range(7)]
child = subprocess.Popen([sys.executable, "-c", "x = bytearray(20 << 20); print('up', flush=True); input()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("up", flush=True)
input()
"""


@pytest.fixture
def parent():
    argv = [sys.executable, "-c", PARENT]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"up\n"
        yield process
        process.kill()


def test_the_tree_is_summed(parent):
    found = footprint.read(parent.pid)
    family = [psutil.Process(parent.pid), *psutil.Process(parent.pid).children(recursive=True)]
    assert found.processes_count == len(family) == 2
    assert found.threads_count == sum(one.num_threads() for one in family) == 3
    assert found.fds_count == sum(one.num_fds() for one in family)
    rss_kib = sum(one.memory_info().rss for one in family) / 1024
    assert abs(found.rss_kib - rss_kib) < 1024
    assert found.uss_kib >= 20 << 10
    assert found.uss_kib <= found.pss_kib <= found.rss_kib


def test_alone_counts_children_but_not_what_they_use(parent):
    alone, together = footprint.read(parent.pid, is_alone=True), footprint.read(parent.pid)
    assert alone.processes_count == together.processes_count == 2
    assert alone.rss_kib < together.rss_kib - (20 << 10)
    assert alone.fds_count < together.fds_count


def test_cpu_counts_children_that_ended():
    before_s = footprint.read(os.getpid()).cpu_s
    subprocess.run([sys.executable, "-c", "sum(range(10**7))"], check=True)
    assert footprint.read(os.getpid()).cpu_s > before_s + 0.05


def test_a_process_that_is_gone_counts_as_nothing():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert footprint.read(process.pid)[:4] == (0, 0, 0, 0.0)
