"""Stability: does the network stay connected, or does it come and go?

Clause 4.1.5. Source: each run sends ten probes to the gateway (`checks.io.icmp`) and reads how often the
carrier was lost since boot; a window of 5 minutes (1 hour for drops) goes from run to run in the facts.
Chance is no finding: one lost probe never counts, and with fewer than 20 probes only a loss of half of
them does.
"""

import time
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from checks.io import icmp
from checks.model import Check, Finding, ProbeError, Sample
from checks.network import gateway, link
from config.devices import Network

_BURST_COUNT = 10
_BURST_TIMEOUT_S = 2.4  # ping needs 1.8 s to send ten
_INTERVAL_S = 0.1
_WINDOW_S = 300.0
_DROPS_WINDOW_S = 3600.0
_MAX_BURSTS = 60
_MAX_DROPS = 120
_MIN_PROBES = 20  # below this one lost probe moves the loss by more than the limits lie apart
_MIN_LOST = 2
_PLAINLY_SEVERE_PERCENT = 50.0


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits, inclusive: loss in percent over 5 minutes, lost carriers in one hour."""

    warn_loss_pct: float = 3.0
    fail_loss_pct: float = 15.0
    warn_drops_1h: int = 3


class Burst(msgspec.Struct, frozen=True, array_like=True):
    """One run's probes, at seconds since boot; round trips of the answered ones."""

    at_s: float
    sent_count: int
    rtts_ms: tuple[float, ...]


class Drop(msgspec.Struct, frozen=True, array_like=True):
    """Carriers lost between two runs, noticed at seconds since boot."""

    at_s: float
    count: int


class Facts(msgspec.Struct, frozen=True):
    """The windows, and what they come to. `jitter_ms_5m` is the mean step between neighbours (RFC 3550)."""

    gateway: str
    method: icmp.Method
    interface: str
    drops_count: int | None  # since boot; None where the interface does not tell
    bursts: tuple[Burst, ...]
    drops: tuple[Drop, ...] = ()
    has_answered: bool = False
    loss_pct_5m: float = 0.0
    jitter_ms_5m: float | None = None
    link_drops_1h: int = 0


def probe(target: Network, _params: Params) -> Facts:
    """Send one burst; ends within 3 s.

    Raises ProbeError "network.no_route", and what link and gateway raise.
    """
    address = gateway.address_of(target)
    if address is None:
        raise ProbeError("network.no_route")
    one = link.chosen(target)
    echoes = icmp.echo(address, count=_BURST_COUNT, timeout_s=_BURST_TIMEOUT_S, interval_s=_INTERVAL_S)
    rtts_ms = tuple(round(1000 * rtt_s, 3) for rtt_s in echoes.rtts_s)
    return Facts(
        gateway=address,
        method=echoes.method,
        interface=one.name if one else "",
        drops_count=one.drops_count if one else None,
        bursts=(Burst(time.clock_gettime(time.CLOCK_BOOTTIME), echoes.sent_count, rtts_ms),),
        has_answered=bool(rtts_ms),
    )


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Add the burst just sent to the windows; another router or interface starts its window anew.

    Raises ProbeError "network.gateway_silent" where this router has never answered: it may drop probes
    by policy, and whether it lives is another check's question.
    """
    now_s = current.bursts[-1].at_s
    bursts, drops, has_answered = current.bursts, current.drops, current.has_answered
    if previous and previous.gateway == current.gateway:
        bursts = (*previous.bursts, *bursts)
        has_answered = has_answered or previous.has_answered
    if previous and previous.interface == current.interface:
        drops = (*previous.drops, *_new_drops(previous.drops_count, current.drops_count, now_s))
    if not has_answered:
        raise ProbeError("network.gateway_silent")
    bursts = tuple(one for one in bursts if 0 <= now_s - one.at_s < _WINDOW_S)[-_MAX_BURSTS:]
    drops = tuple(one for one in drops if 0 <= now_s - one.at_s < _DROPS_WINDOW_S)[-_MAX_DROPS:]
    return msgspec.structs.replace(
        current,
        bursts=bursts,
        drops=drops,
        has_answered=has_answered,
        loss_pct_5m=round(_loss_percent(bursts), 1),
        jitter_ms_5m=_jitter_ms(bursts),
        link_drops_1h=sum(one.count for one in drops),
    )


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield NET_UNSTABLE for loss or dropped links; past the fail limit of loss it is no warning."""
    lost = _lost(facts.bursts)
    is_enough = lost >= _MIN_LOST and (
        _sent(facts.bursts) >= _MIN_PROBES or facts.loss_pct_5m >= _PLAINLY_SEVERE_PERCENT
    )
    loss_pct = facts.loss_pct_5m if is_enough else 0.0
    has_dropped = facts.link_drops_1h >= params.warn_drops_1h
    if loss_pct >= params.warn_loss_pct or has_dropped:
        values = {"loss": facts.loss_pct_5m, "drops": facts.link_drops_1h}
        yield Finding("NET_UNSTABLE", values, is_warning=loss_pct < params.fail_loss_pct)


def measure(facts: Facts) -> Iterable[Sample]:
    """Yield loss and two quantiles of the round trip to the gateway, over 5 minutes."""
    yield Sample("deskready_network_loss_ratio", facts.loss_pct_5m / 100, {"target": "gateway"})
    ordered = sorted(rtt_ms for burst in facts.bursts for rtt_ms in burst.rtts_ms)
    for quantile in (0.5, 0.95) if ordered else ():
        rtt_ms = ordered[min(len(ordered) - 1, int(quantile * len(ordered)))]
        labels = {"target": "gateway", "quantile": str(quantile)}
        yield Sample("deskready_network_round_trip_seconds", rtt_ms / 1000, labels)


def _new_drops(before: int | None, now: int | None, at_s: float) -> tuple[Drop, ...]:
    """Return what the counter gained; one that went back (a new driver) tells nothing."""
    return (Drop(at_s, now - before),) if before is not None and now is not None and now > before else ()


def _sent(bursts: Sequence[Burst]) -> int:
    return sum(burst.sent_count for burst in bursts)


def _lost(bursts: Sequence[Burst]) -> int:
    return sum(burst.sent_count - len(burst.rtts_ms) for burst in bursts)


def _loss_percent(bursts: Sequence[Burst]) -> float:
    return 100 * _lost(bursts) / max(1, _sent(bursts))


def _jitter_ms(bursts: Sequence[Burst]) -> float | None:
    steps_ms = [
        abs(after_ms - before_ms)
        for burst in bursts
        for before_ms, after_ms in zip(burst.rtts_ms, burst.rtts_ms[1:], strict=False)
    ]
    return round(sum(steps_ms) / len(steps_ms), 3) if steps_ms else None


CHECK = Check(
    "network.stability",
    target=Network,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    measure=measure,
    carry=carry,
    faults={"NET_UNSTABLE": ("loss", "drops")},
)
