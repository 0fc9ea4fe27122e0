"""Link, gateway, name service, internet and stability on a desk whose network really breaks."""

from collections.abc import Iterator
from typing import Any

import pytest
from netbox import CORE_URL, DESK, GATEWAY, GATEWAY6, INTERNET_URL, Box, desk_in_a_box

MAX_TOOK_S = 3.0


@pytest.fixture
def box() -> Iterator[Box]:
    with desk_in_a_box() as made:
        yield made


def codes(got: dict[str, Any]) -> list[str]:
    assert got["took_s"] < MAX_TOOK_S
    assert got["reason"] is None, got
    return [one["code"] for one in got["findings"]]


@pytest.mark.root
def test_a_whole_network_has_no_finding(box: Box) -> None:
    pages = {
        "internet": [INTERNET_URL, INTERNET_URL + "generate_204", CORE_URL + "to/https://login.example/"]
    }
    for check, target in (
        ("network.link", {}),
        ("network.gateway", {}),
        ("network.gateway", {"gateway": GATEWAY6}),
        ("network.dns", {}),
        ("network.dns", {"dns": ["core.desk.test", "internet.desk.test"]}),
        ("network.internet", pages),
        ("network.stability", {}),
    ):
        assert codes(box.check(check, target)) == [], check


@pytest.mark.root
@pytest.mark.slow
def test_a_pulled_cable_is_the_link_and_nothing_else_is_silent_for_long(box: Box) -> None:
    before = box.check("network.link")["facts"]
    box.cut_link()
    got = box.check("network.link")
    assert codes(got) == ["NET_LINK_DOWN"]
    assert got["findings"][0]["values"] == {"interface": "eth0"}
    assert got["facts"]["drops_count"] == before["drops_count"] + 1
    target = {"internet": [INTERNET_URL], "dns": ["core.desk.test"]}
    for check in ("network.gateway", "network.dns", "network.internet", "network.stability"):
        assert box.check(check, target)["took_s"] < MAX_TOOK_S, check
    box.restore_link()
    assert codes(box.check("network.link")) == []


@pytest.mark.root
def test_an_interface_that_is_gone_or_off_is_down(box: Box) -> None:
    assert codes(box.check("network.link", {"interface": "eth7"})) == ["NET_LINK_DOWN"]
    assert codes(box.check("network.link", {"interface": "eth0"})) == []
    box.on_desk("ip link set eth0 down")
    assert codes(box.check("network.link", {"interface": "eth0"})) == ["NET_LINK_DOWN"]


@pytest.mark.root
@pytest.mark.slow
def test_bridges_of_containers_are_no_link(box: Box) -> None:
    """A veth pair with a carrier is not the desk's network, unless the default route runs over it."""
    box.on_desk("ip link add veth1 type veth peer name veth2; ip link set veth1 up; ip link set veth2 up")
    assert box.check("network.link")["facts"]["interface"] == "eth0"
    box.forget_route()
    assert codes(box.check("network.link")) == ["NET_LINK_DOWN"]
    box.on_desk("ip route add default dev veth1")
    assert box.check("network.link")["facts"]["interface"] == "veth1"


@pytest.mark.root
def test_a_dead_gateway(box: Box) -> None:
    box.remove_gateway()
    got = box.check("network.gateway")
    assert codes(got) == ["NET_GATEWAY"]
    assert got["findings"][0]["values"] == {"gateway": GATEWAY}
    assert got["took_s"] < 2
    assert codes(box.check("network.link")) == []
    box.restore_gateway()
    assert codes(box.check("network.gateway")) == []


@pytest.mark.root
@pytest.mark.slow
def test_no_route_and_a_route_without_a_router(box: Box) -> None:
    box.forget_route()
    assert codes(box.check("network.gateway")) == ["NET_GATEWAY"]
    assert box.check("network.stability")["reason"] == "network.no_route"
    box.on_desk("ip route add default dev eth0")
    got = box.check("network.gateway")
    assert (got["reason"], got["is_absent"]) == ("network.no_gateway_address", True)


@pytest.mark.root
@pytest.mark.slow
def test_a_gateway_that_drops_echo_still_answers_otherwise(box: Box) -> None:
    box.drop_echo()
    got = box.check("network.gateway")
    assert codes(got) == []
    assert got["facts"]["method"] == "tcp"


@pytest.mark.root
@pytest.mark.slow
def test_silence_of_a_gateway_that_is_there_is_judged_by_what_it_did_before(box: Box) -> None:
    healthy = box.check("network.gateway")["facts"]
    box.silence_gateway()
    assert box.check("network.gateway")["reason"] == "network.gateway_silent"
    assert codes(box.check("network.gateway", previous=healthy)) == ["NET_GATEWAY"]
    assert codes(box.check("network.gateway", {"gateway": GATEWAY})) == ["NET_GATEWAY"]
    assert box.check("network.stability")["reason"] == "network.gateway_silent"


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize(("path", "method"), [("", "ping"), ("/nonexistent", "tcp")])
def test_other_methods_find_the_same(box: Box, path: str, method: str) -> None:
    box.permit_ping(is_permitted=False)
    env = {"PATH": path} if path else None
    for check in ("network.gateway", "network.stability"):
        got = box.check(check, env=env)
        assert codes(got) == []
        assert got["facts"]["method"] == method
    box.remove_gateway()
    assert codes(box.check("network.gateway", env=env)) == ["NET_GATEWAY"]
    assert box.check("network.stability", env=env)["took_s"] < MAX_TOOK_S


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "names"),
    [
        ("silent", ()),
        ("silent", ("core.desk.test", "internet.desk.test")),
        ("wrong_id", ("core.desk.test",)),
        ("garbage", ()),
    ],
)
def test_a_name_server_that_does_not_answer(box: Box, mode: str, names: tuple[str, ...]) -> None:
    box.dns(mode)
    got = box.check("network.dns", {"dns": names})
    assert codes(got) == ["NET_DNS"]
    assert got["took_s"] < 2.5
    box.dns("ok")
    assert codes(box.check("network.dns")) == []


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["nxdomain", "servfail"])
def test_names_must_resolve_where_the_settings_name_them(box: Box, mode: str) -> None:
    box.dns(mode)
    assert codes(box.check("network.dns", {"dns": ["core.desk.test"]})) == ["NET_DNS"]
    assert codes(box.check("network.dns")) == []  # the server is alive; more was not asked for
    box.dns("ok")
    got = box.check("network.dns", {"dns": ["core.desk.test", "nowhere.desk.test"]})
    assert got["findings"][0]["values"] == {"resolved": 1, "names": 2}


@pytest.mark.root
@pytest.mark.slow
def test_the_next_name_server_is_asked(box: Box) -> None:
    (box.folder / "resolv.conf").write_text(
        f"nameserver 10.77.0.77\nnameserver {DESK}\nnameserver {GATEWAY}\n"
    )
    got = box.check("network.dns", {"dns": ["core.desk.test"]})
    assert codes(got) == []
    assert got["facts"]["servers_count"] == 3
    box.kill_dns()
    assert codes(box.check("network.dns", {"dns": ["core.desk.test"]})) == ["NET_DNS"]


@pytest.mark.root
@pytest.mark.slow
def test_the_internet_is_gone(box: Box) -> None:
    target = {"internet": [INTERNET_URL, INTERNET_URL + "generate_204", CORE_URL]}
    box.cut_internet()
    got = box.check("network.internet", {"internet": [INTERNET_URL, INTERNET_URL + "generate_204"]})
    assert codes(got) == ["NET_INTERNET"]
    assert got["facts"]["outcomes"] == ["timeout", "timeout"]
    assert codes(box.check("network.gateway")) == []
    box.mend()
    assert codes(box.check("network.internet", target)) == []
    assert codes(box.check("network.internet", target, params={"ok_if_any": False})) == ["NET_INTERNET"]


@pytest.mark.root
def test_a_captive_portal_is_no_internet(box: Box) -> None:
    box.web("portal")
    got = box.check("network.internet", {"internet": [INTERNET_URL]})
    assert codes(got) == ["NET_INTERNET"]
    assert got["facts"]["captive_portal"]
    box.web("511")
    assert box.check("network.internet", {"internet": [INTERNET_URL]})["facts"]["captive_portal"]
    box.web("503")  # a page in trouble is still the internet
    assert codes(box.check("network.internet", {"internet": [INTERNET_URL]})) == []


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("path", ["slow_headers", "slow_body", "silent", "endless_headers", "garbage"])
def test_hostile_pages_hold_nobody_up(box: Box, path: str) -> None:
    assert codes(box.check("network.internet", {"internet": [INTERNET_URL + path] * 3})) == ["NET_INTERNET"]


@pytest.mark.root
@pytest.mark.slow
def test_counted_loss_makes_the_network_unstable(box: Box) -> None:
    box.drop(5)
    first = box.check("network.stability")
    assert first["facts"]["loss_pct_5m"] == 20.0
    assert codes(first) == []  # ten probes are too few for a verdict on 20 %
    second = box.check("network.stability", previous=first["facts"])
    assert codes(second) == ["NET_UNSTABLE"]
    assert second["findings"][0] == {
        "code": "NET_UNSTABLE",
        "values": {"loss": 20.0, "drops": 0},
        "is_warning": False,
    }
    samples = {(one["metric"], *one["labels"].values()): one["value"] for one in second["samples"]}
    assert samples["deskready_network_loss_ratio", "gateway"] == 0.2
    assert 0 < samples["deskready_network_round_trip_seconds", "gateway", "0.95"] < 1
    box.mend()
    third = box.check("network.stability", previous=second["facts"])
    assert third["facts"]["loss_pct_5m"] == 13.3
    assert third["findings"][0]["is_warning"]


@pytest.mark.root
@pytest.mark.slow
def test_a_cable_that_comes_and_goes_makes_it_unstable(box: Box) -> None:
    first = box.check("network.stability")
    for _ in range(3):
        box.cut_link()
        box.on_desk("until [ $(cat /sys/class/net/eth0/carrier) = 0 ]; do sleep 0.01; done")
        box.restore_link()
        box.on_desk("until [ $(cat /sys/class/net/eth0/carrier) = 1 ]; do sleep 0.01; done")
    second = box.check("network.stability", previous=first["facts"])
    assert second["facts"]["link_drops_1h"] == 3
    assert [(one["code"], one["is_warning"]) for one in second["findings"]] == [("NET_UNSTABLE", True)]
