"""What the program has built, told to `config` by the program itself: the base of lint and coverage."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec


@dataclass(frozen=True)
class ShippedCheck:
    """One check in the program: the type of its params, and each fault with the values it always gives."""

    params: type[msgspec.Struct]
    faults: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Shipped:
    """`checks` are built; `awaited` are checks that this edition of the program names and has not built.

    `parts` holds the other things that are built: a mechanism's name ("attestation", "journal",
    "incident", "report", "training", "guidance", "policy", "maintenance") or "test:ID".
    """

    checks: Mapping[str, ShippedCheck] = field(default_factory=dict)
    awaited: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
