"""Echo by each of its three methods, forced one after the other, against a gateway of our own."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from netbox import GATEWAY, GATEWAY6, Box, desk_in_a_box

from checks.io import icmp
from checks.model import ProbeError

ECHO = """
import json, sys
from checks.io import icmp
call = json.load(sys.stdin)
got = getattr(icmp, call.pop("by"))(call.pop("address"), **call)
json.dump(got and {"method": got.method, "sent": got.sent_count, "rtts_s": got.rtts_s}, sys.stdout)
"""
# Answers echo requests in the kernel's place; "forge" changes one byte of the nonce.
RESPONDER = """
import socket, struct, sys
def total(data):
    value = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while value >> 16:
        value = (value & 0xffff) + (value >> 16)
    return ~value & 0xffff
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
print("ready", flush=True)
while True:
    packet, source = wire.recvfrom(512)
    request = packet[20:]
    if request[0] == 8:
        body = b"\\0\\0\\0\\0" + request[4:-1] + bytes([request[-1] ^ (sys.argv[1] == "forge")])
        wire.sendto(body[:2] + struct.pack("!H", total(body)) + body[4:], source)
"""


@pytest.fixture
def box() -> Iterator[Box]:
    with desk_in_a_box() as made:
        yield made


def echo(box: Box, by: str = "echo", prefix: tuple[str, ...] = (), path: str = "", **call: Any) -> Any:
    asked = {"by": by, "address": GATEWAY, "count": 3, "timeout_s": 0.8, **call}
    env = {"PATH": path} if path else None
    done = box.run([*prefix, sys.executable, "-c", ECHO], stdin=json.dumps(asked).encode(), env=env)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.root
@pytest.mark.parametrize("address", [GATEWAY, GATEWAY6])
def test_a_socket_needs_no_privilege(box: Box, address: str) -> None:
    setpriv = shutil.which("setpriv")
    assert setpriv
    bare = (setpriv, "--bounding-set=-all", "--inh-caps=-all")
    raw = "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)"
    assert b"PermissionError" in box.run([*bare, sys.executable, "-c", raw]).stderr
    got = echo(box, prefix=bare, address=address)
    assert (got["method"], got["sent"], len(got["rtts_s"])) == ("icmp", 3, 3)


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("address", [GATEWAY, GATEWAY6])
def test_ping_is_used_where_the_socket_is_refused(box: Box, address: str) -> None:
    box.permit_ping(is_permitted=False)
    assert echo(box, by="by_socket", interval_s=0.1) is None
    got = echo(box, address=address)
    assert (got["method"], got["sent"], len(got["rtts_s"])) == ("ping", 3, 3)


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("address", [GATEWAY, GATEWAY6])
def test_tcp_is_used_where_ping_is_missing(box: Box, address: str) -> None:
    box.permit_ping(is_permitted=False)
    got = echo(box, path="/nonexistent", address=address)
    assert (got["method"], got["sent"], len(got["rtts_s"])) == ("tcp", 3, 3)


@pytest.mark.root
@pytest.mark.slow
def test_tcp_is_used_where_ping_may_not_send(box: Box) -> None:
    box.permit_ping(is_permitted=False)
    setpriv = shutil.which("setpriv")
    assert setpriv
    got = echo(box, prefix=(setpriv, "--bounding-set=-all", "--inh-caps=-all"))
    if got["method"] == "ping":
        pytest.skip("this ping needs no privilege that can be taken away")
    assert (got["method"], len(got["rtts_s"])) == ("tcp", 3)


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("by", ["by_socket", "by_ping", "by_tcp"])
def test_silence_is_counted_as_lost_in_time(box: Box, by: str) -> None:
    box.remove_gateway()
    got = echo(box, by=by, interval_s=0.1) if by == "by_socket" else echo(box, by=by)
    assert (got["sent"], got["rtts_s"]) == (3, [])


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("is_permitted", [True, False])
def test_without_a_route_every_probe_is_lost(box: Box, is_permitted: bool) -> None:
    box.permit_ping(is_permitted=is_permitted)
    box.on_desk("ip link set eth0 down")
    got = echo(box)
    assert got["rtts_s"] == []
    assert got["method"] == ("icmp" if is_permitted else "ping")


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize(("method", "is_permitted"), [("icmp", True), ("ping", False)])
def test_counted_loss_is_found_exactly(box: Box, method: str, is_permitted: bool) -> None:
    box.permit_ping(is_permitted=is_permitted)
    box.drop(5)
    got = echo(box, count=10, timeout_s=2.4)
    assert (got["method"], got["sent"], len(got["rtts_s"])) == (method, 10, 8)
    box.mend()
    assert len(echo(box, count=10, timeout_s=2.4)["rtts_s"]) == 10


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize(("what", "answered"), [("honest", 3), ("forge", 0)])
def test_only_our_own_nonce_counts(box: Box, what: str, answered: int) -> None:
    box.on_gateway("echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all")
    enter = ["nsenter", "-t", str(box.gateway_pid), "--net", sys.executable, "-c", RESPONDER, what]
    with subprocess.Popen(enter, stdout=subprocess.PIPE) as responder:
        try:
            assert responder.stdout
            assert responder.stdout.readline() == b"ready\n"
            got = echo(box, by="by_socket", interval_s=0.1)
        finally:
            responder.kill()
    assert len(got["rtts_s"]) == answered


@pytest.mark.root
@pytest.mark.slow
def test_a_reply_from_elsewhere_does_not_count(box: Box) -> None:
    """A second address answers for the first: nft rewrites the reply's source on its way out."""
    rewrite = f"ip saddr {GATEWAY} icmp type echo-reply ip saddr set 10.77.0.9"
    assert len(echo(box, by="by_socket", interval_s=0.1)["rtts_s"]) == 3
    box.filter(rewrite)
    seen = box.run(["ping", "-n", "-c", "1", "-W", "1", GATEWAY]).stdout
    if b"DIFFERENT ADDRESS" not in seen:
        pytest.skip("the reply from the other address does not arrive here, so nothing would be shown")
    assert echo(box, by="by_socket", interval_s=0.1)["rtts_s"] == []


@pytest.mark.root
@pytest.mark.slow
def test_ipv6_link_local_needs_its_interface(box: Box) -> None:
    text = subprocess.run(
        ["nsenter", "-t", str(box.gateway_pid), "--net", "ip", "-6", "-o", "addr", "show", "scope", "link"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    address = text.split("inet6 ")[1].split("/")[0]
    settled = "for _ in $(seq 50); do ip -6 addr | grep -q tentative || exit 0; sleep 0.1; done; exit 1"
    box.on_gateway(settled)
    box.on_desk(settled)
    got = echo(box, by="by_socket", interval_s=0.1, address=f"{address}%eth0")
    assert len(got["rtts_s"]) == 3


IPUTILS = b"""PING 10.77.0.1 (10.77.0.1) 56(84) bytes of data.
64 bytes from 10.77.0.1: icmp_seq=1 ttl=64 time=0.045 ms
64 bytes from 10.77.0.1: icmp_seq=1 ttl=64 time=0.145 ms (DUP!)
64 bytes from 10.77.0.1: icmp_seq=3 ttl=64 time=12.5 ms

--- 10.77.0.1 ping statistics ---
3 packets transmitted, 2 received, +1 duplicates, 33.3333% packet loss, time 2003ms
rtt min/avg/max/mdev = 0.045/6.272/12.5/6.227 ms
"""
BUSYBOX = b"""PING 10.77.0.1 (10.77.0.1): 56 data bytes
64 bytes from 10.77.0.1: seq=0 ttl=64 time=0.064 ms
64 bytes from 10.77.0.1: seq=1 ttl=64 time=0.080 ms

--- 10.77.0.1 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = 0.064/0.072/0.080 ms
"""


def test_what_ping_prints() -> None:
    for printed, sent, rtts_ms in ((IPUTILS, 3, (0.045, 12.5)), (BUSYBOX, 2, (0.064, 0.08))):
        got = icmp.parse_ping(printed, b"", sent)
        assert got is not None
        assert (got.method, got.sent_count) == ("ping", sent)
        assert [1000 * rtt_s for rtt_s in got.rtts_s] == pytest.approx(rtts_ms)
    assert icmp.parse_ping(b"", b"ping: connect: Network is unreachable\n", 3) == icmp.Echoes("ping", 3, ())
    assert icmp.parse_ping(b"", b"ping: permission denied (are you root?)\n", 3) is None


@pytest.mark.parametrize("address", ["", "router.example", "10.77.0", "10.77.0.1 -f", "::1::2"])
def test_a_name_is_no_address(address: str) -> None:
    if address == "10.77.0":  # an old way to write 10.77.0.0, which the C library still takes
        assert icmp._numeric(address)[1][0] == "10.77.0.0"
        return
    with pytest.raises(ProbeError, match=r"network\.bad_address"):
        icmp._numeric(address)
