"""Gateway: does the desk's router answer?

Clauses 2.2, 4.1.5. Source: the default route (`checks.io.interface`) or the address of the settings, probed
by `checks.io.icmp`. A router that drops echo requests by policy must not look like a dead one, so silence
counts as death only where nobody holds the address on this network any more, or where this router has
answered before, or where the settings name it.
"""

from collections.abc import Iterator

import msgspec

from checks.io import icmp
from checks.io.icmp import Echoes, Method
from checks.io.interface import Neighbour, default_routes, neighbour
from checks.model import Check, Finding, NoParams, ProbeError
from config.devices import Network

_PROBES_COUNT = 3
_INTERVAL_S = 0.15
_ECHO_TIMEOUT_S = 0.8
_TCP_TIMEOUT_S = 0.3


class Facts(msgspec.Struct, frozen=True):
    """`gateway` is None without a default route; `rtt_ms` is the median, None where nothing answered."""

    gateway: str | None
    method: Method | None
    rtt_ms: float | None
    loss_pct: float
    neighbour: Neighbour
    is_known_to_answer: bool  # it has answered before (carried), or the settings name it


def probe(target: Network, _params: NoParams) -> Facts:
    """Probe the gateway; ends after about 1.1 s where it is silent.

    Raises ProbeError "network.routes_unreadable", "network.bad_address", "network.no_gateway_address"
    (absent: the default route is a tunnel without a router).
    """
    gateway = address_of(target)
    if gateway is None:
        return Facts(None, None, None, 100.0, "unknown", is_known_to_answer=False)
    echoes = icmp.echo(gateway, count=_PROBES_COUNT, timeout_s=_ECHO_TIMEOUT_S, interval_s=_INTERVAL_S)
    if not echoes.rtts_s and echoes.method != "tcp":
        by_tcp = icmp.by_tcp(gateway, count=1, timeout_s=_TCP_TIMEOUT_S)
        echoes = by_tcp if by_tcp.rtts_s else echoes
    return Facts(
        gateway=gateway,
        method=echoes.method,
        rtt_ms=_median_ms(echoes),
        loss_pct=round(100 * echoes.lost_count / max(1, echoes.sent_count), 1),
        neighbour=neighbour(target.root, gateway),
        is_known_to_answer=target.gateway != "auto" or bool(echoes.rtts_s),
    )


def address_of(target: Network) -> str | None:
    """Return the router's address; None where no default route exists.

    Raises ProbeError "network.routes_unreadable", "network.no_gateway_address" (absent).
    """
    if target.gateway != "auto":
        return target.gateway
    routes = default_routes(target.root)
    addresses = [route.gateway for route in routes if route.gateway]
    if routes and not addresses:
        raise ProbeError("network.no_gateway_address", is_absent=True)
    return addresses[0] if addresses else None


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Remember that this router answers probes.

    Raises ProbeError "network.gateway_silent" where silence proves nothing.
    """
    has_answered = previous is not None and (
        previous.gateway == current.gateway and previous.is_known_to_answer
    )
    is_known = current.is_known_to_answer or has_answered
    is_silent = current.gateway is not None and current.rtt_ms is None
    if is_silent and not is_known and current.neighbour != "missing":
        raise ProbeError("network.gateway_silent")
    return msgspec.structs.replace(current, is_known_to_answer=is_known)


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield NET_GATEWAY without a default route, or where the router does not answer."""
    if facts.rtt_ms is None:
        yield Finding("NET_GATEWAY", {"gateway": facts.gateway or ""})


def _median_ms(echoes: Echoes) -> float | None:
    ordered = sorted(echoes.rtts_s)
    return round(1000 * ordered[len(ordered) // 2], 2) if ordered else None


CHECK = Check(
    "network.gateway",
    target=Network,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    carry=carry,
    faults={"NET_GATEWAY": ("gateway",)},
)
