"""What a check found, in words for people: a label and an amount for each plain fact.

The unit is in a fact's name ("_s", "_pct", …), as everywhere. A fact without a label is for machines only.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from agent import reasons, words
from agent.words import Lang, say
from config.messages import mark

LABELS: Mapping[str, str] = {
    "heartbeat_age_s": mark("Last sign of life of the checker"),
    "config_ok": mark("Settings are valid"),
    "db_ok": mark("Records can be kept"),
    "boot_time": mark("Started at"),
    "uptime_s": mark("Running for"),
    "last_shutdown_clean": mark("Last shutdown was orderly"),
    "unclean_stops_7d": mark("Unexpected stops in 7 days"),
    "reboot_pending_days": mark("Days waiting for a restart"),
    "display_count": mark("Displays connected"),
    "expected_display_count": mark("Displays expected"),
    "resolution": mark("Resolution"),
    "loop_delay_ms": mark("Delay of the computer's answers"),
    "hung_windows": mark("Windows that do not respond"),
    "app": mark("Busiest program"),
    "unexpected_shutdowns_7d": mark("Unexpected restarts in 7 days"),
    "bugchecks_7d": mark("Crashes in 7 days"),
    "last_at": mark("Last time"),
    "free_bytes": mark("Space left on the disk"),
    "free_pct": mark("Share of the disk left"),
    "smart_passed": mark("The disk's self-test is good"),
    "reallocated": mark("Damaged places on the disk"),
    "wear_pct": mark("Wear of the disk"),
    "available_pct": mark("Memory free"),
    "swap_used_pct": mark("Swap space used"),
    "offset_s": mark("Clock is off by"),
    "source": mark("Time comes from"),
    "on_ac": mark("Plugged in"),
    "battery_pct": mark("Battery"),
    "max_c": mark("Hottest part"),
    "high_c": mark("Too warm from"),
    "critical_c": mark("Dangerous from"),
    "throttled": mark("Slowed down by heat"),
    "throttle_count": mark("Times slowed down by heat"),
    "freq_pct": mark("Speed of the processor"),
    "rpm": mark("Turns of the fan per minute"),
    "interface_up": mark("Connected to the network"),
    "kind": mark("Kind of connection"),
    "speed_mbit": mark("Speed of the connection (Mbit/s)"),
    "signal_pct": mark("Strength of the Wi-Fi"),
    "gateway": mark("Router"),
    "rtt_ms": mark("Answer time of the router"),
    "loss_pct": mark("Data lost"),
    "resolved": mark("Names found"),
    "names_count": mark("Names looked up"),
    "ms": mark("Time to look up a name"),
    "targets_ok": mark("Addresses reached"),
    "targets_total": mark("Addresses tried"),
    "captive_portal": mark("A sign-in page is in the way"),
    "loss_pct_5m": mark("Data lost in 5 minutes"),
    "jitter_ms_5m": mark("Unevenness in 5 minutes"),
    "link_drops_1h": mark("Interruptions in an hour"),
    "latency_ms": mark("Answer time"),
    "tls_days_left": mark("Days the certificate still holds"),
    "failure": mark("Why it does not open"),
    "reachable": mark("Answers"),
    "printer_status": mark("What it is doing"),
    "console": mark("On its display"),
    "is_asleep": mark("Asleep"),
    "is_cover_open": mark("A cover is open"),
    "page_count": mark("Pages printed so far"),
    "serial": mark("Serial number"),
    "paper_low": mark("Paper is low"),
    "paper_out": mark("Paper is out"),
    "level_pct": mark("Lowest level"),
    "days_left": mark("Days left"),
    "found": mark("Found by the computer"),
    "busy": mark("In use by another program"),
    "driver": mark("Driver"),
    "pages_per_day": mark("Pages a day"),
    "queue_state": mark("Print queue"),
    "jobs": mark("Documents waiting"),
    "held": mark("Documents held back"),
    "oldest_job_s": mark("Oldest document waits for"),
    "stopped_s": mark("Queue has stood still for"),
    "errors_24h": mark("Interrupted scans in 24 hours"),
    "scanned_age_s": mark("Last scan was this long ago"),
    "session_valid": mark("Logged in"),
    "module": mark("Module"),
    "usual_ms": mark("Usual answer time"),
    "service": mark("Service"),
    "running": mark("Running"),
    "crashes_24h": mark("Programs that crashed in 24 hours"),
    "enabled": mark("Switched on"),
    "realtime": mark("Protects all the time"),
    "definitions_age_days": mark("Age of the virus definitions in days"),
    "active_threats": mark("Threats not dealt with"),
    "quarantined_24h": mark("Threats locked away in 24 hours"),
    "timeout_s": mark("Locks after"),
    "last_update_days": mark("Days since the last update"),
    "reboot_pending": mark("Waits for a restart"),
    "os_supported": mark("System still gets updates"),
    "celsius": mark("Temperature"),
    "pct": mark("Humidity"),
    "co2_ppm": mark("Carbon dioxide (ppm)"),
    # values of findings that no fact of the same name repeats
    "c": mark("Temperature"),
    "minutes": mark("Minutes so far"),
    "tray": mark("Tray"),
    "colour": mark("Colour"),
    "percent": mark("Level"),
    "loss": mark("Data lost"),
    "note": mark("Your note"),
    "choices": mark("What was seen"),
}
_PERCENT = ("_pct", "_pct_5m", "percent", "loss", "pct")
_SECONDS, _MILLISECONDS, _CELSIUS = ("_s",), ("_ms", "_ms_5m"), ("_c", "celsius")
_VALUES: Mapping[str, Mapping[str, str]] = {
    "printer_status": {
        "idle": mark("waiting"),
        "printing": mark("printing"),
        "warmup": mark("warming up"),
        "other": mark("something else"),
        "unknown": mark("not known"),
    },
    "queue_state": {
        "idle": mark("waiting"),
        "printing": mark("printing"),
        "stopped": mark("stopped"),
        "unknown": mark("not known"),
    },
    "kind": {"wired": mark("cable"), "wifi": mark("Wi-Fi"), "other": mark("another kind")},
    "failure": reasons.OUTAGES,
    "colour": reasons.COLOURS,
}


class Fact(msgspec.Struct, frozen=True):
    """One line: what it is and how much."""

    label: str
    value: str


def facts(values: Mapping[str, Any], lang: Lang, zone: tzinfo) -> Iterator[Fact]:
    """Say the facts that have a label, in their own order."""
    for name, value in values.items():
        amount = said(name, value, lang, zone)
        if name in LABELS and amount:
            yield Fact(say(LABELS[name], lang), amount)


def said(name: str, value: object, lang: Lang, zone: tzinfo) -> str:
    """Say one value; empty where there is nothing to say."""
    if isinstance(value, bool):
        return say(mark("yes"), lang) if value else say(mark("no"), lang)
    if isinstance(value, str):
        word = _VALUES.get(name, {}).get(value)
        return say(word, lang) if word else _moment(value, zone)
    if isinstance(value, int | float):
        return _amount(name, value, lang)
    return ""


def _amount(name: str, value: float, lang: Lang) -> str:
    if name.endswith(_MILLISECONDS) or name == "ms":
        return f"{words.number(value)} ms"
    if name.endswith(_PERCENT):
        return f"{words.number(value)} %"
    if name.endswith(_CELSIUS) or name == "c":
        return f"{words.number(value)} ℃"
    if name.endswith("_bytes"):
        return words.size(value)
    return words.duration(value, lang) if name.endswith(_SECONDS) else words.number(value)


def _moment(value: str, zone: tzinfo) -> str:
    """Write a time in the procedure's zone; any other text as it is."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at.tzinfo else value
