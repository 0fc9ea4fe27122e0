"""Business modules: does each part of the company's systems do its work, and as fast as usual?

Clauses 2.5b and 5.1.2. Source: the [[transaction]]s of the settings, each a few requests that a broker would
make, with a read-only account on a test record (`checks.software.outcome`).
"""

from collections.abc import Iterable, Iterator

import msgspec

from checks.model import Check, Finding, ProbeError, Sample, Value
from checks.software import outcome
from checks.software.core_login import login_of, refusal_of
from checks.software.outcome import Step
from config.devices import Transaction

_USUAL_WEIGHT = 0.1  # of the newest run; a change of a day's length shows, one slow run does not
_OWN_WORDS = {"status", "not_contains"}


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of the slowest step in milliseconds, above which it is slow."""

    fast_ms: float = 2000.0
    slow_ms: float = 5000.0


class Facts(msgspec.Struct, frozen=True):
    """`latency_ms`: the slowest step; `usual_ms`: what it usually is, None on the first run.

    `error_text` is the condition that failed, as the settings write it; "" where all is well.
    """

    module: str
    http_status: int | None
    latency_ms: float | None
    error_text: str
    failed_step: str
    failure: str
    transaction: str
    steps: tuple[Step, ...]
    usual_ms: float | None = None


def probe(target: Transaction, _params: Params) -> Facts:
    """Take the steps once; ends within 15 s.

    Raises ProbeError "transaction.login_refused" (that is software.core_login's), and as `outcome.read`.
    """
    steps = outcome.read(target).steps
    login = login_of(target)
    if login is not None and refusal_of(steps, login):
        raise ProbeError("transaction.login_refused")
    last = steps[-1]
    return Facts(
        module=target.title or target.id,
        http_status=last.http_status,
        latency_ms=max((step.ms for step in steps if step.ms is not None), default=None),
        error_text=last.detail,
        failed_step=last.name if last.failure else "",
        failure=last.failure,
        transaction=target.id,
        steps=steps,
    )


def carry(previous: Facts | None, current: Facts) -> Facts:
    """Keep what the slowest step usually takes: a mean in which a run counts less the older it is."""
    if previous is None:
        return current
    usual_ms = previous.latency_ms if previous.usual_ms is None else previous.usual_ms
    if usual_ms is not None and previous.latency_ms is not None and not previous.failure:
        usual_ms += _USUAL_WEIGHT * (previous.latency_ms - usual_ms)
    return msgspec.structs.replace(current, usual_ms=usual_ms)


def judge(facts: Facts, params: Params) -> Iterator[Finding]:
    """Yield SYS_MODULE_DOWN where a step failed, SYS_SLOW where one took too long."""
    if facts.failure:
        status = facts.error_text if facts.failure in _OWN_WORDS else facts.failure
        yield Finding(
            "SYS_MODULE_DOWN", {"module": facts.module, "status": status, "step": facts.failed_step}
        )
        return
    slowest_ms = facts.latency_ms or 0.0
    if any(step.is_slow for step in facts.steps) or slowest_ms > params.fast_ms:
        values: dict[str, Value] = {
            "module": facts.module,
            "seconds": round(slowest_ms / 1000, 1),
            "usual_seconds": None if facts.usual_ms is None else round(facts.usual_ms / 1000, 1),
        }
        yield Finding("SYS_SLOW", values, is_warning=slowest_ms <= params.slow_ms)


def measure(facts: Facts) -> Iterable[Sample]:
    """Yield how long each step took; a step is told by its number, its name is for people."""
    for number, step in enumerate(facts.steps, start=1):
        if step.ms is not None:
            labels = {"transaction": facts.transaction, "step": str(number)}
            yield Sample("deskready_transaction_duration_seconds", step.ms / 1000, labels)


CHECK = Check(
    "software.modules",
    target=Transaction,
    params=Params,
    facts=Facts,
    probe=probe,
    judge=judge,
    carry=carry,
    measure=measure,
    faults={
        "SYS_MODULE_DOWN": ("module", "status", "step"),
        "SYS_SLOW": ("module", "seconds", "usual_seconds"),
    },
)
