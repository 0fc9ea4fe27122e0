"""One request to a company system: bounded in time and size, never away from the system's own address.

No proxy variable and no .netrc is read; the certificate is checked against the CA file of the settings or the
public ones. A redirect is followed only where it stays on the same scheme, host and port.
"""

import contextlib
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from agent.deadline import OverdueError, within
from checks.io.http import VERIFY_CODES

MAX_BODY_BYTES = 1024 * 1024
_MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_CHUNK_BYTES = 16 * 1024
_GZIP_OR_ZLIB = 47  # zlib's wbits for either header
_ENCODINGS = {"gzip", "x-gzip", "deflate"}
_CAUSES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((ssl.SSLError,), "tls"),
    ((socket.gaierror,), "name"),
    ((ConnectionRefusedError,), "refused"),
    ((TimeoutError, requests.exceptions.Timeout, urllib3.exceptions.TimeoutError), "timeout"),
)
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "deskready"}


class Answer(NamedTuple):
    """What came; `ms` until the last byte was in."""

    status: int
    body: str
    ms: float


class WireError(Exception):
    """No answer that can be judged; `code` is one of `reasons.OUTAGES`, "redirect" or "too_large"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Wire:
    """The exchanges of one run with one system; cookies are kept. Close it at the end."""

    def __init__(self, base_url: str, ca_file: str) -> None:
        self._base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = ca_file or True

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def exchange(
        self,
        path: str,
        form: Mapping[str, str] | None,
        headers: Mapping[str, str],
        expected: tuple[int, ...],
        timeout_s: float,
    ) -> Answer:
        """GET `path` below the base, or POST `form` to it. Raises WireError."""
        started_s = time.monotonic()
        url = self._own(self._base_url.rstrip("/") + path)
        try:
            with within(timeout_s):
                status, body = self._follow(url, form, headers, expected, timeout_s)
        except OverdueError:
            raise WireError("timeout") from None
        except (OSError, urllib3.exceptions.HTTPError, zlib.error) as error:  # requests' errors are OSError
            raise WireError(_why(error)) from None
        return Answer(status, body, round(1000 * (time.monotonic() - started_s), 1))

    def _own(self, url: str) -> str:
        """Return a URL that is the system's own. Raises WireError "redirect"."""
        try:
            is_own = _origin(url) == _origin(self._base_url)
        except ValueError:
            is_own = False
        if not is_own:
            raise WireError("redirect")
        return url

    def _follow(
        self,
        url: str,
        form: Mapping[str, str] | None,
        headers: Mapping[str, str],
        expected: tuple[int, ...],
        timeout_s: float,
    ) -> tuple[int, str]:
        for _ in range(_MAX_REDIRECTS + 1):
            with self._session.request(
                "GET" if form is None else "POST",
                url,
                data=form,
                headers={**_HEADERS, **headers},
                timeout=timeout_s,
                allow_redirects=False,
                stream=True,
            ) as response:
                location = response.headers.get("Location", "")
                if response.status_code not in _REDIRECTS or response.status_code in expected or not location:
                    return response.status_code, _body(response)
            url, form = self._own(urljoin(url, location)), None
        raise WireError("redirect")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _body(response: requests.Response) -> str:
    """Return the text of a body of at most 1 MiB, also unpacked. Raises WireError "too_large"."""
    raw = bytearray()
    while chunk := response.raw.read(_CHUNK_BYTES, decode_content=False):
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            raise WireError("too_large")
    content = bytes(raw)
    if response.headers.get("Content-Encoding", "").lower() in _ENCODINGS:
        content = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(content, MAX_BODY_BYTES + 1)
        if len(content) > MAX_BODY_BYTES:
            raise WireError("too_large")
    for charset in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode(charset)
    return content.decode("latin-1")


def _why(error: Exception) -> str:
    """Say what lies below all that requests and urllib3 wrap around it; the most telling cause first."""
    causes = list(_causes(error))
    for one in causes:
        if isinstance(one, ssl.SSLCertVerificationError):
            return VERIFY_CODES.get(one.verify_code, "tls")
    for kinds, code in _CAUSES:
        if any(isinstance(one, kinds) for one in causes):
            return code
    return "closed"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that lies below it, each once."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
            yield one
