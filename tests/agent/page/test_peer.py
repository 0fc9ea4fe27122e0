"""Who is at the other end of a loopback connection: asked of the real kernel, and of its table as text."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.page import peer

NOBODY = 65534
ROW = "   1: 0100007F:D431 0100007F:2673 {state} 0:0 00:0 00000000  {uid}        0 {inode} 1"
CLIENT = (
    "import encodings.idna, os, socket, sys; os.setuid(int(sys.argv[3]))\n"
    "sock = socket.create_connection((sys.argv[1], int(sys.argv[2]))); sys.stdin.read()"
)


@contextmanager
def caller(host: str, uid: int) -> Iterator[tuple[str, int, int]]:
    """Let a process of another user connect; gives its host and port and our port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        port = server.getsockname()[1]
        argv = [sys.executable, "-c", CLIENT, host, str(port), str(uid)]
        with subprocess.Popen(argv, stdin=subprocess.PIPE) as child:
            server.settimeout(20)
            sock, where = server.accept()
            with sock:
                yield where[0], where[1], port
            child.communicate(b"")


@pytest.mark.root
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("uid", [NOBODY, 0])
def test_the_kernel_names_the_user(host: str, uid: int) -> None:
    with caller(host, uid) as (their_host, their_port, port):
        assert peer.uid(their_host, their_port, port) == uid
        assert peer.uid(their_host, their_port, port + 1) == peer.UNKNOWN


def test_a_connection_that_is_not_there_belongs_to_nobody(tmp_path: Path) -> None:
    assert peer.uid("127.0.0.1", 1, 2) == peer.UNKNOWN
    assert peer.uid("127.0.0.1", 1, 2, tmp_path) == peer.UNKNOWN


def test_a_closed_socket_is_not_taken_for_roots() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        sock, where = server.accept()
        assert peer.uid(*where, port) == os.geteuid()
        client.close()  # the row stays, half closed, without an owner
        assert peer.uid(*where, port) == peer.UNKNOWN
        sock.close()


def test_only_an_established_row_of_both_ends_counts() -> None:
    local, end = "0100007F:D431", ":2673"
    good = ROW.format(state="01", uid=1000, inode=7)
    assert peer.find(f"sl header\n{good}", local, end) == 1000
    assert peer.find(ROW.format(state="05", uid=0, inode=0), local, end) == peer.UNKNOWN
    assert peer.find(good, local, ":2674") == peer.UNKNOWN
    assert peer.find("garbage " + local, local, end) == peer.UNKNOWN
