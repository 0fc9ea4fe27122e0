"""Results and rows for tests of the verdict, made by hand: no device is behind them."""

from datetime import UTC, datetime

from agent.clock import Instant
from agent.result import Fault, Result, State
from agent.track import Rule, Track, fold
from agent.verdict import Row

BOOT = "boot-of-the-test"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def rule(check: str = "network.link", level: str = "blocking", **changes: object) -> Rule:
    own = {
        "check": check,
        "capability": "network",
        "level": level,
        "parent": None,
        "ttl_s": 90.0,
        "fail_attempts": 3,
        "recover_attempts": 2,
        "retry_s": 10.0,
        "hold_s": 0.0,
        "flap_window_s": 1800.0,
        "flap_changes": 4,
        "flap_quiet_s": 1800.0,
    }
    return Rule(**{**own, **changes})


def result(
    at_s: float, state: State = "ok", *codes: str, severity: str = "stop", **changes: object
) -> Result:
    own = {
        "check": "network.link",
        "device": "network",
        "level": "blocking",
        "state": state,
        "findings": tuple(Fault(code, severity, (), {}) for code in codes),
        "reason": "test.unknown" if state == "unknown" else None,
        "boot_id": BOOT,
        "boot_s": at_s,
    }
    return Result(**{**own, **changes})


def failing(at_s: float, severity: str = "stop", code: str = "NET_LINK_DOWN") -> Result:
    return result(at_s, "fail" if severity == "stop" else "warn", code, severity=severity)


def folded(of: Rule, *results: Result, in_grace: bool = False) -> Track:
    track = Track()
    for one in results:
        track = fold(track, one, of, in_grace=in_grace)
    return track


def row(of: Rule, *results: Result, device: str = "network", is_own: bool = True) -> Row:
    return Row(of, device, folded(of, *results), is_own)


def at(seconds: float) -> Instant:
    return Instant(START, seconds, BOOT)
