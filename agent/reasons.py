"""Plain words for every code that is not a fault: why nothing is known, why a check is off, why the light.

Codes are dotted and stable, words are not. A code of the form "family.detail" that has no line of its own
takes its family's line, so that a new code is never shown bare.
"""

from collections.abc import Mapping

from config.messages import mark

REASONS: Mapping[str, str] = {
    # the program itself
    "agent.crashed": mark("the check program made a mistake here; its log says which"),
    "check.overrun": mark("the check took too long and was stopped"),
    "not_configured": mark("not set up on this desk"),
    "not_built": mark("this version cannot check this yet"),
    "disabled": mark("switched off by IT"),
    "off": mark("switched off"),
    "platform.not_built": mark("this version cannot check this on this operating system yet"),
    # the light
    "not_yet_checked": mark("not checked yet"),
    "stale": mark("the last result is too old to rely on"),
    "recovering": mark("works again; one more good result will confirm it"),
    "flapping": mark("keeps failing and recovering; wait until it has been quiet for a while"),
    "parent_failed": mark("something it depends on has failed first"),
    "maintenance": mark("under maintenance"),
    "stopped_until_retest": mark("stopped after a fault; to be used again after a passed retest"),
    "substitute_in_use": mark("another device is in use instead of it"),
    "checking_after_resume": mark("the computer has just woken up or changed networks; checking again"),
    "off_hours": mark("outside working hours"),
    "nothing_checked": mark("nothing has been checked"),
    "to_confirm": mark("still to confirm"),
    "reported": mark("reported as a problem"),
    # tools of the operating system
    "tool": mark("the operating system's own tool could not tell"),
    "tool.missing": mark("a program that this check needs is not installed"),
    "tool.not_permitted": mark("the check program is not allowed to look here"),
    "tool.hung": mark("the operating system's own tool did not answer"),
    "tool.flood": mark("the operating system's own tool answered with far too much"),
    # computer
    "boot": mark("the computer does not say when it was started"),
    "boot.reboot_required_unreadable": mark("the computer does not say whether it wants a restart"),
    "clock": mark("the computer does not say how right its clock is"),
    "clock.unsynchronised": mark("the clock follows no time server, so nobody knows how right it is"),
    "crash_log": mark("the list of crashes cannot be read"),
    "disk": mark("the disk does not say how full it is"),
    "disk.missing": mark("the drive to check is not there"),
    "disk.none_named": mark("no drive to check is set up"),
    "display": mark("the computer does not say which displays are connected"),
    "display.no_drm": mark("this computer has no display output"),
    "freeze": mark("the computer does not say how fast it answers"),
    "memory": mark("the computer does not say how much memory is free"),
    "power": mark("the computer does not say how it is powered"),
    "power.no_class": mark("this computer does not say how it is powered; desktop computers often do not"),
    "power.implausible": mark("the battery reports figures that cannot be right"),
    "power.battery_vanished": mark("the battery reported before and no longer does"),
    "smart": mark("the disk does not say how healthy it is"),
    "smart.virtual": mark("a virtual disk; its health is known to its host only"),
    "smart.no_disk": mark("no disk was found that could tell its health"),
    "smart.standby": mark("the disk is asleep and was not woken for this"),
    "smart.not_permitted": mark("the check program is not allowed to ask the disk"),
    "smart.unsupported": mark("this disk cannot tell how healthy it is"),
    "thermal": mark("the temperature could not be read"),
    "thermal.no_sensor": mark("this computer has no temperature sensor that can be read"),
    "thermal.no_fan": mark("this computer has no fan that can be read"),
    "thermal.no_throttle_counter": mark("this computer does not say when it slows itself down"),
    "thermal.throttle_counter_lost": mark("the computer no longer says when it slows itself down"),
    "thermal.implausible": mark("the sensor reports a temperature that cannot be right"),
    "thermal.frozen": mark("the sensor keeps reporting the very same value and is not believed"),
    "thermal.vanished": mark("a sensor that reported before no longer does"),
    # network
    "network": mark("the computer does not say how its network is"),
    "network.no_route": mark("this computer has no way into the network"),
    "network.no_gateway_address": mark("no router is known to this computer"),
    "network.gateway_silent": mark("the router does not answer tests, which proves nothing either way"),
    "network.internet_not_set": mark("no internet address to test is set up"),
    "network.bad_address": mark("an address in the settings is not valid"),
    "dns": mark("the computer does not say which name server it uses"),
    "dns.not_set": mark("no name server is set up"),
    "dns.bad_name": mark("a name in the settings is not valid"),
    "http": mark("the page could not be opened for a test"),
    "http.bad_url": mark("a web address in the settings is not valid"),
    "http.ca_unreadable": mark("the company's certificate file cannot be read"),
    "system": mark("the company system could not be tested"),
    "transaction": mark("the business module could not be tested"),
    "transaction.no_secret": mark("the test account's password is not stored on this computer"),
    "transaction.bad_condition": mark("a condition in the settings of this test is not valid"),
    "transaction.login_refused": mark("the system did not let the test account in"),
    "transaction.not_reached": mark("the system did not answer the login, so nothing is known of it"),
    # printers and scanners
    "snmp": mark("the printer's answer could not be read"),
    "snmp.timeout": mark(
        "the printer did not answer in time; it may be off, or its SNMP community may be another one"
    ),
    "snmp.refused": mark("the printer refuses to be asked"),
    "snmp.unreachable": mark("no way leads to the printer"),
    "snmp.not_permitted": mark("this computer is not allowed to ask the printer"),
    "snmp.malformed": mark("the printer answered with something that makes no sense"),
    "snmp.v3_refused": mark("the printer does not accept the SNMPv3 user or one of its keys"),
    "snmp.v3_not_installed": mark("SNMPv3 with privacy needs the extra package [snmpv3]"),
    "snmp.v3_worker": mark("the program that speaks SNMPv3 did not answer and was started again"),
    "ipp": mark("the printer's print service could not be asked"),
    "ipp.busy": mark("the printer is busy with another document"),
    "printer.not_printable": mark("neither a print queue nor an IPP address of this printer is set up"),
    "print.no_pdf": mark("this printer takes no PDF, so the test page cannot be sent to it"),
    "ipp.timeout": mark("the printer's print service did not answer in time"),
    "ipp.refused": mark("the printer's print service is not there"),
    "ipp.not_found": mark("the print service knows no printer of this name"),
    "ipp.malformed": mark("the print service answered with something that makes no sense"),
    "ipp.bad_uri": mark("the printer's IPP address in the settings is not valid"),
    "printer": mark("the printer does not say how it is"),
    "printer.host_unknown": mark("the printer's name is not known in the network"),
    "printer.not_on_network": mark("this printer is not on the network and cannot be asked"),
    "supplies": mark("the printer does not say how much is left"),
    "queue": mark("the print queue could not be read"),
    "cups": mark("the print service of this computer could not be asked"),
    "cups.refused": mark("the print service of this computer does not run"),
    "scanner": mark("the scanner could not be asked"),
    "scanner.hung": mark("the scanner's driver did not answer"),
    "scanner.not_listed": mark("the computer knows no scanner of this name"),
    "scanner.not_opened": mark("the scanner could not be opened; another program may be using it"),
    "scanner.not_permitted": mark("the check program is not allowed to use the scanner"),
    "scanner.not_named": mark("the settings do not say how to reach this scanner"),
    "scanner.not_reached": mark("the scanner was not reached, so nothing is known of its errors"),
    "escl": mark("something else answers in the scanner's place"),
    "xml": mark("the scanner answered with something that makes no sense"),
    "scanner.wia_not_built": mark("this version cannot ask this kind of scanner yet"),
    # the room, security, software
    "serial": mark("the room sensor could not be read"),
    "serial.silent": mark("the room sensor does not answer"),
    "serial.no_port": mark("the serial port of the room sensor is not there; its adapter may be unplugged"),
    "serial.bad_port": mark("the serial port in the settings is not a valid name"),
    "serial.not_permitted": mark("the check program is not allowed to use the serial port"),
    "serial.busy": mark("another program is using the serial port"),
    "serial.unplugged": mark("the room sensor was unplugged while it was being read"),
    "serial.flood": mark("the serial line never falls silent; something else is sending on it"),
    "modbus": mark("the room sensor's answer could not be read"),
    "modbus.crc": mark("the room sensor's answer arrives damaged; check its wires"),
    "modbus.torn": mark("only part of the room sensor's answer arrives; check its wires"),
    "modbus.foreign": mark("another device answers in the room sensor's place; check its address"),
    "modbus.refused": mark("the room sensor refuses the question; check its model in the settings"),
    "sensor": mark("the room sensor could not be read"),
    "sensor.implausible": mark(
        "the room sensor reports what no room can have; check its model in the settings"
    ),
    "sensor.frozen": mark("the room sensor has repeated the very same values for a day and is not believed"),
    "security": mark("the computer does not say how it is protected"),
    "security.not_permitted": mark("the check program is not allowed to see how the computer is protected"),
    "security.firewall_legacy": mark("the firewall keeps its rules where this check cannot read them"),
    "security.no_block_device": mark("the computer does not say on which disk its files lie"),
    "security.no_antivirus_known": mark("no antivirus program that this check knows is installed"),
    "security.antivirus_off": mark("the antivirus program is off, so nobody looks for threats"),
    "security.antivirus_silent": mark("the antivirus program did not answer"),
    "security.log_unreadable": mark("the antivirus program's record of finds cannot be read"),
    "security.no_desktop": mark(
        "the check program does not run in anybody's desktop and cannot see its lock"
    ),
    "security.desktop_unknown": mark("this check does not know this desktop's screen lock"),
    "security.updates_unknown": mark("the computer does not say when it was last updated"),
    "software.no_service": mark("this computer has none of the services to look at"),
    "software.no_journal": mark("this computer keeps no record of crashes"),
    "software.journal_not_permitted": mark("the check program is not allowed to read the record of crashes"),
    "software": mark("the computer does not say which programs run"),
    "agent": mark("the check program could not tell"),
    "check": mark("the check could not be completed"),
}
UNKNOWN = mark("could not be checked; that does not mean it is fine")

# Why a company system does not open, as its check says it.
OUTAGES: Mapping[str, str] = {
    "name": mark("its name cannot be looked up"),
    "refused": mark("the connection is refused"),
    "timeout": mark("no answer in time"),
    "unreachable": mark("no way leads there"),
    "closed": mark("the connection breaks off"),
    "not_http": mark("something else answers in its place"),
    "tls": mark("no secure connection"),
    "tls_expired": mark("its certificate has expired"),
    "tls_untrusted": mark("its certificate is not one that the company trusts"),
    "tls_other_host": mark("its certificate belongs to another address"),
    "other": mark("it answers with an error"),
}
# Why a business module fails, as its check says it; else the text or status itself.
FAILURES: Mapping[str, str] = {
    **OUTAGES,
    "contains": mark("a text that belongs on the page is missing"),
    "json": mark("the answer is not what it should be"),
    "save": mark("the answer lacks what the next step needs"),
    "redirect": mark("it leads to another address"),
    "too_large": mark("the answer is far too large"),
}
# Why a scan failed, as its check says it.
SCAN_ERRORS: Mapping[str, str] = {
    "jam": mark("paper is jammed in the feeder"),
    "mispick": mark("the feeder takes the paper wrongly"),
    "cover_open": mark("a cover is open"),
    "page_size": mark("the page is too long or too short"),
    "tray": mark("the feeder's tray is overfull or broken"),
    "feeder": mark("the feeder reports a fault"),
    "stopped": mark("the scanner has stopped"),
    "refused": mark("the scanner refuses to scan"),
    "aborted": mark("the scanner broke the scan off"),
    "io": mark("the data from the scanner broke off"),
    "no_image": mark("the scan came back without a picture"),
    "truncated": mark("only a part of the picture arrived"),
}
VERDICTS: Mapping[str, str] = {
    "green": mark("Ready for work"),
    "amber": mark("You can work; something needs attention"),
    "grey": mark("Not known (this does not mean fine)"),
    "red": mark("Do not start yet"),
}
STATES: Mapping[str, str] = {
    "ok": mark("good"),
    "warn": mark("attention"),
    "fail": mark("broken"),
    "unknown": mark("not known"),
    "off": mark("not checked"),
}
DEVICES: Mapping[str, str] = {
    "printer": mark("printer"),
    "scanner": mark("scanner"),
    "sensor": mark("room sensor"),
    "system": mark("company system"),
}
SUPPLY_KINDS: Mapping[str, str] = {
    "toner": mark("toner"),
    "ink": mark("ink"),
    "drum": mark("drum"),
    "fuser": mark("fuser"),
    "waste": mark("waste container"),
    "transfer": mark("transfer unit"),
    "developer": mark("developer"),
    "staples": mark("staples"),
    "ribbon": mark("ribbon"),
    "cleaner": mark("cleaning unit"),
    "roller": mark("rollers"),
    "other": mark("supply"),
}
COLOURS: Mapping[str, str] = {
    "black": mark("black"),
    "cyan": mark("cyan"),
    "magenta": mark("magenta"),
    "yellow": mark("yellow"),
    "light_cyan": mark("light cyan"),
    "light_magenta": mark("light magenta"),
    "grey": mark("grey"),
    "red": mark("red"),
    "green": mark("green"),
    "blue": mark("blue"),
    "white": mark("white"),
    "clear": mark("clear"),
    "tricolour": mark("three-colour"),
}
MODULES: Mapping[str, str] = {
    "product_query": mark("Product query"),
    "contract_management": mark("Contract management"),
    "claims": mark("Claims"),
}
SERVICES: Mapping[str, str] = {
    "print_spooler": mark("Printing service"),
    "scan_service": mark("Scanning service"),
}
PROTECTIVE_ITEMS: Mapping[str, str] = {
    "work_clothes": mark("work clothes"),
    "gloves": mark("gloves"),
    "safety_glasses": mark("safety glasses"),
    "earplugs": mark("earplugs"),
}
# Placeholder -> its words. What a closed set does not hold is its "other"; without one it cannot be said.
CLOSED_SETS: Mapping[str, Mapping[str, str]] = {"kind": SUPPLY_KINDS, "colour": COLOURS, "reason": OUTAGES}
CHOICES: Mapping[str, str] = {
    "too_cold": mark("too cold"),
    "too_hot": mark("too hot"),
    "too_dry": mark("too dry"),
    "too_humid": mark("too humid"),
    "stuffy": mark("stuffy"),
}
# Names that may also come from the settings, and are then said as they are.
NAMES: Mapping[str, Mapping[str, str]] = {
    "module": MODULES,
    "service": SERVICES,
    "choices": CHOICES,
    "status": FAILURES,
    "error": SCAN_ERRORS,
}
