"""Firewall: is a connection from outside turned away unless somebody allowed it?

Clause 4.1.6. Source: the kernel's own rules, `nft -j list ruleset` (libnftables-json(5)), which also holds
what ufw, firewalld and iptables-nft put there. Reading it needs CAP_NET_ADMIN; without that, firewalld is
asked whether it runs. A chain at the input hook decides by its first rule without a condition, else by
its policy.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from checks.io import proc, tool
from checks.model import Check, Finding, NoParams, ProbeError
from config.devices import Computer

Door: TypeAlias = Literal["closed", "open", "none"]
_TIMEOUT_S = 5.0
_MAX_BYTES = 4 * 1024 * 1024
_VERSIONS = {"ip": ("ipv4",), "ip6": ("ipv6",), "inet": ("ipv4", "ipv6")}
_UNCONDITIONAL = {"counter", "log", "drop", "reject", "accept"}
_ORDER: tuple[Door, ...] = ("none", "open", "closed")
_IF_INET6_FIELDS = 6
_GLOBAL_SCOPE = "00"


class Facts(msgspec.Struct, frozen=True):
    """`ipv4`, `ipv6`: "closed" turns away by default, "open" lets everything in, "none" has no rules.

    `profiles_on` names the closed ones that count: IPv6 counts where this computer has an address of it.
    """

    profiles_on: tuple[str, ...]
    ipv4: Door
    ipv6: Door
    has_ipv6: bool
    source: Literal["nft", "firewalld"]


def probe(target: Computer, _params: NoParams) -> Facts:
    """Read the rules in force.

    Raises ProbeError "security.not_permitted", "security.firewall_legacy" (rules that nft does not show),
    "security.firewall_unreadable", "tool.missing", "tool.hung", "tool.flood".
    """
    proc.require_linux()
    root = Path(target.root)
    has_ipv6 = has_global_ipv6(proc.text(root / "proc/net/if_inet6", 64 * 1024) or "")
    try:
        output = tool.run(
            ["nft", "-j", "-t", "list", "ruleset"], timeout_s=_TIMEOUT_S, max_output_bytes=_MAX_BYTES
        )
    except ProbeError as error:
        if error.code != "tool.missing":
            raise
        return _by_firewalld(has_ipv6, error)
    if output.status != 0:
        is_denied = b"not permitted" in output.stderr
        code = "security.not_permitted" if is_denied else "security.firewall_unreadable"
        return _by_firewalld(has_ipv6, ProbeError(code))
    doors = parse(output.stdout)
    if "none" in doors.values() and _has_legacy_rules(root):
        raise ProbeError("security.firewall_legacy")
    return _facts(doors, has_ipv6, "nft")


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield SEC_FIREWALL_OFF: a warning where there are rules that let everything in."""
    doors = [facts.ipv4, *([facts.ipv6] if facts.has_ipv6 else [])]
    if any(door != "closed" for door in doors):
        yield Finding("SEC_FIREWALL_OFF", is_warning="none" not in doors)


def parse(listing: bytes) -> dict[str, Door]:
    """Read the JSON of nft. Raises ProbeError "security.firewall_unreadable"."""
    try:
        rows = msgspec.json.decode(listing, type=dict[str, list[dict[str, Any]]])["nftables"]
        chains = [row["chain"] for row in rows if row.get("chain", {}).get("hook") == "input"]
        rules = [row["rule"] for row in rows if "rule" in row]
        doors: dict[str, Door] = {"ipv4": "none", "ipv6": "none"}
        for chain in chains:
            if chain["type"] != "filter":
                continue
            names = ("family", "table")
            own = [
                rule["expr"]
                for rule in rules
                if rule["chain"] == chain["name"] and all(rule[name] == chain[name] for name in names)
            ]
            for version in _VERSIONS.get(chain["family"], ()):
                doors[version] = max(doors[version], _door(own, chain.get("policy")), key=_ORDER.index)
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        raise ProbeError("security.firewall_unreadable") from None
    return doors


def has_global_ipv6(if_inet6: str) -> bool:
    """Whether /proc/net/if_inet6 lists an address that others can reach from beyond the cable."""
    rows = [line.split() for line in if_inet6.splitlines()]
    return any(len(row) == _IF_INET6_FIELDS and row[3] == _GLOBAL_SCOPE for row in rows)


def _door(rules: Sequence[Sequence[dict[str, Any]]], policy: object) -> Door:
    """Return what becomes of a packet that no rule with a condition speaks of."""
    for expressions in rules:
        parts = {name for expression in expressions for name in expression}
        if parts <= _UNCONDITIONAL and parts & {"drop", "reject"}:
            return "closed"
        if parts <= _UNCONDITIONAL and "accept" in parts:
            return "open"
    return "closed" if policy == "drop" else "open"


def _by_firewalld(has_ipv6: bool, otherwise: ProbeError) -> Facts:  # noqa: FBT001  a plain claim
    """Take firewalld's word that it runs: its zones turn away by default. Raises `otherwise`."""
    try:
        output = tool.run(["firewall-cmd", "--state"], timeout_s=_TIMEOUT_S)
    except ProbeError:
        raise otherwise from None
    if output.status != 0 or output.stdout.strip() != b"running":
        raise otherwise
    return _facts({"ipv4": "closed", "ipv6": "closed"}, has_ipv6, "firewalld")


def _facts(doors: dict[str, Door], has_ipv6: bool, source: Literal["nft", "firewalld"]) -> Facts:  # noqa: FBT001  as above
    counted = ("ipv4", "ipv6") if has_ipv6 else ("ipv4",)
    on = tuple(version for version in counted if doors[version] == "closed")
    return Facts(on, doors["ipv4"], doors["ipv6"], has_ipv6, source)


def _has_legacy_rules(root: Path) -> bool:
    """Whether the old iptables, which nft does not list, filters; unreadable counts as no."""
    names = ("proc/net/ip_tables_names", "proc/net/ip6_tables_names")
    return any("filter" in (proc.text(root / name) or "").split() for name in names)


CHECK = Check(
    "security.firewall",
    target=Computer,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"SEC_FIREWALL_OFF": ()},
)
