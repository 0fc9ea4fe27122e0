"""The literal table of checks: what is built. A check that is not here is not built."""

from checks import agent_self, scanner, systems
from checks.model import AnyCheck
from checks.network import dns, gateway, internet, link, stability

ALL: tuple[AnyCheck, ...] = (
    agent_self.CHECK,
    link.CHECK,
    gateway.CHECK,
    dns.CHECK,
    internet.CHECK,
    stability.CHECK,
    systems.CHECK,
    scanner.CHECK,
)

BY_ID = {check.id: check for check in ALL}
