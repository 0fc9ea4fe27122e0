"""What one run of one check came to, and what the whole desk comes to: plain values, no rules.

`Result` is what the store keeps and the contract's JSON shows; `Verdict` is the light with its reasons.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import msgspec

from checks.model import Sample, Value
from config.schema import Severity

State: TypeAlias = Literal["ok", "warn", "fail", "unknown", "off"]
Colour: TypeAlias = Literal["green", "amber", "grey", "red"]
STATES: tuple[State, ...] = ("ok", "warn", "fail", "unknown", "off")
COLOURS: tuple[Colour, ...] = ("green", "amber", "grey", "red")  # worst last: [verdict] order


class Fault(msgspec.Struct, frozen=True):
    """A finding with what the procedure says of it: severity, the clauses it breaks, values for words."""

    code: str
    severity: Severity
    clauses: tuple[str, ...]
    values: Mapping[str, Value]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `state` "unknown" and "off" carry a `reason`; the others carry none.

    `measured_at` is aware UTC, for people. Age is counted on `boot_s` (seconds since boot, sleep
    included) within one `boot_id`; a result of another boot has no age and is stale.
    """

    check: str
    device: str
    level: Literal["blocking", "advisory"]
    state: State
    findings: tuple[Fault, ...] = ()
    reason: str | None = None
    facts: Mapping[str, Any] = {}  # builtins only: what msgspec.to_builtins makes of the check's Facts
    samples: tuple[Sample, ...] = ()
    measured_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    took_s: float = 0.0
    boot_id: str = ""
    boot_s: float = 0.0
    is_absent: bool = False  # unknown because this machine has no such thing

    @property
    def key(self) -> tuple[str, str]:
        """(check, device), of which there is one row on the desk."""
        return (self.check, self.device)


class Reason(msgspec.Struct, frozen=True):
    """Why the desk has its colour. `code` is a fault code, a result's reason, or a rule's own name."""

    colour: Colour
    check: str | None
    device: str | None
    code: str


class Verdict(msgspec.Struct, frozen=True):
    """The light: its colour, until when it holds, what of the procedure was really checked, and why."""

    colour: Colour
    valid_until: datetime  # aware UTC
    checked: int
    total: int
    reasons: tuple[Reason, ...]
