"""One question: honest, hostile and silent servers, and the OS's resolver under a time limit."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netbox_server
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netbox import CORE, GATEWAY, Box, desk_in_a_box

from checks.io import dns
from checks.model import ProbeError

ASK = """
import json, sys, time
from checks.io import dns
server, name = sys.argv[1:]
started_s = time.monotonic()
got = dns.ask(server, name, dns.NS if name == "." else dns.A, timeout_s=0.75)
answer = got and {"rcode": got.rcode, "addresses": got.addresses}
json.dump({"answer": answer, "took_s": time.monotonic() - started_s}, sys.stdout)
"""
RESOLVE = """
import sys, time
from checks.io import dns
started_s = time.monotonic()
print(*dns.addresses_of(sys.argv[1], timeout_s=1.0))
print(time.monotonic() - started_s)
"""
NAIVE = """
import socket, sys
from checks.io import dns
wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
wire.settimeout(0.75)
wire.sendto(dns.encode(7, "core.desk.test", dns.A), (sys.argv[1], 53))
print(len(wire.recv(4096)))
"""
QUERY = dns.encode(0x1234, "core.desk.test", dns.A)
HONEST = netbox_server.reply(QUERY)


@pytest.fixture(scope="module")
def shared_box() -> Iterator[Box]:
    with desk_in_a_box() as box:
        yield box


@pytest.fixture
def box(shared_box: Box) -> Iterator[Box]:
    yield shared_box
    shared_box.dns("ok")


def ask(box: Box, name: str, server: str = GATEWAY) -> Any:
    done = box.run([sys.executable, "-c", ASK, server, name])
    assert done.returncode == 0, done.stderr.decode()
    got = json.loads(done.stdout)
    assert got["took_s"] < 1.5
    return got["answer"]


@pytest.mark.root
@pytest.mark.parametrize("mode", ["ok", "noise_then_ok"])
def test_the_right_answer_is_found(box: Box, mode: str) -> None:
    box.dns(mode)
    assert ask(box, "core.desk.test") == {"rcode": 0, "addresses": [CORE]}
    assert ask(box, "nowhere.desk.test") == {"rcode": 3, "addresses": []}
    assert ask(box, ".") == {"rcode": 0, "addresses": []}


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["wrong_id", "query_again", "wrong_question", "cut_short", "many_records"])
def test_a_wrong_answer_is_none(box: Box, mode: str) -> None:
    box.dns(mode)
    assert ask(box, "core.desk.test") is None
    fooled = box.run([sys.executable, "-c", NAIVE, GATEWAY])
    assert int(fooled.stdout) > 12  # who takes the first datagram for the answer has one


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["silent", "garbage"])
def test_silence_and_garbage_end_in_time(box: Box, mode: str) -> None:
    box.dns(mode)
    assert ask(box, "core.desk.test") is None


@pytest.mark.root
@pytest.mark.slow
def test_a_refusing_host_is_known_at_once(box: Box) -> None:
    assert ask(box, "core.desk.test", "10.77.0.2") is None


@pytest.mark.root
@pytest.mark.slow
def test_the_answer_of_another_host_does_not_count(box: Box) -> None:
    box.filter(f"ip saddr {GATEWAY} udp sport 53 ip saddr set 10.77.0.9")
    assert ask(box, "core.desk.test") is None
    fooled = box.run([sys.executable, "-c", NAIVE, GATEWAY])
    box.mend()
    assert int(fooled.stdout) > 12  # an unconnected socket takes it


@pytest.mark.root
@pytest.mark.slow
def test_the_resolver_of_the_os_is_given_up_in_time(box: Box) -> None:
    assert box.run([sys.executable, "-c", RESOLVE, "core.desk.test"]).stdout.split()[0] == CORE.encode()
    box.kill_dns()
    took_s = float(box.run([sys.executable, "-c", RESOLVE, "core.desk.test"]).stdout)
    assert took_s < 2
    direct = "import socket; socket.getaddrinfo('core.desk.test', 443)"
    with box.popen([sys.executable, "-c", direct], stderr=subprocess.DEVNULL) as child:
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(3)  # what would have held the daemon's thread
        child.kill()


def test_a_literal_address_needs_no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert dns.addresses_of("10.77.0.1", timeout_s=1) == ("10.77.0.1",)
    assert dns.addresses_of("fe80::1", timeout_s=1) == ("fe80::1",)
    with pytest.raises(ProbeError, match=r"tool\.missing"):
        dns.addresses_of("localhost", timeout_s=1)


@pytest.mark.skipif(shutil.which("getent") is None, reason="needs getent")
def test_the_hosts_file_counts_and_options_do_not() -> None:
    assert set(dns.addresses_of("localhost", timeout_s=2)) & {"127.0.0.1", "::1"}
    started_s = time.monotonic()
    assert dns.addresses_of("--help", timeout_s=2) == ()
    assert time.monotonic() - started_s < 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nameserver 10.0.0.1\n", ("10.0.0.1",)),
        ("# x\nsearch a\nnameserver 10.0.0.1 # y\nnameserver fe80::1%eth0\n", ("10.0.0.1", "fe80::1%eth0")),
        ("nameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\nnameserver 1.1.1.4\n", 3),
        ("nameserver evil.example\nnameserver 10.0.0.1\n", ("10.0.0.1",)),
    ],
)
def test_servers_of_the_os(tmp_path: Path, text: str, expected: Any) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/resolv.conf").write_text(text)
    got = dns.servers(str(tmp_path))
    assert expected in {got, len(got)}


def test_no_servers(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"dns\.unreadable"):
        dns.servers(str(tmp_path))
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/resolv.conf").write_text("search example\n")
    with pytest.raises(ProbeError, match=r"dns\.not_set"):
        dns.servers(str(tmp_path))


@pytest.mark.parametrize("name", ["a" * 64 + ".test", ".".join(["a" * 60] * 5), "\ud800.test"])
def test_names_that_cannot_be_asked_for(name: str) -> None:
    with pytest.raises(ProbeError, match=r"dns\.bad_name"):
        dns.encode(1, name, dns.A)


def test_a_name_in_chinese_is_asked_for_in_its_ascii_form() -> None:
    assert b"\x0axn--fiqs8s\x04test\0" in dns.encode(1, "中国.test.", dns.A)


def test_each_part_of_the_match_is_needed() -> None:
    """The honest reply is accepted; with any one part changed it is not."""
    assert dns.parse(HONEST, QUERY, 0.0).addresses == (CORE,)
    for at in (0, 1, 2, 5, 13, len(QUERY) - 3):  # id, id, QR, count, name, type
        changed = bytearray(HONEST)
        changed[at] ^= 0x81
        with pytest.raises(dns.Malformed):
            dns.parse(bytes(changed), QUERY, 0.0)


def test_case_of_the_name_may_change_and_truncation_is_told() -> None:
    assert dns.parse(HONEST.replace(b"core", b"CoRe"), QUERY, 0.0).addresses == (CORE,)
    assert dns.parse(HONEST[:2] + b"\x83" + HONEST[3:], QUERY, 0.0).is_truncated


@given(st.binary(max_size=300), st.integers(0, 64))
def test_any_tail_is_read_or_refused(tail: bytes, answers: int) -> None:
    head = QUERY[:2] + b"\x81\x80\0\x01" + answers.to_bytes(2, "big") + b"\0\0\0\0" + QUERY[12:]
    try:
        got = dns.parse(head + tail, QUERY, 0.0)
    except dns.Malformed:
        return
    assert len(got.addresses) <= answers
