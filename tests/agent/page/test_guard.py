"""The rules before any route: each refusal, and the visit beside it that is let in."""

import msgspec
import pytest

from agent.page.guard import FORM, HEADERS, Visit, hosts, refusal

OURS = hosts("127.0.0.1", 9843)
GOOD = Visit("GET", "/today", "127.0.0.1:9843", "", "", "")
POST = msgspec.structs.replace(GOOD, method="POST", content_type=FORM, origin="http://127.0.0.1:9843")


@pytest.mark.parametrize(
    "visit",
    [
        GOOD,
        POST,
        msgspec.structs.replace(GOOD, host="LOCALHOST:9843", fetch_site="none"),
        msgspec.structs.replace(POST, fetch_site="same-origin", content_type=f"{FORM}; charset=UTF-8"),
        msgspec.structs.replace(GOOD, path="/device/前台"),
        msgspec.structs.replace(GOOD, path="/"),
    ],
)
def test_what_may_go_on(visit: Visit) -> None:
    assert refusal(visit, OURS) is None


@pytest.mark.parametrize(
    ("good", "change", "why"),
    [
        (GOOD, {"host": "evil.test:9843"}, "host"),
        (GOOD, {"host": "127.0.0.1"}, "host"),
        (GOOD, {"host": ""}, "host"),
        (GOOD, {"host": "127.0.0.1:9843, evil.test"}, "host"),
        (GOOD, {"host": "127.0.0.1:9842"}, "host"),
        (GOOD, {"method": "OPTIONS"}, "method"),
        (GOOD, {"method": "PUT"}, "method"),
        (GOOD, {"method": "TRACE"}, "method"),
        (POST, {"origin": "http://evil.test"}, "cross_site"),
        (POST, {"origin": "null"}, "cross_site"),
        (POST, {"origin": "http://127.0.0.1:8000"}, "cross_site"),
        (POST, {"origin": "https://127.0.0.1:9843"}, "cross_site"),
        (GOOD, {"origin": "http://127.0.0.1:9843.evil.test"}, "cross_site"),
        (GOOD, {"fetch_site": "cross-site"}, "cross_site"),
        (GOOD, {"fetch_site": "same-site"}, "cross_site"),
        (GOOD, {"fetch_site": "same-origin, cross-site"}, "cross_site"),
        (POST, {"content_type": "text/plain"}, "type"),
        (POST, {"content_type": "multipart/form-data; boundary=x"}, "type"),
        (POST, {"content_type": ""}, "type"),
        (GOOD, {"path": "//evil.test/x"}, "path"),
        (GOOD, {"path": "/\\evil.test"}, "path"),
        (GOOD, {"path": "/a\nb"}, "path"),
        (GOOD, {"path": "/\ufffd"}, "path"),
        (GOOD, {"path": "/" + "a" * 600}, "path"),
        (GOOD, {"path": "*"}, "path"),
    ],
)
def test_what_may_not(good: Visit, change: dict[str, str], why: str) -> None:
    assert refusal(good, OURS) is None
    assert refusal(msgspec.structs.replace(good, **change), OURS) == why


def test_on_ipv6_and_on_the_standard_port() -> None:
    assert hosts("::1", 9843) == {"[::1]:9843", "localhost:9843"}
    assert "localhost" in hosts("127.0.0.1", 80)
    assert "localhost" not in OURS


def test_the_policy_lets_nothing_in_that_is_not_ours() -> None:
    policy = dict(HEADERS)["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert set(rules.values()) == {"'none'", "'self'"}
