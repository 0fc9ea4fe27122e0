"""The one way out: an HTTP exchange that is bounded in time and size and goes to one server only.

No redirect is followed, no proxy variable or .netrc is read, the certificate is checked against the CA file
of the settings or the public ones. Every failure says whether the server can have acted (`DeliveryError`).
"""

import email.utils
import time
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
import urllib3

from agent.deadline import OverdueError, within
from agent.tickets.model import Answer, DeliveryError, Request, Steps, T, Target, Tree, Verdict

MAX_BODY_BYTES = 64 * 1024
CONNECT_S = 10.0
_RETRY_AFTER_S = (1.0, 60.0, 3600.0)  # shortest, where the server does not say, longest
_UNAUTHORISED, _FORBIDDEN, _TOO_MANY, _UNAVAILABLE, _TIMED_OUT = 401, 403, 429, 503, 408
_CLIENT_ERRORS = range(400, 500)


class Wire:
    """The exchanges of one child with one server. Close it at the end."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = target.ca_file or True
        self.request_count = 0

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def run(self, steps: Steps[T]) -> T:
        """Make the exchanges that `steps` asks for and return what it comes to. Raises DeliveryError."""
        try:
            request = next(steps)
            while True:
                try:
                    answer = self.exchange(request)
                except DeliveryError as failure:
                    request = steps.throw(failure)
                else:
                    request = steps.send(answer)
        except StopIteration as done:
            value: T = done.value
            return value

    def exchange(self, request: Request) -> Answer:
        """Send one request. Raises DeliveryError for anything but an expected status with a readable body."""
        url = self._url(request)
        lost: Verdict = "ambiguous" if request.is_write else "not_sent"
        self.request_count += 1
        try:
            with within(self._target.total_s):
                status, headers, body = self._send(request, url)
        except requests.exceptions.ConnectTimeout:
            raise DeliveryError("not_sent", "connect.timeout") from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, OSError) as error:
            raise DeliveryError(*_of_transport(error, lost)) from None
        except (OverdueError, urllib3.exceptions.HTTPError):
            raise DeliveryError(lost, "answer.cut") from None
        return _answer(request, status, headers, body)

    def _url(self, request: Request) -> str:
        """The address of a request; it never leaves the configured server, and the secret neither."""
        base = self._target.url
        url = urljoin(f"{base.rstrip('/')}/", request.path.lstrip("/")) if request.path else base
        if urlsplit(url)[:2] != urlsplit(base)[:2]:
            raise DeliveryError("rejected", "wire.other_server")
        return url

    def _send(self, request: Request, url: str) -> tuple[int, dict[str, str], bytes]:
        until_s = time.monotonic() + self._target.total_s
        with self._session.request(
            request.method,
            url,
            params=request.query or None,
            headers={"Accept": "application/json", "Accept-Encoding": "identity", **request.headers},
            json=request.json,
            data=request.content,
            timeout=(min(CONNECT_S, self._target.total_s), self._target.total_s),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = bytearray()
            while chunk := response.raw.read(8192, decode_content=False):
                body += chunk
                if len(body) > MAX_BODY_BYTES or time.monotonic() > until_s:
                    raise OverdueError
            return response.status_code, dict(response.headers), bytes(body)


def _of_transport(error: Exception, lost: Verdict) -> tuple[Verdict, str]:
    """Say whether a request that failed below HTTP can have reached the server."""
    reason = error.args[0] if error.args else None
    cause = getattr(reason, "reason", reason)
    if isinstance(cause, urllib3.exceptions.SSLError) and "CERTIFICATE" in str(cause):
        return "not_sent", "tls.refused"
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return "not_sent", "connect.refused"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return "rejected", "wire.bad_request"
    if isinstance(error, requests.exceptions.RequestException):
        return lost, "answer.lost"
    return "not_sent", "wire.os_error"  # no such CA file


def _answer(request: Request, status: int, headers: dict[str, str], body: bytes) -> Answer:
    if status not in request.expects:
        raise _refusal(request, status, headers)
    tree: Tree = None
    if body.strip() and status != 204:  # noqa: PLR2004  No Content
        try:
            tree = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise DeliveryError(
                "ambiguous" if request.is_write else "not_sent", "answer.unreadable"
            ) from None
    return Answer(status, tree, headers)


def _refusal(request: Request, status: int, headers: dict[str, str]) -> DeliveryError:
    """Say what an unexpected status means. A server that fails may have acted before it failed."""
    detail = f"http.{status}"
    wait_s = _retry_after_s(headers)
    if status == _TOO_MANY:
        return DeliveryError("rate_limited", detail, _RETRY_AFTER_S[1] if wait_s is None else wait_s)
    if status == _UNAUTHORISED:
        return DeliveryError("unauthorised", detail)
    if status == _FORBIDDEN:
        return DeliveryError(request.denied, detail)
    if status in _CLIENT_ERRORS and status != _TIMED_OUT:
        return DeliveryError("rejected", detail)
    return DeliveryError("ambiguous" if request.is_write else "not_sent", detail, wait_s)


def _retry_after_s(headers: dict[str, str]) -> float | None:
    """Read Retry-After: seconds or a date (RFC 9110, 10.2.3), within bounds."""
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    shortest, _, longest = _RETRY_AFTER_S
    if text.isascii() and text.isdigit():
        return min(max(float(text[:9]), shortest), longest)
    try:
        at = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(max(at.timestamp() - time.time(), shortest), longest)
