"""Freezing: does this computer answer at once, or does it make people wait?

Clause 4.1.2. Sources: how much too late a short sleep ends; the time in which
every program waited for memory (/proc/pressure/memory, the kernel's Documentation/accounting/psi); programs
that the kernel itself calls hung (kernel.hung_task_detect_count).
"""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import proc, processes
from checks.model import Check, Finding
from config.devices import Computer

_SLEEP_S = 0.02
_SLEEPS = 10
_LOOK_S = 0.1
_NOTICEABLE_MS = 200.0  # from here on it is worth asking who is to blame
_PERIOD_S = 30.0  # stalls are told as milliseconds in half a minute
_LEAST_PERIOD_S = 5.0


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Longest delay in milliseconds, inclusive."""

    warn_delay_ms: float = 3000.0
    fail_delay_ms: float = 15000.0


class Pressure(msgspec.Struct, frozen=True):
    """Share of the last ten seconds, 0..100, in which some or all programs waited; None if not told."""

    cpu_some_pct: float | None
    io_full_pct: float | None
    memory_full_pct: float | None


class Facts(msgspec.Struct, frozen=True):
    """How late things are.

    `loop_delay_ms` is the worst of ten short sleeps. `memory_stall_ms` is the time in half a minute when
    nothing ran for want of memory, None on the first run or where it is not told. `hung_windows` counts
    programs that the kernel found hung since the previous run, None likewise. `app` is the stuck or busiest
    program, None while nothing is late. `stalled_us`, `hung_count` and `at_s` (monotonic) are the counters.
    """

    loop_delay_ms: float
    memory_stall_ms: float | None
    hung_windows: int | None
    app: str | None
    pressure: Pressure
    stalled_us: int | None
    hung_count: int | None
    at_s: float


def probe(target: Computer, params: Params) -> Facts:
    """Measure for a fifth of a second, or until a delay has passed the fail limit."""
    proc.require_linux()
    root = Path(target.root)
    delay_ms = _worst_delay_ms(params.fail_delay_ms)
    some_cpu, full_io, full_memory = (
        parse_pressure(proc.text(root / "proc/pressure" / name) or "", kind)
        for name, kind in (("cpu", "some"), ("io", "full"), ("memory", "full"))
    )
    hung_count = proc.integer(root / "proc/sys/kernel/hung_task_detect_count")
    is_late = delay_ms >= _NOTICEABLE_MS or bool(full_memory and full_memory[0] > 0) or bool(hung_count)
    return Facts(
        loop_delay_ms=round(delay_ms, 1),
        memory_stall_ms=None,
        hung_windows=None,
        app=_blamed(root) if is_late else None,
        pressure=Pressure(*(found[0] if found else None for found in (some_cpu, full_io, full_memory))),
        stalled_us=full_memory[1] if full_memory else None,
        hung_count=hung_count,
        at_s=time.monotonic(),
    )


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Turn the counters into what happened since the previous run."""
    if previous is None:
        return current
    return msgspec.structs.replace(
        current,
        memory_stall_ms=_stall_ms(previous, current),
        hung_windows=_risen(previous.hung_count, current.hung_count),
    )


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield PC_FREEZE where a delay or a stall reaches a limit, as a warning where a program hung."""
    worst_ms = max(facts.loop_delay_ms, facts.memory_stall_ms or 0.0)
    if worst_ms >= params.warn_delay_ms or facts.hung_windows:
        yield Finding("PC_FREEZE", {"app": facts.app}, is_warning=worst_ms < params.fail_delay_ms)


def parse_pressure(text: str, kind: str) -> tuple[float, int] | None:
    """Return (avg10 in percent, total in microseconds) of the line that starts with `kind`, or None."""
    for line in text.splitlines():
        words = line.split()
        values = dict(word.partition("=")[::2] for word in words[1:])
        if words[:1] == [kind] and values.get("total", "").isdigit():
            try:
                return float(values.get("avg10", "")), int(values["total"])
            except ValueError:
                return None
    return None


def _worst_delay_ms(enough_ms: float) -> float:
    worst_s = 0.0
    for _ in range(_SLEEPS):
        started_s = time.monotonic()
        time.sleep(_SLEEP_S)
        worst_s = max(worst_s, time.monotonic() - started_s - _SLEEP_S)
        if worst_s * 1000 >= enough_ms:
            break
    return worst_s * 1000


def _blamed(root: Path) -> str | None:
    """Name the program that waits for a disk all through a tenth of a second, else the busiest."""
    before = processes.listed(root)
    time.sleep(_LOOK_S)
    after = processes.listed(root)
    return processes.stuck(before, after) or processes.busiest(before, after)


def _stall_ms(previous: Facts, current: Facts) -> float | None:
    passed_s = current.at_s - previous.at_s
    stalled_us = _risen(previous.stalled_us, current.stalled_us)
    if stalled_us is None or passed_s < _LEAST_PERIOD_S:
        return None
    return round(min(1.0, stalled_us / 1e6 / passed_s) * _PERIOD_S * 1000, 1)


def _risen(before: int | None, now: int | None) -> int | None:
    return None if before is None or now is None else max(0, now - before)


CHECK = Check(
    "computer.freeze",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    carry=carry,
    faults={"PC_FREEZE": ("app",)},
)
