"""One HTTP/1.1 request head: from bytes to what is asked, or why it is refused. Pure.

Sources: RFC 9112 (the message), RFC 9110 (Host, methods, status codes), the Fetch Metadata request headers
of the W3C (Sec-Fetch-Site). Strict on purpose: what a scraper or browser does not send is not understood.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Literal, TypeAlias

import msgspec

HEAD_MAX_BYTES = 8192
Why: TypeAlias = Literal[
    "malformed",
    "version",
    "head_size",
    "host",
    "cross_site",
    "auth",
    "method",
    "body",
    "path",
    "full",
]
_STATUS: dict[Why, str] = {
    "malformed": "400 Bad Request",
    "version": "505 HTTP Version Not Supported",
    "head_size": "431 Request Header Fields Too Large",
    "host": "403 Forbidden",
    "cross_site": "403 Forbidden",
    "auth": "401 Unauthorized",
    "method": "405 Method Not Allowed",
    "body": "413 Content Too Large",
    "path": "404 Not Found",
    "full": "503 Service Unavailable",
}
_MORE: dict[Why, bytes] = {
    "method": b"Allow: GET, HEAD\r\n",
    "auth": b'WWW-Authenticate: Bearer, Basic realm="deskready"\r\n',
}
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # a token of RFC 9110, 5.6.2
_REQUEST_LINE = re.compile(rf"({_WORD}) ([!-~]+) HTTP/([0-9]\.[0-9])")
_FIELD = re.compile(rf"({_WORD}):([\t -~\x80-\xff]*)")
_SAFETY = (
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cache-Control: no-store\r\n"
)


class Request(msgspec.Struct, frozen=True):
    """What is asked. Header names are lower case; `path` is as sent, without the query."""

    method: str
    path: str
    version: str  # "1.0" or "1.1"
    headers: Mapping[str, str]

    @property
    def keeps_open(self) -> bool:
        """Whether the client wants to ask again on this connection."""
        options = {option.strip().lower() for option in self.headers.get("connection", "").split(",")}
        return "close" not in options if self.version == "1.1" else "keep-alive" in options


class Refused(Exception):  # noqa: N818  a refusal is an answer, not an error of ours
    """The request is not served. `why` is the reason that is counted."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


class Rules(msgspec.Struct, frozen=True):
    """Who may ask for what. `hosts` are the values of Host that are meant for us, lower case, with port.

    `is_authorised` judges the Authorization header ("" where there is none).
    """

    hosts: Collection[str]
    paths: Collection[str]
    is_authorised: Callable[[str], bool]


def parse(head: bytes) -> Request:
    """Read a request head without its last empty line. Raises Refused."""
    first, *lines = head.decode("latin-1").split("\r\n")
    asked = _REQUEST_LINE.fullmatch(first)
    if asked is None:
        raise Refused("malformed")
    method, target, version = asked.groups()
    if version not in {"1.0", "1.1"}:
        raise Refused("version")
    if not target.startswith("/"):  # a proxy's form: not meant for us
        raise Refused("malformed")
    return Request(method, target.partition("?")[0], version, _headers(lines))


def judge(request: Request, rules: Rules) -> None:
    """Raise Refused where the rules forbid the request."""
    headers = request.headers
    if headers.get("host", "").lower() not in rules.hosts:  # another name for our address: DNS rebinding
        raise Refused("host")
    if "cross-site" in headers.get("sec-fetch-site", ""):  # a web page asks on the person's behalf
        raise Refused("cross_site")
    if not rules.is_authorised(headers.get("authorization", "")):
        raise Refused("auth")
    if request.method not in {"GET", "HEAD"}:
        raise Refused("method")
    if "transfer-encoding" in headers or headers.get("content-length", "0") != "0":
        raise Refused("body")
    if request.path not in rules.paths:
        raise Refused("path")


def answer(status: str, body: bytes, content_type: str, *, stays_open: bool, is_head: bool = False) -> bytes:
    """Return a whole response; `is_head` leaves out the body that is announced."""
    head = (
        f"HTTP/1.1 {status}\r\n"
        f"Content-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Connection: {'keep-alive' if stays_open else 'close'}\r\n"
        f"{_SAFETY}"
    )
    return f"{head}\r\n".encode() + (b"" if is_head else body)


def refusal(why: Why, *, is_head: bool = False) -> bytes:
    """Return the response to a request that is not served; the connection ends with it."""
    status = _STATUS[why]
    response = answer(status, f"{status}\n".encode(), "text/plain", stays_open=False, is_head=is_head)
    return response.replace(b"\r\n", b"\r\n" + _MORE.get(why, b""), 1)


def _headers(lines: list[str]) -> dict[str, str]:
    """Return the fields; one that comes twice is joined by a comma. A folded one is refused."""
    headers: dict[str, str] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise Refused("malformed")
        name, value = field[1].lower(), field[2].strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
