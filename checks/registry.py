"""The literal table of checks: what is built. A check that is not here is not built."""

from checks import agent_self
from checks.model import AnyCheck

ALL: tuple[AnyCheck, ...] = (
    agent_self.CHECK,
)

BY_ID = {check.id: check for check in ALL}
