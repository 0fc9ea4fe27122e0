"""What the program has built, told to `config` by the program itself: the base of lint and coverage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec


@dataclass(frozen=True)
class ShippedCheck:
    """One check in the program: the type of its params, and each fault with the values it always gives."""

    params: type[msgspec.Struct]
    faults: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Shipped:
    """`checks` are built; `awaited` are checks that the program's own procedure names and nobody built yet.

    `parts` tells of everything else how far it is built: a mechanism ("journal", "incident", "report",
    "training", "guidance", "policy", "maintenance"), "attestation:ID" or "test:ID". What it does not
    hold is missing.
    """

    checks: Mapping[str, ShippedCheck] = field(default_factory=dict)
    awaited: frozenset[str] = frozenset()
    parts: Mapping[str, Literal["built", "partly"]] = field(default_factory=dict)
