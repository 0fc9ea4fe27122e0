"""Company systems: does the page that the broker works in open?

Clauses 3.7b and 4.1.5. Source: one GET to the system's address, through `checks.io.http`. It opens
where the server answers and has the page: any status but 404, 410 and 5xx (a login, a redirect to it or
"forbidden" is what a desk without a session sees). No answer, an untrusted certificate and a name that
does not resolve are all a system that does not open.
"""

from collections.abc import Iterable, Iterator

import msgspec

from checks.io import http
from checks.model import Check, Finding, NoParams, Sample
from config.devices import System

_TIMEOUT_S = 2.7
_GONE = {404, 410}
_SERVER_ERRORS = range(500, 600)


class Facts(msgspec.Struct, frozen=True):
    """`failure` is None where an HTTP answer came; `latency_ms` is the time until its headers were in."""

    http_status: int | None
    latency_ms: float | None
    tls_days_left: float | None
    failure: http.Why | None


def probe(target: System, _params: NoParams) -> Facts:
    """Open the page once; ends within 3 s.

    Raises ProbeError "http.bad_url", "http.ca_unreadable", "tool.missing".
    """
    try:
        reply = http.get(target.url, timeout_s=_TIMEOUT_S, ca_file=target.ca_file)
    except http.Failure as failure:
        return Facts(None, None, None, failure.why)
    days_left = None if reply.tls_days_left is None else round(reply.tls_days_left, 1)
    return Facts(reply.status, round(1000 * reply.took_s, 1), days_left, None)


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield SYS_DOWN where the page does not open."""
    if facts.failure is not None:
        yield Finding("SYS_DOWN", {"reason": facts.failure})
    elif facts.http_status in _GONE or facts.http_status in _SERVER_ERRORS:
        yield Finding("SYS_DOWN", {"reason": f"http_{facts.http_status}"})


def measure(facts: Facts) -> Iterable[Sample]:
    """Yield the time to open the page as the median, and 0 or 1 as loss."""
    yield Sample("deskready_network_loss_ratio", float(facts.failure is not None), {"target": "core"})
    if facts.latency_ms is not None:
        labels = {"target": "core", "quantile": "0.5"}
        yield Sample("deskready_network_round_trip_seconds", facts.latency_ms / 1000, labels)


CHECK = Check(
    "network.core_system",
    target=System,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    measure=measure,
    faults={"SYS_DOWN": ("reason",)},
)
