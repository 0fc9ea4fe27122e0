"""What this program has built, found in the program itself and kept in no list of its own.

Checks are those of the registry, tests those that `deskready test` can run, questions those that the
morning card asks. Everything else is as far built as the commands that serve it: one that answers
"not built yet" serves nobody.
"""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Literal

from agent import card
from agent.cli import main, ready
from checks import registry
from config import procedure as procedures
from config.shipped import Shipped, ShippedCheck

# Mechanism -> the commands that serve it. One without commands has no code in sight.
SERVED_BY: Mapping[str, tuple[str, ...]] = {
    "attestation": ("ready", "open"),  # `ready --confirm` can only say yes; the page takes a "problem" too
    "guidance": ("status", "open"),
    "incident": ("incident",),
    "journal": ("log", "cases", "told", "journal", "report"),
    "maintenance": ("maintenance",),
    "policy": ("report",),
    "report": ("report",),
    "training": (),
}


def shipped() -> Shipped:
    """Describe the program as it is today."""
    built = {check.id: ShippedCheck(check.params, check.faults) for check in registry.ALL}
    own = procedures.load()
    parts: dict[str, Literal["built", "partly"]] = {}
    for mechanism, commands in SERVED_BY.items():
        if state := _state(commands):
            parts[mechanism] = state
    parts |= {f"test:{test}": "built" for test in ready.BUILT_TESTS}
    if attestation := parts.pop("attestation", None):
        asked = card.questions(own, frozenset(), {"n_cases": 1, "n_planned": 1})
        parts |= {f"attestation:{row.id}": attestation for row in asked}
    return Shipped(built, frozenset(own.checks) - built.keys(), parts)


def is_built(command: str) -> bool:
    """Whether a command of the contract does its work rather than say that it is not built yet."""
    module = main.FAMILIES.get(command)
    return module is not None and command not in main.NOT_BUILT and find_spec(module) is not None


def _state(commands: Iterable[str]) -> Literal["built", "partly"] | None:
    answers = [is_built(command) for command in commands]
    if not any(answers):
        return None
    return "built" if all(answers) else "partly"
