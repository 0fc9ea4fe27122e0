"""Internet: do pages outside the office open, without a captive portal in between?

Clauses 2.2, 4.1.5. Source: one GET to each address of the settings, through `checks.io.http`; no other host
is ever asked. Any HTTP answer shows that the internet is there, except a portal's: a plain-http page that
sends the desk to a foreign host, status 511 (RFC 6585), or content where ".../generate_204" promises none.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin, urlsplit

import msgspec

from checks.io import http
from checks.model import Check, Finding, ProbeError, Sample
from config.devices import Network

_TIMEOUT_S = 2.7
_MAX_TARGETS = 8
_AUTHENTICATION_REQUIRED = 511
_NO_CONTENT = 204


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ok_if_any`: one page that opens is enough; else all must."""

    ok_if_any: bool = True


class Facts(msgspec.Struct, frozen=True):
    """`latency_ms`: the fastest page. `outcomes`: "ok", "portal" or `http.Why`, as configured."""

    targets_ok: int
    targets_total: int
    captive_portal: bool
    latency_ms: float | None
    outcomes: tuple[str, ...]


def probe(target: Network, _params: Params) -> Facts:
    """Open every configured page at the same time; ends within 3 s.

    Raises ProbeError "network.internet_not_set" where the settings name no page, "http.bad_url",
    "tool.missing".
    """
    if not target.internet:
        raise ProbeError("network.internet_not_set")
    urls = target.internet[:_MAX_TARGETS]
    with ThreadPoolExecutor(len(urls), thread_name_prefix="internet") as pool:
        seen = list(pool.map(_open, urls))
    latencies_s = [latency_s for outcome, latency_s in seen if outcome == "ok"]
    return Facts(
        targets_ok=len(latencies_s),
        targets_total=len(urls),
        captive_portal=any(outcome == "portal" for outcome, _ in seen),
        latency_ms=round(1000 * min(latencies_s), 1) if latencies_s else None,
        outcomes=tuple(outcome for outcome, _ in seen),
    )


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield NET_INTERNET where too few pages open."""
    needed = 1 if params.ok_if_any else facts.targets_total
    if facts.targets_ok < needed:
        yield Finding("NET_INTERNET", {"ok": facts.targets_ok, "total": facts.targets_total})


def measure(facts: Facts) -> Iterable[Sample]:
    """Yield the fastest page's time as the median, and the share of pages that did not open as loss."""
    yield Sample(
        "deskready_network_loss_ratio", 1 - facts.targets_ok / facts.targets_total, {"target": "internet"}
    )
    if facts.latency_ms is not None:
        labels = {"target": "internet", "quantile": "0.5"}
        yield Sample("deskready_network_round_trip_seconds", facts.latency_ms / 1000, labels)


def is_portal(url: str, reply: http.Reply) -> bool:
    """Say whether something on the way answered instead of the page."""
    asked = urlsplit(url)
    if reply.status == _AUTHENTICATION_REQUIRED:
        return True
    if asked.path.endswith("/generate_204") and reply.status != _NO_CONTENT:
        return True
    if asked.scheme == "https" or not reply.location:  # nobody on the way can answer for a verified host
        return False
    return not _is_same_site(asked.hostname or "", _host_of_target(url, reply.location))


def _open(url: str) -> tuple[str, float]:
    """Return the outcome and the seconds until the headers were in."""
    try:
        reply = http.get(url, timeout_s=_TIMEOUT_S)
    except http.Failure as failure:
        return failure.why, 0.0
    return "portal" if is_portal(url, reply) else "ok", reply.took_s


def _host_of_target(url: str, location: str) -> str:
    try:
        return urlsplit(urljoin(url, location)).hostname or ""
    except ValueError:  # it is foreign text
        return ""


def _is_same_site(one: str, other: str) -> bool:
    """Take example.com and www.example.com for one site."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


CHECK = Check(
    "network.internet",
    target=Network,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    measure=measure,
    faults={"NET_INTERNET": ("ok", "total")},
)
