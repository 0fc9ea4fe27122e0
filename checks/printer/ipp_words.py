"""What IPP's keywords mean in the terms of the Printer MIB, so that both are judged by the same rules.

Sources: printer-state-reasons of RFC 8011 section 5.4.12 and RFC 3998; marker-* of CUPS; printer-supply,
printer-input-tray and printer-alert of PWG 5100.13, which spell the Printer MIB's names.
"""

import re
from typing import Final

from checks.printer import mib

# A reason's suffix is its severity; printers choose it loosely, so the word itself is judged.
SUFFIX: Final = re.compile(r"-(report|warning|error)$")
REASONS: Final[dict[str, mib.ErrorBit]] = {
    "media-jam": "jammed",
    "media-path-jam": "jammed",
    "cover-open": "doorOpen",
    "door-open": "doorOpen",
    "interlock-open": "doorOpen",
    "media-empty": "noPaper",
    "media-needed": "noPaper",
    "input-media-supply-empty": "noPaper",
    "media-low": "lowPaper",
    "input-media-supply-low": "lowPaper",
    "toner-empty": "noToner",
    "marker-supply-empty": "noToner",
    "marker-toner-empty": "noToner",
    "marker-ink-empty": "noToner",
    "toner-low": "lowToner",
    "marker-supply-low": "lowToner",
    "marker-toner-almost-empty": "lowToner",
    "marker-ink-almost-empty": "lowToner",
    "input-tray-missing": "inputTrayMissing",
    "input-media-tray-missing": "inputTrayMissing",
    "output-tray-missing": "outputTrayMissing",
    "output-media-tray-missing": "outputTrayMissing",
    "output-area-almost-full": "outputNearFull",
    "output-area-full": "outputFull",
    "marker-supply-missing": "markerSupplyMissing",
    "marker-toner-missing": "markerSupplyMissing",
    "marker-toner-cartridge-missing": "markerSupplyMissing",
    "shutdown": "offline",
    "service-needed": "serviceRequested",
}
# Reasons that say more than an error bit can: PrtAlertCodeTC.
ALERTS: Final[dict[str, int]] = {
    "fuser-over-temp": 1002,
    "fuser-under-temp": 1001,
    "motor-failure": 33,
    "subunit-unrecoverable-failure": 30,
    "marker-failure": 30,
    "marker-waste-full": 1109,
    "waste-receptacle-full": 1109,
    "marker-waste-toner-receptacle-full": 1109,
    "marker-waste-ink-receptacle-full": 1110,
    "marker-waste-almost-full": 1107,
    "waste-receptacle-almost-full": 1107,
    "marker-waste-toner-receptacle-almost-full": 1107,
    "marker-waste-ink-receptacle-almost-full": 1108,
    "opc-near-eol": 1111,
    "opc-life-over": 1112,
    "developer-low": 1113,
    "developer-empty": 1114,
    "hibernate": 23,
    "suspend": 23,
    "standby": 23,
    "sleep": 23,
    "sleep-mode": 23,
    "power-saver": 23,
}
# Of marker-types and printer-supply alike, in small letters without hyphens.
KINDS: Final[dict[str, mib.Kind]] = {
    "toner": "toner",
    "tonercartridge": "toner",
    "ink": "ink",
    "inkcartridge": "ink",
    "solidwax": "ink",
    "inkribbon": "ribbon",
    "ribbon": "ribbon",
    "ribbonwax": "ribbon",
    "opc": "drum",
    "drum": "drum",
    "developer": "developer",
    "fuser": "fuser",
    "fuseroil": "fuser",
    "fusercleaningpad": "cleaner",
    "cleanerunit": "cleaner",
    "transfer": "transfer",
    "transferunit": "transfer",
    "wastetoner": "waste",
    "wasteink": "waste",
    "wastewax": "waste",
    "wastewater": "waste",
    "staples": "staples",
}
COLOURS: Final[dict[str, mib.Colour]] = {
    "#000000": "black",
    "#00FFFF": "cyan",
    "#FF00FF": "magenta",
    "#FFFF00": "yellow",
    "#00FFFF#FF00FF#FFFF00": "tricolour",
}
GROUPS: Final = {
    "generalPrinter": mib.GROUP_GENERAL,
    "cover": mib.GROUP_COVER,
    "input": mib.GROUP_INPUT,
    "output": mib.GROUP_OUTPUT,
    "marker": mib.GROUP_MARKER,
    "markerSupplies": mib.GROUP_SUPPLY,
    "mediaPath": mib.GROUP_PATH,
}
SEVERITIES: Final[dict[str, mib.Severity]] = {
    "critical": "critical",
    "warning": "warning",
    "warningBinaryChangeEvent": "warning",
}
CODES: Final = {name: code for code, name in mib.ALERTS.items()}


def reason(keyword: str) -> tuple[str, str]:
    """Split a reason into its word and its severity, "" where it gives none."""
    found = SUFFIX.search(keyword)
    return SUFFIX.sub("", keyword), found[1] if found else ""
