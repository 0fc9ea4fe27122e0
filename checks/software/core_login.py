"""Login: does the company system still let this desk's test account in?

Clause 2.5a. Source: the login step of a [[transaction]]: the first that posts a form. The broker's own
session is in the broker's browser, which nobody reads; without a transaction the morning card asks.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from checks.model import Check, Finding, NoParams, ProbeError
from checks.software import outcome
from checks.software.outcome import Step
from config.devices import Transaction

_REFUSED = {401, 403}
_BY_ANSWER = {"contains", "json", "save"}  # a text that must not be there names its own cause
_SERVER_ERROR = 500


class Facts(msgspec.Struct, frozen=True):
    """`method` is how it was found out: by a form of a transaction."""

    session_valid: bool
    method: Literal["form"] = "form"


def probe(target: Transaction, _params: NoParams) -> Facts:
    """Log in once. Raises as `outcome.read`, and "transaction.not_reached" where the answer is no answer."""
    number = login_of(target)
    steps = outcome.read(target).steps
    if number is None or number >= len(steps):
        raise ProbeError("transaction.not_reached")
    is_refused = refusal_of(steps, number)
    if steps[number].failure and not is_refused:
        raise ProbeError("transaction.not_reached")
    return Facts(session_valid=not is_refused)


def judge(facts: Facts, _params: NoParams) -> Iterator[Finding]:
    """Yield SYS_LOGIN where the system answered and did not let us in."""
    if not facts.session_valid:
        yield Finding("SYS_LOGIN")


def login_of(target: Transaction) -> int | None:
    """Return the place of the login among the steps, None where there is none."""
    return next((at for at, step in enumerate(target.step) if step.post and step.form), None)


def refusal_of(steps: Sequence[Step], login: int) -> bool:
    """Whether the login was answered, and the answer was no; a server that fails refuses nobody."""
    if login >= len(steps):
        return False
    step = steps[login]
    is_server_well = step.http_status is not None and step.http_status < _SERVER_ERROR
    by_status = step.failure == "status" and step.http_status in _REFUSED
    return by_status or (step.failure in _BY_ANSWER and is_server_well)


def applies(target: Transaction) -> bool:
    """Whether a transaction logs in at all."""
    return login_of(target) is not None


CHECK = Check(
    "software.core_login",
    target=Transaction,
    params=NoParams,
    facts=Facts,
    probe=probe,
    judge=judge,
    applies=applies,
    faults={"SYS_LOGIN": ()},
)
