"""The firewall's verdict, in network namespaces, with a peer outside that proves what the verdict says."""

import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from controls import until
from netbox import DESK, Box, desk_in_a_box

from checks.model import NoParams, ProbeError
from checks.security import firewall

CONNECT = f"import socket; socket.create_connection(('{DESK}', 8080), 1.5)"
LISTEN = "import socket; s = socket.create_server(('', 8080)); print(flush=True)\nwhile True: s.accept()"
BASE = "add table inet f; add chain inet f input {{ type filter hook input priority 0; policy {policy}; }}"


@pytest.fixture(scope="module")
def shared_box() -> Iterator[Box]:
    with desk_in_a_box() as box:
        child = box.popen([sys.executable, "-c", LISTEN], stdout=-1)
        assert child.stdout
        child.stdout.readline()
        yield box


@pytest.fixture
def box(shared_box: Box) -> Iterator[Box]:
    yield shared_box
    shared_box.on_desk("nft flush ruleset")


def is_open_to_a_peer(box: Box) -> bool:
    child = box.popen_on_gateway([sys.executable, "-c", CONNECT], stderr=-3)
    until(lambda: child.poll() is not None, 30)
    return child.returncode == 0


def findings(box: Box, **env: str) -> list[bool]:
    got = box.check("security.firewall", env=env or None)
    assert got["reason"] is None, got
    assert got["facts"]["source"] == "nft"
    return [one["is_warning"] for one in got["findings"]]


OFF, WARNED, GOOD = [False], [True], []
RULESETS = [
    ("", OFF, True),
    (BASE.format(policy="accept"), WARNED, True),
    (BASE.format(policy="drop"), GOOD, False),
    (BASE.format(policy="drop") + "; add rule inet f input ct state established accept", GOOD, False),
    (BASE.format(policy="accept") + "; add rule inet f input counter reject", GOOD, False),
    (BASE.format(policy="accept") + "; add rule inet f input tcp dport 22 drop", WARNED, True),
    (BASE.format(policy="drop") + "; add rule inet f input counter accept", WARNED, True),
    (BASE.format(policy="drop").replace("hook input", "hook forward"), OFF, True),
    (BASE.format(policy="drop").replace("inet", "ip"), OFF, False),  # IPv6 has no rules, and an address
    (
        BASE.format(policy="accept") + ";" + BASE.format(policy="drop").replace("inet f", "inet g"),
        GOOD,
        False,
    ),
]


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize(("rules", "expected", "is_open"), RULESETS)
def test_the_verdict_and_a_peer_agree(box: Box, rules: str, expected: list[bool], is_open: bool) -> None:
    box.on_desk(f"nft '{rules}'" if rules else "nft flush ruleset")
    assert findings(box) == expected
    assert is_open_to_a_peer(box) is is_open


@pytest.mark.root
@pytest.mark.slow
def test_rules_of_iptables_are_seen(box: Box) -> None:
    """What ufw uses: iptables on top of nftables."""
    box.on_desk("iptables-nft -P INPUT DROP; ip6tables-nft -P INPUT DROP")
    assert findings(box) == GOOD
    assert not is_open_to_a_peer(box)
    box.on_desk("iptables-nft -P INPUT ACCEPT")
    assert findings(box) == WARNED
    assert is_open_to_a_peer(box)


@pytest.mark.root
@pytest.mark.slow
def test_who_may_not_look_does_not_know(box: Box) -> None:
    box.on_desk(f"nft '{BASE.format(policy='drop')}'")
    asked = msgspec.json.encode({"check": "security.firewall", "target": {}})
    argv = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", sys.executable]
    done = box.run([*argv, "tests/one_check.py"], stdin=asked)
    assert msgspec.json.decode(done.stdout)["reason"] == "security.not_permitted"


def look(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, **tools: str) -> firewall.Facts:
    """Probe with scripts in the place of the tools that it runs."""
    for name, body in tools.items():
        path = tmp_path / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return firewall.probe(firewall.Computer(), NoParams())


def test_firewalld_is_believed_where_the_rules_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    denied = "echo 'Operation not permitted (you must be root)' >&2; exit 1"
    facts = look(monkeypatch, tmp_path, nft=denied, firewall_cmd="echo running")
    assert (facts.source, facts.ipv4, list(firewall.judge(facts, NoParams()))) == ("firewalld", "closed", [])


@pytest.mark.parametrize(
    ("tools", "code"),
    [
        ({}, "tool.missing"),
        ({"nft": "echo 'Operation not permitted' >&2; exit 1"}, "security.not_permitted"),
        ({"nft": "exit 1"}, "security.firewall_unreadable"),
        ({"nft": "exit 1", "firewall_cmd": "echo not running; exit 252"}, "security.firewall_unreadable"),
        ({"nft": "echo"}, "security.firewall_unreadable"),
        ({"nft": "echo '{}'"}, "security.firewall_unreadable"),
        ({"nft": """echo '{"nftables": [{"chain": {"hook": "input"}}]}'"""}, "security.firewall_unreadable"),
        ({"nft": """echo '{"nftables": [{"chain": 7}]}'"""}, "security.firewall_unreadable"),
    ],
)
def test_a_tool_that_fails_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, tools: dict[str, str], code: str
) -> None:
    with pytest.raises(ProbeError) as caught:
        look(monkeypatch, tmp_path, **tools)
    assert caught.value.code == code


def test_rules_that_nft_does_not_list_are_no_verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/ip_tables_names").write_text("nat\nfilter\n")
    (tmp_path / "nft").write_text("#!/bin/sh\necho '{\"nftables\": []}'\n")
    (tmp_path / "nft").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProbeError, match=r"security\.firewall_legacy"):
        firewall.probe(firewall.Computer(root=str(tmp_path)), NoParams())


def test_ipv6_counts_where_there_is_an_address() -> None:
    assert firewall.has_global_ipv6("fd770000000000000000000000000002 02 40 00 80 eth0\n")
    assert not firewall.has_global_ipv6("00000000000000000000000000000001 01 80 10 80 lo\n")
    assert not firewall.has_global_ipv6("fe800000000000000000000000000001 02 40 20 80 eth0\n")
    closed = firewall.Facts(("ipv4",), "closed", "none", has_ipv6=False, source="nft")
    assert list(firewall.judge(closed, NoParams())) == []
