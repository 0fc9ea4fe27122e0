"""One GET against pages that are honest, slow, endless, untrusted or somewhere else."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certificates
import pytest
from netbox import CORE_URL, EXPIRED_URL, INTERNET_URL, SELF_SIGNED_URL, Box, desk_in_a_box

from checks.io import http
from checks.model import ProbeError

TIMEOUT_S = 1.0
GET = """
import json, resource, sys, time
from checks.io import http
call = json.load(sys.stdin)
started_s = time.monotonic()
try:
    got = http.get(call["url"], timeout_s=call["timeout_s"], ca_file=call["ca_file"])
    answer = {"status": got.status, "location": got.location, "days": got.tls_days_left}
    answer["bytes"] = len(got.body)
except http.Failure as failure:
    answer = {"why": failure.why}
answer["took_s"] = time.monotonic() - started_s
answer["rss_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
json.dump(answer, sys.stdout)
"""
PER_READ_TIMEOUT = """
import http.client, sys
page = http.client.HTTPConnection("10.77.9.9", timeout=1)
page.request("GET", sys.argv[1])
page.getresponse().read()
"""
UNVERIFIED = """
import http.client, ssl, sys
trust = ssl._create_unverified_context()
page = http.client.HTTPSConnection("core.desk.test", int(sys.argv[1]), context=trust)
page.request("GET", "/")
print(page.getresponse().status)
"""
BY_ENVIRONMENT = (
    "import urllib.request as r; print(r.urlopen('http://internet.desk.test/', timeout=2).status)"
)


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


def get(box: Box, url: str, *, ca_file: str | None = None, env: dict[str, str] | None = None) -> Any:
    asked = {"url": url, "timeout_s": TIMEOUT_S, "ca_file": box.ca_file if ca_file is None else ca_file}
    done = box.run([sys.executable, "-c", GET], stdin=json.dumps(asked).encode(), env=env)
    assert done.returncode == 0, done.stderr.decode()
    got = json.loads(done.stdout)
    assert got["took_s"] < TIMEOUT_S + 0.8  # a child that has to be killed and started adds a little
    return got


@pytest.mark.root
def test_an_honest_page(box: Box) -> None:
    got = get(box, CORE_URL)
    assert (got["status"], got["bytes"]) == (200, 2)
    assert 28 < got["days"] <= 30
    plain = get(box, INTERNET_URL + "status/404?a=b")
    assert (plain["status"], plain["days"]) == (404, None)


@pytest.mark.root
@pytest.mark.slow
def test_a_redirect_is_told_and_not_followed(box: Box) -> None:
    got = get(box, INTERNET_URL + "to/http://10.77.0.1/status/500")
    assert (got["status"], got["location"]) == (302, "http://10.77.0.1/status/500")


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("path", ["slow_headers", "slow_body", "silent"])
def test_the_deadline_is_for_the_whole(box: Box, path: str) -> None:
    assert get(box, INTERNET_URL + path)["why"] == "timeout"
    assert get(box, CORE_URL + path)["why"] == "timeout"


@pytest.mark.root
@pytest.mark.slow
def test_a_time_limit_for_each_read_would_not_do(box: Box) -> None:
    """The negative control: a page that sends one byte at a time is still read after three limits."""
    with box.popen([sys.executable, "-c", PER_READ_TIMEOUT, "/slow_body"]) as child:
        box.run(["sleep", "3"])
        is_still_reading = child.poll() is None
        child.kill()
    assert is_still_reading


@pytest.mark.root
@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("endless_headers", "not_http"),
        ("endless_interim", "not_http"),
        ("garbage", "not_http"),
        ("close", "closed"),
    ],
)
def test_what_is_no_page(box: Box, path: str, why: str) -> None:
    assert get(box, INTERNET_URL + path)["why"] == why


@pytest.mark.root
@pytest.mark.slow
def test_a_body_is_read_to_its_bound_only(box: Box) -> None:
    small = get(box, INTERNET_URL)
    got = get(box, INTERNET_URL + "endless_body")
    assert (got["status"], got["bytes"]) == (200, http.MAX_BODY_BYTES)
    assert got["rss_kib"] - small["rss_kib"] < 4096


@pytest.mark.root
@pytest.mark.parametrize(("url", "why"), [(EXPIRED_URL, "tls_expired"), (SELF_SIGNED_URL, "tls_untrusted")])
def test_certificates_that_do_not_verify(box: Box, url: str, why: str) -> None:
    assert get(box, url)["why"] == why
    port = url.rpartition(":")[2].strip("/")
    unverified = box.run([sys.executable, "-c", UNVERIFIED, port])
    assert unverified.stdout.strip() == b"200"  # who does not verify sees a good page


@pytest.mark.root
@pytest.mark.slow
def test_trust_is_the_given_file_or_the_os(box: Box) -> None:
    assert get(box, CORE_URL, ca_file="")["why"] == "tls_untrusted"
    assert get(box, "https://10.77.8.8/")["why"] == "tls_other_host"
    assert get(box, "https://core.desk.test:80/")["why"] in {"tls", "closed"}


@pytest.mark.root
@pytest.mark.slow
def test_what_keeps_a_page_from_opening(box: Box) -> None:
    assert get(box, "http://core.desk.test:81/")["why"] == "refused"
    assert get(box, "http://nowhere.desk.test/")["why"] == "name"
    box.cut_core()
    assert get(box, CORE_URL)["why"] == "timeout"
    box.kill_dns()
    assert get(box, CORE_URL)["why"] in {"name", "timeout"}


@pytest.mark.root
@pytest.mark.slow
def test_proxies_of_the_environment_are_not_asked(box: Box) -> None:
    env = {"http_proxy": "http://10.77.0.1:81", "HTTP_PROXY": "http://10.77.0.1:81"}
    assert get(box, INTERNET_URL, env=env)["status"] == 200
    assert b"refused" in box.run([sys.executable, "-c", BY_ENVIRONMENT], env=env).stderr
    assert box.run([sys.executable, "-c", BY_ENVIRONMENT]).stdout.strip() == b"200"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "core.example",
        "ftp://core.example/",
        "http:///path",
        "http://core.example:0/",
        "http://core.example:99999/",
        "http://user:word@core.example/",
        "http://core.example/ HTTP/1.1",
        "http://core.example/\r\nX: y",
        "http://[::1/",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ProbeError, match=r"http\.bad_url"):
        http.get(url, timeout_s=1)


def test_a_missing_certificate_file_is_our_trouble() -> None:
    with pytest.raises(ProbeError, match=r"http\.ca_unreadable"):
        http.get("https://127.0.0.1:1/", timeout_s=1, ca_file="/nonexistent.pem")
    with pytest.raises(ProbeError, match=r"http\.ca_unreadable"):
        http.get("https://127.0.0.1:1/", timeout_s=1, ca_file=__file__)


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    http._trusts.clear()
    return certificates.make(tmp_path)[0]


def test_certificates_are_read_once(ca_file: Path) -> None:
    assert http._trust(str(ca_file)) is http._trust(str(ca_file))
    assert http._trust("") is http._trust("")
    assert http._trust("") is not http._trust(str(ca_file))


def test_certificates_that_were_replaced_are_read_again(ca_file: Path) -> None:
    before = http._trust(str(ca_file)).get_ca_certs(binary_form=True)
    certificates.make(ca_file.parent)
    assert http._trust(str(ca_file)).get_ca_certs(binary_form=True) != before


def test_certificates_that_are_gone_are_not_believed_any_more(ca_file: Path) -> None:
    http._trust(str(ca_file))
    ca_file.unlink()
    with pytest.raises(ProbeError, match=r"http\.ca_unreadable"):
        http._trust(str(ca_file))


def test_certificates_of_the_os_are_read_again_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    before = http._trust("")
    kept = http._trusts[""]
    monkeypatch.setitem(http._trusts, "", kept._replace(read_s=kept.read_s - http._TRUST_S))
    assert http._trust("") is not before


def test_what_is_kept_is_bounded(ca_file: Path) -> None:
    for number in range(3 * http._MAX_TRUSTS):
        copy = ca_file.with_name(f"{number}.pem")
        copy.write_bytes(ca_file.read_bytes())
        http._trust(str(copy))
    assert len(http._trusts) <= http._MAX_TRUSTS
