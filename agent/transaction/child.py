"""`python -m agent.transaction.child`: a [[transaction]] as JSON on stdin, its outcome as JSON on stdout.

The steps are taken in order, up to the first that fails. Secrets are looked up here, at the moment they are
used, and leave only towards the system. Nothing that the system answered is printed.
"""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from agent.transaction import conditions
from agent.transaction.wire import Wire, WireError
from checks.software.outcome import BUDGET_S, Outcome, Step
from config import secrets
from config.devices import Step as Wanted
from config.devices import Transaction
from config.rules import seconds
from config.secrets import SecretError


def main() -> int:
    """Run what stands on stdin; always 0, for the outcome says how it went."""
    target = msgspec.json.decode(sys.stdin.buffer.read(), type=Transaction)
    sys.stdout.buffer.write(msgspec.json.encode(outcome(target)))
    return 0


def outcome(target: Transaction) -> Outcome:
    """Look up the secrets, then take the steps."""
    if any(conditions.unreadable(step.expect) for step in target.step):
        return Outcome(reason="transaction.bad_condition")
    try:
        values = _secrets(target)
    except SecretError:
        return Outcome(reason="transaction.no_secret")
    return Outcome(tuple(run(target, values, time.monotonic() + BUDGET_S)))


def run(target: Transaction, values: dict[str, str], deadline_s: float) -> Iterator[Step]:
    """Take the steps and yield how each went, up to the first that failed; saved values join `values`."""
    with contextlib.closing(Wire(target.base_url, target.ca_file)) as wire:
        for wanted in target.step:
            done = _take(wire, wanted, values, deadline_s)
            yield done
            if done.failure:
                return


def _take(wire: Wire, wanted: Wanted, values: dict[str, str], deadline_s: float) -> Step:
    expect = wanted.expect
    timeout_s = min(seconds(expect.within), deadline_s - time.monotonic())
    if timeout_s <= 0:
        return Step(wanted.name, failure="timeout")
    try:
        path = conditions.filled(wanted.get or wanted.post, values, is_path=True)
        form = {key: conditions.filled(value, values) for key, value in wanted.form.items()}
        headers = {key: conditions.filled(value, values) for key, value in wanted.header.items()}
        answer = wire.exchange(path, form if wanted.post else None, headers, expect.status, timeout_s)
    except WireError as error:
        return Step(wanted.name, failure=error.code)
    except KeyError as error:
        return Step(wanted.name, failure="save", detail=str(error.args[0]))
    is_slow = expect.warn_within is not None and answer.ms > 1000 * seconds(expect.warn_within)
    step = Step(wanted.name, answer.ms, answer.status, is_slow)
    if fault := next(conditions.broken(expect, answer.status, answer.body), None):
        return msgspec.structs.replace(step, failure=fault.failure, detail=fault.detail)
    try:
        values.update(conditions.saved(wanted.save, answer.body))
    except KeyError as error:
        return msgspec.structs.replace(step, failure="save", detail=str(error.args[0]))
    return step


def _secrets(target: Transaction) -> dict[str, str]:
    """Return each secret by the name that fills it. Raises SecretError."""
    texts = (
        text
        for step in target.step
        for text in (step.get, step.post, *step.form.values(), *step.header.values())
    )
    file = Path(target.settings_file) if target.settings_file else None
    names = conditions.secret_names(texts)
    return {f"secret.{name}": secrets.resolve(f"secret:{name}", file).reveal() for name in names}


if __name__ == "__main__":
    sys.exit(main())
