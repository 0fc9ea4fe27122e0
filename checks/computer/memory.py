"""Memory: is there enough left for one more page of the company system?

Clauses 2.2 and 4.1.1. Source: /proc/meminfo (proc(5)); MemAvailable is the kernel's own
estimate of what programs can still have without swapping.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from checks.io import proc, processes
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

_MAX_MEMINFO_BYTES = 16 * 1024


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Least memory left, in percent of all; below is a fault."""

    warn_available_pct: float = 10.0
    warn_clear_pct: float = 15.0
    hold_s: float = 180.0


class Facts(msgspec.Struct, frozen=True):
    """`swap_used_pct` is None without swap.

    `app` names the program with most memory; None if unknown, and while there is enough for all.
    """

    available_pct: float
    swap_used_pct: float | None
    app: str | None


def probe(target: Computer, params: Params) -> Facts:
    """Read the kernel's account; ask who is to blame where memory is short. Raises "memory.unreadable"."""
    proc.require_linux()
    root = Path(target.root)
    sizes = parse(proc.text(root / "proc/meminfo", _MAX_MEMINFO_BYTES) or "")
    total, available = sizes.get("MemTotal"), sizes.get("MemAvailable")
    if not total or available is None or available > total:
        raise ProbeError("memory.unreadable")
    swap, unused = sizes.get("SwapTotal"), sizes.get("SwapFree")
    available_pct = round(100 * available / total, 2)
    is_short = available_pct < max(params.warn_available_pct, params.warn_clear_pct)
    return Facts(
        available_pct=available_pct,
        swap_used_pct=None if not swap or unused is None else round(100 * (swap - unused) / swap, 2),
        app=processes.largest(root) if is_short else None,
    )


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield PC_MEMORY below the limit."""
    if facts.available_pct < params.warn_available_pct:
        yield Finding("PC_MEMORY", {"app": facts.app}, is_warning=True)


def parse(meminfo: str) -> dict[str, int]:
    """Return the lines "Name:  123 kB" as name and KiB."""
    found = {}
    for line in meminfo.splitlines():
        name, _, rest = line.partition(":")
        fields = rest.split()
        if fields and fields[0].isdigit() and fields[1:] in ([], ["kB"]):
            found[name] = int(fields[0])
    return found


CHECK = Check(
    "computer.memory",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"PC_MEMORY": ("app",)},
)
