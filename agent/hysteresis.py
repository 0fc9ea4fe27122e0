"""Limits that let go later than they take hold: pure replacement of thresholds.

The procedure writes a pair such as `warn_pct = 10`, `warn_clear_pct = 12`: a warning begins below 10 and
ends only above 12. While a row is past its warn (or fail) limit, `judge` is given the clear limit in its
place; so `judge` itself needs no memory.
"""

from typing import TypeVar

import msgspec

from checks.model import Finding

P = TypeVar("P", bound=msgspec.Struct)


def held_limits(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Which limits the last judgement was past: ("warn",), ("warn", "fail") or none."""
    if not findings:
        return ()
    return ("warn",) if all(finding.is_warning for finding in findings) else ("warn", "fail")


def eased(params: P, held: tuple[str, ...]) -> P:
    """Return `params` with each held limit `<limit>_…_<unit>` replaced by its `<limit>_clear_<unit>`."""
    changes: dict[str, object] = {}
    for field in params.__struct_fields__:
        limit, clear, unit = (*field.split("_", 2), "", "")[:3]
        if clear == "clear" and limit in held:
            for other in params.__struct_fields__:
                if other.startswith(f"{limit}_") and other.endswith(f"_{unit}") and "_clear_" not in other:
                    changes[other] = getattr(params, field)
    return msgspec.structs.replace(params, **changes) if changes else params
