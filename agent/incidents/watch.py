"""One fault of one row over its last results: a pure count, from which the incident fold decides.

All times are seconds since boot. Unknown results never come here.
"""

import msgspec

from agent.clock import Instant
from agent.result import Fault, Result
from agent.track import Rule

RECENT_COUNT = 20  # results looked back on
INTERMITTENT_BAD = 10  # as many bad ones among them are a fault too, though never enough in a row


class Watch(msgspec.Struct, frozen=True):
    """What the newest results say of one fault. `changes_s`: when its incident opened, recovered, failed."""

    recent: tuple[bool, ...] = ()  # True is bad; newest last
    bad_count: int = 0  # in a row
    bad_since_s: float = 0.0
    last_bad_s: float = 0.0  # while none was seen: when the watch began
    fault: Fault | None = None  # of the newest bad result
    bad_result: Result | None = None
    severity_count: int = 0  # bad results in a row with the same severity
    good_count: int = 0  # in a row
    good_since: Instant | None = None  # the first of them
    changes_s: tuple[float, ...] = ()


def moment(result: Result) -> Instant:
    """When a result was measured."""
    return Instant(result.measured_at, result.boot_s, result.boot_id)


def observe(watch: Watch | None, result: Result, fault: Fault | None) -> Watch:
    """Take one result in: with the fault in it, or without (None)."""
    watch = watch or Watch(last_bad_s=result.boot_s)
    recent = (*watch.recent, fault is not None)[-RECENT_COUNT:]
    if fault is None:
        return msgspec.structs.replace(
            watch,
            recent=recent,
            bad_count=0,
            severity_count=0,
            good_count=watch.good_count + 1,
            good_since=watch.good_since if watch.good_count else moment(result),
        )
    is_same = watch.fault is not None and watch.fault.severity == fault.severity
    return msgspec.structs.replace(
        watch,
        recent=recent,
        bad_count=watch.bad_count + 1,
        bad_since_s=watch.bad_since_s if watch.bad_count else result.boot_s,
        last_bad_s=result.boot_s,
        fault=fault,
        bad_result=result,
        severity_count=watch.severity_count + 1 if is_same else 1,
        good_count=0,
        good_since=None,
    )


def is_confirmed(watch: Watch, rule: Rule) -> bool:
    """Whether it has failed often enough in a row, and for as long as the procedure wants to wait."""
    if watch.fault is None or watch.bad_count < rule.fail_attempts:
        return False
    return watch.fault.severity == "stop" or watch.last_bad_s - watch.bad_since_s >= rule.hold_s


def is_intermittent(watch: Watch) -> bool:
    """Whether it fails half of the time: never enough in a row, and no less broken for that."""
    return sum(watch.recent) >= INTERMITTENT_BAD


def changed(watch: Watch, now_s: float, rule: Rule) -> Watch:
    """Note that the incident has just changed sides."""
    recent = tuple(at for at in watch.changes_s if now_s - at < rule.flap_window_s)
    return msgspec.structs.replace(watch, changes_s=(*recent, now_s))


def is_flapping(watch: Watch, now_s: float, rule: Rule) -> bool:
    """Whether the incident has changed sides too often within the window."""
    return sum(now_s - at < rule.flap_window_s for at in watch.changes_s) >= rule.flap_changes


def is_quiet(watch: Watch, now_s: float, rule: Rule) -> bool:
    """Whether it has been well for so long that the flapping is over."""
    return watch.good_count > 0 and now_s - watch.last_bad_s >= rule.flap_quiet_s


def is_spent(watch: Watch, now_s: float, rule: Rule) -> bool:
    """Whether nothing is left to remember."""
    return not any(watch.recent) and all(now_s - at >= rule.flap_window_s for at in watch.changes_s)
