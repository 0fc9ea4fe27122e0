"""Checks that do what the test says: real `Check` values with no device behind them."""

import time
from collections.abc import Callable, Iterator

import msgspec

from agent.plan import Job
from checks.model import Check, Finding, NoParams, ProbeError
from config.procedure import Procedure, load
from config.row import Text
from config.schema import CheckRow


class Facts(msgspec.Struct, frozen=True):
    """One number; below 0 is the fault."""

    value: float


class Limits(msgspec.Struct, frozen=True):
    """A pair of limits with hysteresis and a hold."""

    warn_pct: float = 10
    warn_clear_pct: float = 12
    fail_pct: float = 3
    fail_clear_pct: float = 5


PROCEDURE: Procedure = load()


def row(name: str = "network.link", **changes: object) -> CheckRow:
    own = {
        "id": name,
        "capability": "network",
        "level": "blocking",
        "interval_s": 15.0,
        "timeout_s": 3.0,
        "title": Text(zh="测试", en="test"),
        "facts": (),
        "faults": ("NET_LINK_DOWN",),
    }
    return CheckRow(**{**own, **changes})


def job(
    probe: Callable[[], float], name: str = "network.link", device: str = "network", **changes: object
) -> Job:
    """A job whose fault is NET_LINK_DOWN while the probe's number is below 0."""

    def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
        if facts.value < 0:
            yield Finding("NET_LINK_DOWN")

    check = Check(
        name,
        target=object,
        params=NoParams,
        facts=Facts,
        probe=lambda _target, _params: Facts(probe()),
        judge=judge,
        faults={"NET_LINK_DOWN": ()},
    )
    return Job(row(name, **changes), device, check, object(), NoParams())


def level_job(values: list[float]) -> Job:
    """A job whose readings are taken from `values` in turn, judged with two limits and their hysteresis."""

    def judge(facts: Facts, params: Limits) -> Iterator[Finding]:
        if facts.value < params.fail_pct:
            yield Finding("PC_DISK_FULL", {"free": "little"})
        elif facts.value < params.warn_pct:
            yield Finding("PC_DISK_FULL", {"free": "some"}, is_warning=True)

    readings = iter(values)
    check = Check(
        "computer.disk_space",
        target=object,
        params=Limits,
        facts=Facts,
        probe=lambda _target, _params: Facts(next(readings)),
        judge=judge,
        faults={"PC_DISK_FULL": ("free",)},
    )
    return Job(row("computer.disk_space", faults=("PC_DISK_FULL",)), "computer", check, object(), Limits())


def unknown(code: str = "test.unknown") -> float:
    raise ProbeError(code)


def hang(seconds: float) -> float:
    time.sleep(seconds)
    return 1.0
