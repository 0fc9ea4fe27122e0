"""Names and numbers of the printer MIBs: where each fact lies and what its numbers mean.

Sources: RFC 3418 (system), RFC 2790 (Host Resources), RFC 3805 (Printer MIB v2, with the IANA Printer MIB
for alert codes and supply types).
"""

from typing import Final, Literal, TypeAlias

from checks.io.snmp_message import Oid

SYS_DESCR: Final[Oid] = (1, 3, 6, 1, 2, 1, 1, 1)
SYS_OBJECT_ID: Final[Oid] = (1, 3, 6, 1, 2, 1, 1, 2)
SYS_UP_TIME: Final[Oid] = (1, 3, 6, 1, 2, 1, 1, 3)

HR_DEVICE_TYPE: Final[Oid] = (1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 2)  # RFC 2790, hrDeviceTable
HR_DEVICE_DESCR: Final[Oid] = (1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 3)
HR_DEVICE_STATUS: Final[Oid] = (1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 5)
HR_DEVICE_PRINTER: Final[Oid] = (1, 3, 6, 1, 2, 1, 25, 3, 1, 5)  # the type of a printer's row
HR_PRINTER_STATUS: Final[Oid] = (1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 1)  # hrPrinterTable, by hrDeviceIndex
HR_PRINTER_ERRORS: Final[Oid] = (1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 2)  # hrPrinterDetectedErrorState

_PRT: Final[Oid] = (1, 3, 6, 1, 2, 1, 43)  # RFC 3805
SERIAL: Final = (*_PRT, 5, 1, 1, 17)  # prtGeneralSerialNumber
CRITICAL_ALERTS: Final = (*_PRT, 5, 1, 1, 18)  # prtAlertCriticalEvents, a counter
ALL_ALERTS: Final = (*_PRT, 5, 1, 1, 19)  # prtAlertAllEvents, a counter
CHARSET: Final = (*_PRT, 7, 1, 1, 4)  # prtLocalizationCharacterSet
INPUT_TYPE: Final = (*_PRT, 8, 2, 1, 2)
INPUT_UNIT: Final = (*_PRT, 8, 2, 1, 3)  # prtInputDimUnit
INPUT_FEED: Final = (*_PRT, 8, 2, 1, 4)  # prtInputMediaDimFeedDirDeclared
INPUT_ACROSS: Final = (*_PRT, 8, 2, 1, 5)  # prtInputMediaDimXFeedDirDeclared
INPUT_MAX: Final = (*_PRT, 8, 2, 1, 9)
INPUT_LEVEL: Final = (*_PRT, 8, 2, 1, 10)
INPUT_NAME: Final = (*_PRT, 8, 2, 1, 13)
INPUT_DESCR: Final = (*_PRT, 8, 2, 1, 18)
COUNT_UNIT: Final = (*_PRT, 10, 2, 1, 3)  # prtMarkerCounterUnit
LIFE_COUNT: Final = (*_PRT, 10, 2, 1, 4)  # prtMarkerLifeCount
SUPPLY_COLORANT: Final = (*_PRT, 11, 1, 1, 3)
SUPPLY_CLASS: Final = (*_PRT, 11, 1, 1, 4)
SUPPLY_TYPE: Final = (*_PRT, 11, 1, 1, 5)
SUPPLY_DESCR: Final = (*_PRT, 11, 1, 1, 6)
SUPPLY_UNIT: Final = (*_PRT, 11, 1, 1, 7)
SUPPLY_MAX: Final = (*_PRT, 11, 1, 1, 8)
SUPPLY_LEVEL: Final = (*_PRT, 11, 1, 1, 9)
COLORANT: Final = (*_PRT, 12, 1, 1, 4)  # prtMarkerColorantValue
CONSOLE: Final = (*_PRT, 16, 5, 1, 2)  # prtConsoleDisplayBufferText
ALERT_SEVERITY: Final = (*_PRT, 18, 1, 1, 2)
ALERT_GROUP: Final = (*_PRT, 18, 1, 1, 4)
ALERT_GROUP_INDEX: Final = (*_PRT, 18, 1, 1, 5)
ALERT_CODE: Final = (*_PRT, 18, 1, 1, 7)
ALERT_DESCR: Final = (*_PRT, 18, 1, 1, 8)

_BROTHER: Final[Oid] = (1, 3, 6, 1, 4, 1, 2435, 2, 3, 9, 4, 2, 1, 5)
BROTHER_DISPLAY: Final = (*_BROTHER, 4, 5, 2)
BROTHER_MAINTENANCE: Final = (*_BROTHER, 5, 8)
RICOH: Final[Oid] = (1, 3, 6, 1, 4, 1, 367)
RICOH_SUPPLY_NAME: Final = (*RICOH, 3, 2, 1, 2, 24, 1, 1, 3)
RICOH_SUPPLY_LEVEL: Final = (*RICOH, 3, 2, 1, 2, 24, 1, 1, 5)

DeviceStatus: TypeAlias = Literal["unknown", "running", "warning", "testing", "down"]
PrinterStatus: TypeAlias = Literal["other", "unknown", "idle", "printing", "warmup"]
DEVICE_STATUS: Final[dict[int, DeviceStatus]] = {
    1: "unknown",
    2: "running",
    3: "warning",
    4: "testing",
    5: "down",
}
PRINTER_STATUS: Final[dict[int, PrinterStatus]] = {
    1: "other",
    2: "unknown",
    3: "idle",
    4: "printing",
    5: "warmup",
}

# hrPrinterDetectedErrorState, bit 0 first: the most significant bit of the first byte.
ErrorBit: TypeAlias = Literal[
    "lowPaper",
    "noPaper",
    "lowToner",
    "noToner",
    "doorOpen",
    "jammed",
    "offline",
    "serviceRequested",
    "inputTrayMissing",
    "outputTrayMissing",
    "markerSupplyMissing",
    "outputNearFull",
    "outputFull",
    "inputTrayEmpty",
    "overduePreventMaint",
]
ERROR_BITS: Final[tuple[ErrorBit, ...]] = ErrorBit.__args__  # type: ignore[attr-defined]  # of a Literal

UNIT_PERCENT: Final = 19  # PrtMarkerSuppliesSupplyUnitTC
COUNTS_OF_PAGES: Final = frozenset({7, 8})  # PrtMarkerCounterUnitTC: impressions, sheets
INPUT_MANUAL: Final = 5  # PrtInputTypeTC: sheetFeedManual
CLASS_FILLED: Final = 4  # PrtMarkerSuppliesClassTC: receptacleThatIsFilled
MICROMETERS_PER_UNIT: Final = {3: 2.54, 4: 1.0}  # PrtMediaUnitTC: ten-thousandths of an inch, micrometres

Severity: TypeAlias = Literal["critical", "warning", "other"]
ALERT_SEVERITIES: Final[dict[int, Severity]] = {1: "other", 3: "critical", 4: "warning", 5: "warning"}
GROUP_GENERAL, GROUP_COVER, GROUP_INPUT, GROUP_OUTPUT = 5, 6, 8, 9  # PrtAlertGroupTC
GROUP_MARKER, GROUP_SUPPLY, GROUP_PATH = 10, 11, 13
POWER_SAVER: Final = 23  # PrtAlertCodeTC, subunitPowerSaver

# PrtAlertCodeTC: the codes that are judged.
ALERTS: Final = {
    3: "coverOpen",
    5: "interlockOpen",
    8: "jam",
    9: "subunitMissing",
    11: "subunitLifeOver",
    12: "subunitAlmostEmpty",
    13: "subunitEmpty",
    14: "subunitAlmostFull",
    15: "subunitFull",
    18: "subunitOpened",
    22: "subunitOffline",
    23: "subunitPowerSaver",
    30: "subunitUnrecoverableFailure",
    32: "subunitUnrecoverableStorageError",
    33: "subunitMotorFailure",
    37: "subunitTimingFailure",
    38: "subunitThermistorFailure",
    501: "doorOpen",
    801: "inputMediaTrayMissing",
    807: "inputMediaSupplyLow",
    808: "inputMediaSupplyEmpty",
    811: "inputTrayPositionFailure",
    812: "inputTrayElevationFailure",
    901: "outputMediaTrayMissing",
    903: "outputMediaTrayFull",
    1001: "markerFuserUnderTemperature",
    1002: "markerFuserOverTemperature",
    1003: "markerFuserTimingFailure",
    1004: "markerFuserThermistorFailure",
    1101: "markerTonerEmpty",
    1102: "markerInkEmpty",
    1103: "markerPrintRibbonEmpty",
    1104: "markerTonerAlmostEmpty",
    1105: "markerInkAlmostEmpty",
    1106: "markerPrintRibbonAlmostEmpty",
    1107: "markerWasteTonerReceptacleAlmostFull",
    1108: "markerWasteInkReceptacleAlmostFull",
    1109: "markerWasteTonerReceptacleFull",
    1110: "markerWasteInkReceptacleFull",
    1111: "markerOpcLifeAlmostOver",
    1112: "markerOpcLifeOver",
    1113: "markerDeveloperAlmostEmpty",
    1114: "markerDeveloperEmpty",
    1115: "markerTonerCartridgeMissing",
    1301: "mediaPathMediaTrayMissing",
    1303: "mediaPathMediaTrayFull",
}

Kind: TypeAlias = Literal[
    "toner",
    "ink",
    "ribbon",
    "drum",
    "developer",
    "fuser",
    "transfer",
    "cleaner",
    "waste",
    "staples",
    "other",
]
KINDS: Final[dict[int, Kind]] = {  # PrtMarkerSuppliesTypeTC
    3: "toner",
    4: "waste",
    5: "ink",
    6: "ink",
    7: "ribbon",
    8: "waste",
    9: "drum",
    10: "developer",
    14: "waste",
    15: "fuser",
    18: "cleaner",
    19: "cleaner",
    20: "transfer",
    21: "toner",
    24: "waste",
    26: "waste",
    32: "staples",
}
Colour: TypeAlias = Literal[
    "black",
    "cyan",
    "magenta",
    "yellow",
    "light_cyan",
    "light_magenta",
    "grey",
    "red",
    "green",
    "blue",
    "white",
    "clear",
    "tricolour",
]
