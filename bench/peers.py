"""Who deskready is measured beside, from Debian: node_exporter, and monitoring-plugins for `ready`.

Each plug-in asks what one check of the pre-operation test asks. Checks that no plug-in has a like for
(`WITHOUT_LIKE`) cost the plug-ins nothing here, while deskready runs them.
"""

from pathlib import Path

from bench.printer import COMMUNITY, PORT

NODE_EXPORTER = "/usr/bin/prometheus-node-exporter"
NODE_PORT = 9100
PLUGINS = Path("/usr/lib/nagios/plugins")
WITHOUT_LIKE = (
    "agent.self", "computer.boot", "computer.display", "computer.crash_log", "computer.power",
    "thermal.temperature", "network.link", "scanner.present",
)  # fmt: skip
# Cells of RFC 3805 and RFC 2790: sysUpTime, hrPrinterStatus, hrPrinterDetectedErrorState, the level of a tray
# and of a supply.
_UP_TIME = "1.3.6.1.2.1.1.3.0"
_STATUS = "1.3.6.1.2.1.25.3.5.1.1.2,1.3.6.1.2.1.25.3.5.1.2.2"
_TRAY = "1.3.6.1.2.1.43.8.2.1.10.2.1"
_SUPPLY = "1.3.6.1.2.1.43.11.1.1.9.2.1"


def node_exporter() -> list[str]:
    """Return its command line: its own defaults, on the loopback."""
    return [NODE_EXPORTER, f"--web.listen-address=127.0.0.1:{NODE_PORT}"]


def plugins(gateway: str, printer: str, core: str, internet: str) -> dict[str, list[str]]:
    """Return the command lines by the check that they are like; hosts and addresses are the desk's."""
    snmp = ["check_snmp", "-H", printer, "-p", str(PORT), "-P", "2c", "-C", COMMUNITY, "-o"]
    found = {
        "computer.disk_space": ["check_disk", "-w", "10%", "-c", "3%", "-p", "/"],
        "computer.memory": ["check_swap", "-w", "20%", "-c", "10%"],
        "network.gateway": ["check_ping", "-H", gateway, "-w", "100,20%", "-c", "500,60%"],
        "network.dns": ["check_dig", "-H", gateway, "-l", core, "-A", "+noedns"],
        "network.internet": ["check_http", "-S", "--sni", "-H", internet],
        "network.core_system": ["check_http", "-S", "--sni", "-H", core],
        "printer.reachable": [*snmp, _UP_TIME],
        "printer.status": [*snmp, _STATUS],
        "printer.paper": [*snmp, _TRAY],
        "printer.supplies": [*snmp, _SUPPLY],
    }
    return {check: [str(PLUGINS / argv[0]), *argv[1:]] for check, argv in found.items()}


def with_short_ping(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the same with as many echo requests as deskready sends: check_ping waits a second after each."""
    ping = [*found["network.gateway"], "-p", "3"]
    return {**found, "network.gateway": ping}
