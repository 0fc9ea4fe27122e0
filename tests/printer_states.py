"""Synthetic states of one printer: overlays on a synthetic recording, as no recording of a real jam exists.

The base is a colour laser in order, its printer in row 2 of the device table: two trays and a bypass,
four toners, a waste box and a drum. It counts alerts, so a reading in order needs one request.
"""

from collections.abc import Mapping

from snmp_server import RECORDINGS, overlay

BASE = (RECORDINGS / "laser_ready_synthetic.snmprec").read_text()
OBJECT_ID = "1.3.6.1.2.1.1.2.0"
CHARSET = "1.3.6.1.2.1.43.7.1.1.4.2.1"
BROTHER = "1.3.6.1.4.1.2435.2.3.9.4.2.1.5"
BROTHER_DISPLAY, BROTHER_MAINTENANCE = f"{BROTHER}.4.5.2.0", f"{BROTHER}.5.8.0"
RICOH = "1.3.6.1.4.1.367.3.2.1.2.24.1.1"
UP_TIME = "1.3.6.1.2.1.1.3.0"
DEVICE_STATUS = "1.3.6.1.2.1.25.3.2.1.5.2"
PRINTER_STATUS = "1.3.6.1.2.1.25.3.5.1.1.2"
ERRORS = "1.3.6.1.2.1.25.3.5.1.2.2"
CRITICAL_ALERTS = "1.3.6.1.2.1.43.5.1.1.18.2"
CONSOLE = "1.3.6.1.2.1.43.16.5.1.2.2.1"
RUNNING, WARNING, DOWN = "2|2", "2|3", "2|5"
COVER, INPUT, OUTPUT, MARKER, SUPPLY = 6, 8, 9, 10, 11  # groups of alerts


def tray(row: int, level: int) -> Mapping[str, str]:
    return {f"1.3.6.1.2.1.43.8.2.1.10.2.{row}": f"2|{level}"}


def supply(row: int, level: int, maximum: int | None = None, name: str | None = None) -> Mapping[str, str]:
    column = "1.3.6.1.2.1.43.11.1.1"
    cells = {f"{column}.9.2.{row}": f"2|{level}"}
    if maximum is not None:
        cells |= {f"{column}.8.2.{row}": f"2|{maximum}", f"{column}.7.2.{row}": "2|7"}
    return cells | ({f"{column}.6.2.{row}": f"4|{name}"} if name else {})


def alert(
    code: int, group: int, subunit: int = 1, *, severity: int = 3, text: str = "", row: int = 1
) -> Mapping[str, str]:
    table = "1.3.6.1.2.1.43.18.1.1"
    cells = {2: severity, 4: group, 5: subunit, 7: code}
    numbers = {f"{table}.{column}.2.{row}": f"2|{value}" for column, value in cells.items()}
    return {**numbers, f"{table}.8.2.{row}": f"4|{text}"}


def bits(errors: str) -> Mapping[str, str]:
    return {ERRORS: f"4x|{errors}"}


def ricoh(row: int, name: str, level: int) -> Mapping[str, str]:
    """A row of Ricoh's own table, which counts its rows in an order of its own."""
    return {
        OBJECT_ID: "6|1.3.6.1.4.1.367.1.1",
        f"{RICOH}.3.{row}": f"4|{name}",
        f"{RICOH}.5.{row}": f"2|{level}",
    }


_STOPPED = {DEVICE_STATUS: DOWN, PRINTER_STATUS: "2|1"}
_GB_TRAY = "下纸盒".encode("gb18030").hex()

STATES: Mapping[str, Mapping[str, str]] = {
    "ready": {},
    "jam": {**_STOPPED, **bits("0400"), **alert(8, INPUT, 2, text="Paper jam in tray 2")},
    "jam_bit_only": {**_STOPPED, **bits("04")},
    "jam_alert_only": {DEVICE_STATUS: WARNING, **alert(8, 13, text="Jam")},
    "door_open": {**_STOPPED, **bits("0800"), **alert(3, COVER, text="Front cover open")},
    "door_alert_only": {**_STOPPED, **alert(501, 5)},
    "rear_door_warning": {DEVICE_STATUS: WARNING, **alert(3, COVER, severity=4, text="Rear door open")},
    "paper_out": {**_STOPPED, **bits("4000"), **tray(1, 0), **tray(2, 0), **alert(808, INPUT, 1)},
    "one_tray_empty": {DEVICE_STATUS: WARNING, **bits("0004"), **tray(1, 0), **alert(808, INPUT, 1)},
    "one_tray_empty_stopped": {**_STOPPED, **bits("4000"), **tray(1, 0), **alert(808, INPUT, 1)},
    "bypass_bit": {DEVICE_STATUS: WARNING, **bits("4000")},
    "paper_low": {DEVICE_STATUS: WARNING, **bits("8000"), **tray(1, 10)},
    "paper_unknown_and_said": {**_STOPPED, **bits("40"), **tray(1, -2), **tray(2, -2)},
    "asleep_standby": {PRINTER_STATUS: "2|1"},
    "asleep_alert": {DEVICE_STATUS: DOWN, PRINTER_STATUS: "2|1", **alert(23, 5, severity=1)},
    "asleep_display": {DEVICE_STATUS: DOWN, CONSOLE: f"4x|{'休眠'.encode().hex()}"},
    "warming_up": {DEVICE_STATUS: DOWN, PRINTER_STATUS: "2|5"},
    "toner_empty": {**_STOPPED, **bits("1000"), **supply(2, 0), **alert(1101, SUPPLY, 2, text="Replace C")},
    "toner_empty_generic": {**_STOPPED, **supply(1, 0), **alert(13, SUPPLY, 1)},
    "toner_empty_bit_down": {**_STOPPED, **bits("10"), **supply(4, 0)},
    "toner_bit_running": {**bits("10")},
    "toner_zero": {**supply(1, 0)},
    "toner_low_bit": {DEVICE_STATUS: WARNING, **bits("20")},
    "toner_low_alert": {DEVICE_STATUS: WARNING, **supply(3, -3), **alert(1104, SUPPLY, 3, severity=4)},
    "toner_some": {**supply(1, -3), **supply(2, -3)},
    "toner_unknown": {**supply(1, -2)},
    "toner_above_max": {**supply(1, 150)},
    "toner_ricoh_empty": {**supply(1, -100)},
    "toner_unlimited": {**supply(1, -1)},
    "brother_share": {
        **supply(1, -3, -2),
        BROTHER_MAINTENANCE: "4x|630104000000016f0104000001f441010400002648ff",
    },
    "brother_old_records": {**supply(1, -3, -2), BROTHER_MAINTENANCE: "4x|31010101410101036f010103ff"},
    "brother_display_low": {**supply(1, -3, -2), CONSOLE: "4|Toner Low: BK"},
    "brother_asleep_zh": {
        DEVICE_STATUS: DOWN,
        CONSOLE: "",
        CHARSET: "2|2004",
        BROTHER_DISPLAY: "4x|e4bc91e79ca02020",
    },
    "ricoh_share": {**supply(2, -3, -2, name="Cyan Toner"), **ricoh(7, "Cyan Toner", 8)},
    "ricoh_share_of_another": {**supply(2, -3, -2, name="Cyan Toner"), **ricoh(2, "Yellow Toner", 8)},
    "not_ricoh": {**supply(2, -3, -2, name="Cyan Toner"), **ricoh(2, "Cyan Toner", 8), OBJECT_ID: "6|1.3.6"},
    "waste_nearly_full": {DEVICE_STATUS: WARNING, **alert(1107, SUPPLY, 5, severity=4)},
    "waste_nearly_full_generic": {DEVICE_STATUS: WARNING, **alert(14, SUPPLY, 5, severity=4)},
    "drum_worn": {DEVICE_STATUS: WARNING, **alert(1111, SUPPLY, 6, severity=4)},
    "two_of_a_name": {**supply(1, 5, name="Toner"), **supply(2, 90, name="Toner")},
    "waste_full": {**_STOPPED, **supply(5, 0), **alert(1109, SUPPLY, 5, text="Waste toner box full")},
    "waste_by_level": {**supply(5, 0)},
    "fuser_broken": {**_STOPPED, **bits("01"), **alert(1004, MARKER, text="SC 541")},
    "service_bit_running": {DEVICE_STATUS: WARNING, **bits("01")},
    "service_bit_down": {**_STOPPED, **bits("01"), CONSOLE: "4|Call for service"},
    "output_full": {**_STOPPED, **bits("0008"), **alert(903, OUTPUT), CONSOLE: "4|Paper output is full"},
    "output_full_bit_running": {**bits("0008")},
    "offline_button": {**_STOPPED, **bits("02"), CONSOLE: "4|Offline"},
    "down_for_nothing": {**_STOPPED, CONSOLE: "4|"},
    "chinese_utf8": {
        **_STOPPED,
        **alert(903, OUTPUT),
        "1.3.6.1.2.1.43.18.1.1.8.2.1": f"4x|{'出纸盒已满'.encode().hex()}",
    },
    "chinese_gbk": {**tray(1, 0), **tray(2, 0), "1.3.6.1.2.1.43.8.2.1.13.2.1": f"4x|{_GB_TRAY}"},
    "blank_alerts": {DEVICE_STATUS: WARNING, **alert(0, 0, 0, severity=3)},
    "no_status": {DEVICE_STATUS: "2|1", PRINTER_STATUS: "", **bits("")},
    "errors_only": {DEVICE_STATUS: "", PRINTER_STATUS: "", **bits("00")},
}


def recordings() -> dict[str, str]:
    """Return every state as a recording by its name."""
    return {name: overlay(BASE, changes) for name, changes in STATES.items()}
