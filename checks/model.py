"""What a check is: a value made of pure functions and one probe.

`probe` alone touches the world; `carry`, `judge` and `measure` are pure. "The device is wrong" is a
`Finding`; "we could not look" is a `ProbeError`, which is never good and never a fault of the device.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

Value: TypeAlias = str | int | float | None
T = TypeVar("T")
P = TypeVar("P", bound=msgspec.Struct)
F = TypeVar("F", bound=msgspec.Struct)


class Finding(msgspec.Struct, frozen=True):
    """One fault code of the procedure with the values its words need.

    `is_warning` says that the warn limit was passed and the fail limit was not; such a finding takes
    the fault's `warn_severity` where the procedure gives one.
    """

    code: str
    values: Mapping[str, Value] = {}
    is_warning: bool = False


class Sample(msgspec.Struct, frozen=True):
    """One number for /metrics: a metric name of the contract, labels from closed sets, a finite value."""

    metric: str
    value: float
    labels: Mapping[str, str] = {}


class ProbeError(Exception):
    """The probe could not look. `code` is dotted and stable ("snmp.timeout"); it becomes the reason.

    `is_absent` means that this machine has no such thing at all (no sensor, no battery): the row stays
    unknown and lowers the coverage, but it does not hold the whole desk grey.
    """

    def __init__(self, code: str, *, is_absent: bool = False, **values: Value) -> None:
        super().__init__(code)
        self.code = code
        self.is_absent = is_absent
        self.values = values


def _no_samples(_facts: object) -> Iterable[Sample]:
    return ()


def _to_all(_target: object) -> bool:
    return True


def _as_read(_previous: F | None, current: F) -> F:
    return current


class Check(msgspec.Struct, Generic[T, P, F], frozen=True):
    """One kind of check; it runs once per device that is a `target`.

    `faults` maps each fault code that `judge` can yield to the names of the values it always gives.
    `carry(previous facts or None, facts just read)` is for counters and windows: it returns the facts
    to judge. It sees only facts, so it is pure; after a restart `previous` is None. It may raise
    ProbeError where the two together show that the reading cannot be trusted (a frozen sensor).
    `kept` names the facts that `carry` needs over a restart too; the times in them are wall-clock days.
    `applies(target)` leaves out targets that cannot have this (a thermometer has no humidity).
    """

    id: str
    target: type[T]
    params: type[P]
    facts: type[F]
    probe: Callable[[T, P], F]
    judge: Callable[[F, P], Iterator[Finding]]
    faults: Mapping[str, tuple[str, ...]]
    measure: Callable[[F], Iterable[Sample]] = _no_samples
    carry: Callable[[F | None, F], F] = _as_read
    kept: tuple[str, ...] = ()
    applies: Callable[[T], bool] = _to_all


AnyCheck: TypeAlias = Check[Any, Any, Any]


class NoParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For a check that the procedure gives no thresholds."""
