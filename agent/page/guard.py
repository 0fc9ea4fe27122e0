"""Which requests may come near the page: rules on the request's head, before any route is looked up. Pure.

Sources: RFC 9110 (Host, 421), the Fetch standard (Origin), Fetch Metadata of the W3C (Sec-Fetch-Site).
There are no cookies, so that a foreign page has nothing to ride on; these rules refuse it all the same.
"""

import re
from collections.abc import Collection
from typing import Literal, TypeAlias

import msgspec

Why: TypeAlias = Literal["host", "method", "cross_site", "type", "path", "token"]
STATUS: dict[Why, str] = {
    "host": "421 Misdirected Request",
    "method": "405 Method Not Allowed",
    "cross_site": "403 Forbidden",
    "type": "415 Unsupported Media Type",
    "path": "400 Bad Request",
    "token": "401 Unauthorized",
}
FORM = "application/x-www-form-urlencoded"
PATH_MAX_CHARS = 512
_PATH = re.compile(r"/(?:[^/\\\ufffd][^\\\ufffd]*)?")  # "//x" is another host where it stands as a link
_OWN_SITE = {"", "none", "same-origin"}  # "" is sent by what is no browser

HEADERS = (
    (
        "Content-Security-Policy",
        (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    # Not "no-referrer": under it a browser sends "Origin: null" with our own forms.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), usb=()"),
    ("Cache-Control", "no-store"),
)


class Visit(msgspec.Struct, frozen=True):
    """The head of one request; a header that was not sent is "". `path` is decoded."""

    method: str
    path: str
    host: str
    origin: str
    fetch_site: str
    content_type: str


def refusal(visit: Visit, hosts: Collection[str]) -> Why | None:
    """Return why a request is refused, None where it may go on. `hosts` are our names, with the port."""
    if visit.host.lower() not in hosts:  # another name for our address: DNS rebinding
        return "host"
    if visit.method not in {"GET", "HEAD", "POST"}:
        return "method"
    if not _is_own(visit, hosts):
        return "cross_site"
    if visit.method == "POST" and visit.content_type.partition(";")[0].strip().lower() != FORM:
        return "type"
    if len(visit.path) > PATH_MAX_CHARS or not _PATH.fullmatch(visit.path) or not visit.path.isprintable():
        return "path"
    return None


def _is_own(visit: Visit, hosts: Collection[str]) -> bool:
    """Whether a browser says that our own page asks, or the person; what is no browser says nothing."""
    origins = {"", *(f"http://{host}" for host in hosts)}
    return visit.origin.lower() in origins and visit.fetch_site in _OWN_SITE


def hosts(address: str, port: int) -> frozenset[str]:
    """Return the values of Host that mean us, for the IP address and port that we listen on."""
    literal = f"[{address}]" if ":" in address else address
    names = {literal, "localhost"}
    return frozenset({f"{name}:{port}" for name in names} | (names if port == 80 else set()))  # noqa: PLR2004
