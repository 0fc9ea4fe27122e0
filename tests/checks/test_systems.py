"""Company systems that open, fail, expire and vanish, over real TLS on a desk of our own."""

from collections.abc import Iterator
from typing import Any

import pytest
from netbox import CORE_URL, EXPIRED_URL, SELF_SIGNED_URL, Box, desk_in_a_box

from checks import systems
from checks.model import NoParams, ProbeError
from config.devices import System

pytestmark = [pytest.mark.root, pytest.mark.slow]


@pytest.fixture(scope="module")
def shared_box() -> Iterator[Box]:
    with desk_in_a_box() as box:
        yield box


@pytest.fixture
def box(shared_box: Box) -> Iterator[Box]:
    yield shared_box
    shared_box.mend()
    shared_box.dns("ok")
    shared_box.web("ok")


def check(box: Box, url: str = CORE_URL) -> dict[str, Any]:
    got = box.check("network.core_system", {"name": "core", "url": url, "ca_file": box.ca_file})
    assert got["reason"] is None, got
    assert got["took_s"] < 3.0
    return got


def reasons(got: dict[str, Any]) -> list[str]:
    assert all(one["code"] == "SYS_DOWN" for one in got["findings"])
    return [one["values"]["reason"] for one in got["findings"]]


def test_a_system_that_opens(box: Box) -> None:
    got = check(box)
    assert reasons(got) == []
    assert got["facts"]["http_status"] == 200
    assert 0 < got["facts"]["latency_ms"] < 1000
    assert 28 < got["facts"]["tls_days_left"] <= 30
    samples = {one["metric"]: (one["value"], one["labels"]) for one in got["samples"]}
    assert samples["deskready_network_loss_ratio"] == (0.0, {"target": "core"})
    labels = {"target": "core", "quantile": "0.5"}
    assert samples["deskready_network_round_trip_seconds"][1] == labels


@pytest.mark.parametrize("status", [200, 204, 301, 302, 400, 401, 403, 405, 429])
def test_an_answer_that_opens_something(box: Box, status: int) -> None:
    box.web(str(status))
    assert reasons(check(box)) == []


@pytest.mark.parametrize("status", [404, 410, 500, 502, 503, 504])
def test_an_answer_without_a_page(box: Box, status: int) -> None:
    box.web(str(status))
    assert reasons(check(box)) == [f"http_{status}"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (EXPIRED_URL, "tls_expired"),
        (SELF_SIGNED_URL, "tls_untrusted"),
        ("https://10.77.8.8/", "tls_other_host"),
        ("https://core.desk.test:444/", "refused"),
        ("https://nowhere.desk.test/", "name"),
        (CORE_URL + "silent", "timeout"),
        (CORE_URL + "slow_headers", "timeout"),
        (CORE_URL + "slow_body", "timeout"),
        (CORE_URL + "endless_headers", "not_http"),
        (CORE_URL + "close", "closed"),
    ],
)
def test_a_system_that_does_not_open(box: Box, url: str, reason: str) -> None:
    got = check(box, url)
    assert reasons(got) == [reason]
    assert got["facts"]["http_status"] is None
    assert [one["value"] for one in got["samples"]] == [1.0]


def test_a_system_behind_a_cut_line(box: Box) -> None:
    box.cut_core()
    assert reasons(check(box)) == ["timeout"]
    box.mend()
    assert reasons(check(box)) == []


def test_a_dead_name_server_does_not_hold_it_up(box: Box) -> None:
    box.kill_dns()
    assert set(reasons(check(box))) <= {"name", "timeout"}
    assert reasons(check(box)) != []


def test_settings_that_cannot_be_used_are_not_a_fault_of_the_system() -> None:
    with pytest.raises(ProbeError, match=r"http\.bad_url"):
        systems.probe(System(name="core", url="core.desk.test"), NoParams())
