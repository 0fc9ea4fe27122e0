"""What a captive portal looks like, and that nobody is asked without settings."""

import pytest

from checks.io.http import Reply
from checks.model import ProbeError
from checks.network import internet
from config.devices import Network


def test_no_page_is_asked_for_unless_the_settings_name_one() -> None:
    with pytest.raises(ProbeError, match=r"network\.internet_not_set"):
        internet.probe(Network(), internet.Params())


@pytest.mark.parametrize(
    ("url", "status", "location", "expected"),
    [
        ("http://example.com/", 301, "https://www.example.com/", False),
        ("http://www.example.com/", 301, "https://example.com/", False),
        ("http://example.com/", 302, "/login", False),
        ("http://example.com/", 302, "http://10.0.0.1/portal", True),
        ("http://example.com/", 302, "http://badexample.com/", True),
        ("http://example.com/", 302, "http://[broken/", True),
        ("https://example.com/", 302, "https://sso.example.net/", False),
        ("http://example.com/", 511, "", True),
        ("http://example.com/generate_204", 204, "", False),
        ("http://example.com/generate_204", 200, "", True),
    ],
)
def test_what_a_portal_looks_like(url: str, status: int, location: str, expected: bool) -> None:
    assert internet.is_portal(url, Reply(status, location, b"", 0.1, None)) is expected
