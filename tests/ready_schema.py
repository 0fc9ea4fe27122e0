"""The contract `deskready.ready/1` as strict types: unknown or missing keys, wrong kinds and values fail."""

from typing import Annotated, Any, Literal

import msgspec

Stamp = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
Colour = Literal["green", "amber", "grey", "red"]
Count = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]


class _Strict(msgspec.Struct, forbid_unknown_fields=True):
    pass


class Finding(_Strict):
    code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2,5}_[A-Z_]+$")]
    severity: Literal["stop", "degraded", "notice"]
    clauses: list[Annotated[str, msgspec.Meta(pattern=r"^[0-9X]\.")]]
    values: dict[str, str | int | float | None]


class Result(_Strict):
    check: str
    device: str
    level: Literal["blocking", "advisory"]
    state: Literal["ok", "warn", "fail", "unknown", "off"]
    findings: list[Finding]
    reason: str | None
    facts: dict[str, Any]
    measured_at: Stamp
    age_s: Seconds | None
    took_s: Seconds

    def __post_init__(self):
        has_reason = self.state in {"unknown", "off"}
        if has_reason != (self.reason is not None):
            raise ValueError(f"{self.check}: state {self.state} with reason {self.reason}")
        if (self.state in {"warn", "fail"}) != bool(self.findings):
            raise ValueError(f"{self.check}: state {self.state} with findings {self.findings}")


class Coverage(_Strict):
    checked: Count
    total: Count


class Reason(_Strict):
    colour: Colour
    check: str | None
    device: str | None
    code: str


class Ready(_Strict):
    schema: Literal["deskready.ready/1"]
    station: str
    site: str
    verdict: Colour
    valid_until: Stamp
    coverage: Coverage
    results: list[Result]
    reasons: list[Reason]


def decode(text: bytes) -> Ready:
    """Read one answer. Raises msgspec.ValidationError."""
    return msgspec.json.decode(text, type=Ready, strict=True)
