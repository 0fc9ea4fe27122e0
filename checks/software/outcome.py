"""One run of a transaction: by a child that is asked on its standard input, shared by the checks on it.

The child is `python -m agent.transaction.child`; it alone loads an HTTP library, looks up the secrets and
sees what the system answers. What comes back is numbers and codes, and texts only from the settings.
"""

import sys
import threading
import time
from typing import Final

import msgspec

from checks.io import tool
from checks.model import ProbeError
from config.devices import Transaction

SHARED_S: Final = 5.0
BUDGET_S: Final = 12.0  # all steps together; the checks' own limit is 15 s
_GRACE_S = 1.5  # for the child to start and to say that time is up


class Step(msgspec.Struct, frozen=True):
    """One step. `ms` until the body was in, None where no answer came; `failure` "" is good.

    `failure`: a code of `reasons.OUTAGES`, "status", "contains", "not_contains", "json", "save", "redirect"
    or "too_large". `detail` is the condition that failed, as the settings write it.
    """

    name: str
    ms: float | None = None
    http_status: int | None = None
    is_slow: bool = False  # past its own warn_within
    failure: str = ""
    detail: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """The steps in order up to the first that failed; `reason`: why none was taken, "" if they were."""

    steps: tuple[Step, ...] = ()
    reason: str = ""


class _Memory:
    """The last outcome of one transaction; touched under its lock only."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.outcome: Outcome | str = ""
        self.outcome_s = float("-inf")


_memories: dict[str, _Memory] = {}
_MAX_MEMORIES = 64


def read(target: Transaction) -> Outcome:
    """Return an outcome that is at most 5 s old; a failure is shared for as long.

    Raises ProbeError "transaction.no_secret", "transaction.bad_condition", "transaction.crashed",
    "tool.hung".
    """
    memory = _memory(target)
    with memory.lock:
        if time.monotonic() - memory.outcome_s >= SHARED_S:
            memory.outcome = _outcome(target)
            memory.outcome_s = time.monotonic()
        outcome = memory.outcome
    if isinstance(outcome, str):
        raise ProbeError(outcome)
    return outcome


def once(target: Transaction) -> Outcome:
    """Run the steps now. Raises as `read`."""
    output = tool.run(
        [sys.executable, "-m", "agent.transaction.child"],
        timeout_s=BUDGET_S + _GRACE_S,
        stdin=msgspec.json.encode(target),
    )
    try:
        outcome = msgspec.json.decode(output.stdout, type=Outcome)
    except msgspec.DecodeError:
        raise ProbeError("transaction.crashed") from None
    if outcome.reason:
        raise ProbeError(outcome.reason)
    return outcome


def _outcome(target: Transaction) -> Outcome | str:
    try:
        return once(target)
    except ProbeError as error:
        return error.code


def _memory(target: Transaction) -> _Memory:
    key = msgspec.json.encode(target).decode()
    if key not in _memories and len(_memories) >= _MAX_MEMORIES:
        _memories.clear()
    return _memories.setdefault(key, _Memory())
