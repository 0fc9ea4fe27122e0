"""Antivirus: is protection on, and are its definitions young enough to know today's viruses?

Clauses 4.1.6 and 5.1.4. Source: ClamAV's daemon over its socket (`checks.io.clamd`): a process that runs
proves less than an answer. Scanning on access is clamonacc's work; it is told as a fact.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from checks.io import clamd, proc, processes
from checks.model import Check, Finding, ProbeError
from config.devices import Computer

_ON_ACCESS = "clamonacc"
_DAY_S = 86400.0


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Age of the definitions in days, inclusive."""

    warn_days: float = 3.0
    fail_days: float = 14.0


class Facts(msgspec.Struct, frozen=True):
    """`realtime` is None where other users' processes are hidden; age None: no definitions, or it is off."""

    enabled: bool
    realtime: bool | None
    definitions_age_days: float | None
    version: str = ""


def probe(target: Computer, _params: Params) -> Facts:
    """Ask the daemon.

    Raises ProbeError "security.no_antivirus_known" (absent: none that we can ask is installed), and what
    `clamd` raises.
    """
    proc.require_linux()
    root = Path(target.root)
    config = clamd.config(root)
    if config is None:
        raise ProbeError("security.no_antivirus_known", is_absent=True)
    found = clamd.version(clamd.socket_of(root, config))
    if found is None:
        return Facts(enabled=False, realtime=False, definitions_age_days=None)
    running = {one.name for one in processes.listed(root)}
    return Facts(
        enabled=True,
        realtime=_ON_ACCESS in running if running else None,
        definitions_age_days=_age_days(found.definitions_at),
        version=found.version,
    )


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield SEC_AV_OFF where it is off, has no definitions, or old ones."""
    age_days = facts.definitions_age_days
    if not facts.enabled or age_days is None:
        yield Finding("SEC_AV_OFF", {"days": None})
    elif age_days >= params.warn_days:
        yield Finding("SEC_AV_OFF", {"days": int(age_days)}, is_warning=age_days < params.fail_days)


def _age_days(at: datetime | None) -> float | None:
    return None if at is None else round(max(0.0, (datetime.now(UTC) - at).total_seconds()) / _DAY_S, 1)


CHECK = Check(
    "security.antivirus",
    target=Computer,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"SEC_AV_OFF": ("days",)},
)
