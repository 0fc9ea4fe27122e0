"""The agent itself: does this program look often enough, can it keep what it sees, are its settings good?

Clauses 4.1.1 and 5.1.1 rest on it: a checker that has stopped must not look like a healthy desk.
Source: the state of the running program, given as the target.
"""

from collections.abc import Iterator

import msgspec

from checks.model import Check, Finding, NoParams
from config.devices import Agent

MAX_HEARTBEAT_AGE_S = 90.0  # [verdict].snapshot_max_age_s: after this a reader turns grey by itself


class Facts(msgspec.Struct, frozen=True):
    """`heartbeat_age_s`: since the core last went round. `clock_jump_s`: last step of the wall clock."""

    heartbeat_age_s: float
    config_ok: bool
    db_ok: bool
    clock_jump_s: float


def probe(target: Agent, _params: NoParams) -> Facts:
    """Take over what the program knows of itself."""
    return Facts(
        heartbeat_age_s=round(target.heartbeat_age_s, 1),
        config_ok=not target.config_error,
        db_ok=not target.store_error,
        clock_jump_s=round(target.clock_jump_s, 1),
    )


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield AGT_STALE for a core that has stopped, AGT_STORE and AGT_CONFIG for what IT must mend."""
    if facts.heartbeat_age_s > MAX_HEARTBEAT_AGE_S:
        yield Finding("AGT_STALE", {"minutes": round(facts.heartbeat_age_s / 60)})
    if not facts.db_ok:
        yield Finding("AGT_STORE")
    if not facts.config_ok:
        yield Finding("AGT_CONFIG")


CHECK = Check(
    "agent.self",
    target=Agent,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    faults={"AGT_STALE": ("minutes",), "AGT_STORE": (), "AGT_CONFIG": ()},
)
