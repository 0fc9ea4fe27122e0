"""The literal table of checks: what is built. A check that is not here is not built."""

from checks import agent_self, systems
from checks.computer import (
    boot,
    clock,
    crash_log,
    disk_health,
    disk_space,
    display,
    freeze,
    memory,
    power,
)
from checks.model import AnyCheck
from checks.network import dns, gateway, internet, link, stability
from checks.printer import paper, queue, reachable, status, supplies
from checks.room import air, humidity
from checks.room import temperature as room_temperature
from checks.scanner import errors, present
from checks.security import antivirus, disk_encryption, firewall, screen_lock, threats, updates
from checks.software import core_login, crashes, modules, services
from checks.thermal import fan, temperature, throttle

ALL: tuple[AnyCheck, ...] = (
    agent_self.CHECK,
    boot.CHECK,
    display.CHECK,
    freeze.CHECK,
    crash_log.CHECK,
    disk_space.CHECK,
    disk_health.CHECK,
    memory.CHECK,
    clock.CHECK,
    power.CHECK,
    temperature.CHECK,
    throttle.CHECK,
    fan.CHECK,
    link.CHECK,
    gateway.CHECK,
    dns.CHECK,
    internet.CHECK,
    stability.CHECK,
    systems.CHECK,
    reachable.CHECK,
    status.CHECK,
    paper.CHECK,
    supplies.CHECK,
    queue.CHECK,
    present.CHECK,
    errors.CHECK,
    core_login.CHECK,
    modules.CHECK,
    services.CHECK,
    crashes.CHECK,
    antivirus.CHECK,
    threats.CHECK,
    firewall.CHECK,
    disk_encryption.CHECK,
    screen_lock.CHECK,
    updates.CHECK,
    room_temperature.CHECK,
    humidity.CHECK,
    air.CHECK,
)

BY_ID = {check.id: check for check in ALL}
