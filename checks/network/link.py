"""Link: does this computer have a cable with a signal, or a joined Wi-Fi?

Clauses 2.2, 4.1.5. Source: `checks.io.interface` (Linux sysfs). Judged over the interfaces that can carry
the desk's work: physical ones, and whatever holds the default route; never loopback or a container's bridge.
"""

from collections.abc import Iterator, Sequence

import msgspec

from checks.io.interface import Interface, Kind, default_routes, interfaces
from checks.model import Check, Finding, NoParams, ProbeError
from config.devices import Network


class Facts(msgspec.Struct, frozen=True):
    """The interface in use. `interface` is "" and `kind` None where the computer has none."""

    interface_up: bool
    interface: str
    kind: Kind | None
    speed_mbit: int | None
    signal_pct: float | None  # Wi-Fi only
    drops_count: int | None  # carriers lost since boot


def probe(target: Network, _params: NoParams) -> Facts:
    """Read the state of every interface and choose the one that the desk works over.

    Raises ProbeError "network.interfaces_unreadable", "network.routes_unreadable",
    "network.carrier_unreadable".
    """
    one = chosen(target)
    if one is None:
        return Facts(False, "", None, None, None, None)
    if one.is_linked is None:
        raise ProbeError("network.carrier_unreadable")
    return Facts(one.is_linked, one.name, one.kind, one.speed_mbit, one.signal_percent, one.drops_count)


def chosen(target: Network) -> Interface | None:
    """Return the interface that is named, else that of the best default route, else any candidate.

    Among equals one with a link comes first, then one whose link cannot be read. None: there is none.
    """
    known = interfaces(target.root)
    if target.interface != "auto":
        return _best([one for one in known if one.name == target.interface])
    routed = [route.interface for route in default_routes(target.root)]
    holders = sorted((one for one in known if one.name in routed), key=lambda one: routed.index(one.name))
    return _best(holders) or _best([one for one in known if one.is_physical])


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield NET_LINK_DOWN where no candidate has a carrier."""
    if not facts.interface_up:
        yield Finding("NET_LINK_DOWN", {"interface": facts.interface})


def _best(candidates: Sequence[Interface]) -> Interface | None:
    """Return the first with a link, else the first that cannot be read, else the first."""
    order = {True: 0, None: 1, False: 2}
    return min(candidates, key=lambda one: order[one.is_linked], default=None)


CHECK = Check(
    "network.link",
    target=Network,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"NET_LINK_DOWN": ("interface",)},
)
