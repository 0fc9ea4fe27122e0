"""Name service: does the OS's name server answer, and know the names that this desk needs?

Clause 4.1.5. Source: `checks.io.dns` against the servers of /etc/resolv.conf. Without names in the
settings the root's NS is asked for, and any well-formed answer counts: the server is alive.
"""

import time
from collections.abc import Iterator

import msgspec

from checks.io import dns
from checks.model import Check, Finding, NoParams
from config.devices import Network

_TRIES_PER_SERVER = 2
_MAX_TRY_S = 0.75
_LIMIT_S = 2.4


class Facts(msgspec.Struct, frozen=True):
    """How many of the names resolved (or 1 of 1: the server is alive); `ms` is the slowest answer."""

    resolved: int
    names_count: int
    servers_count: int
    ms: float | None


def probe(target: Network, _params: NoParams) -> Facts:
    """Ask for every name; ends within 2.5 s whatever the servers do.

    Raises ProbeError "dns.not_set", "dns.unreadable", "dns.bad_name".
    """
    servers = dns.servers(target.root)
    deadline_s = time.monotonic() + _LIMIT_S
    try_s = min(_MAX_TRY_S, _LIMIT_S / (_TRIES_PER_SERVER * len(servers)))
    took_s = [_resolve(servers, name, try_s, deadline_s) for name in target.dns or (".",)]
    answered_s = [one_s for one_s in took_s if one_s is not None]
    return Facts(
        resolved=len(answered_s),
        names_count=len(took_s),
        servers_count=len(servers),
        ms=round(1000 * max(answered_s), 1) if answered_s else None,
    )


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield NET_DNS where any name does not resolve, or no server answers."""
    if facts.resolved < facts.names_count:
        yield Finding("NET_DNS", {"resolved": facts.resolved, "names": facts.names_count})


def _resolve(servers: tuple[str, ...], name: str, try_s: float, deadline_s: float) -> float | None:
    """Return the seconds until one server had the name (from the first question on), None if none has.

    As the C library does it: a server that is silent or fails is followed by the next one, and "no such
    name" is final.
    """
    started_s = time.monotonic()
    for server in servers * _TRIES_PER_SERVER:
        for kind in (dns.NS,) if name == "." else (dns.A, dns.AAAA):
            timeout_s = min(try_s, deadline_s - time.monotonic())
            answer = dns.ask(server, name, kind, timeout_s=timeout_s) if timeout_s > 0 else None
            if answer is None:
                break
            if name == "." or (answer.rcode == dns.NO_ERROR and (answer.addresses or answer.is_truncated)):
                return time.monotonic() - started_s
            if answer.rcode == dns.NAME_ERROR:
                return None
    return None


CHECK = Check(
    "network.dns",
    target=Network,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"NET_DNS": ("resolved", "names")},
)
