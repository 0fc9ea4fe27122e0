"""What a printer said of itself, by whatever way: the one form that all checks judge."""

from typing import Literal, TypeAlias

import msgspec

from checks.printer import mib, names, rows

Way: TypeAlias = Literal["snmp", "ipp"]


class Source(msgspec.Struct, frozen=True):
    """What came over one way. Where two disagree, the worse is judged and both are kept."""

    way: Way
    device_status: mib.DeviceStatus | None
    errors: tuple[mib.ErrorBit, ...] | None
    console: str


class Reading(msgspec.Struct, frozen=True):
    """What a printer says of itself. None and "" where it says nothing.

    `errors` None is "no information", an empty tuple "no error". `read_s` is time.monotonic(), `read_at`
    seconds since 1970-01-01 UTC.
    """

    description: str
    model: str
    serial: str
    device_status: mib.DeviceStatus | None
    printer_status: mib.PrinterStatus | None
    errors: tuple[mib.ErrorBit, ...] | None
    console: str
    supplies: tuple[rows.Supply, ...]
    trays: tuple[rows.Tray, ...]
    alerts: tuple[rows.Alert, ...]
    page_count: int | None
    read_s: float
    request_count: int
    uptime_s: float | None = None  # of its network side; starts again after 497 days
    sources: tuple[Source, ...] = ()
    read_at: float = 0.0


# Worst first.
_STATUSES: tuple[mib.DeviceStatus, ...] = ("down", "warning", "testing", "running", "unknown")


def fused(snmp: Reading, ipp: Reading) -> Reading:
    """Return both as one: the worse state, every error and alert, and the more exact levels."""
    errors = {*(snmp.errors or ()), *(ipp.errors or ())}
    is_told = snmp.errors is not None or ipp.errors is not None
    known = {(alert.code, alert.group) for alert in snmp.alerts}
    more = tuple(alert for alert in ipp.alerts if (alert.code, alert.group) not in known)
    has_levels = any(tray.level.state not in {"unknown", "invalid"} for tray in snmp.trays)
    return msgspec.structs.replace(
        snmp,
        description=snmp.description or ipp.description,
        model=snmp.model or ipp.model,
        serial=snmp.serial or ipp.serial,
        device_status=_worse(snmp.device_status, ipp.device_status),
        printer_status=snmp.printer_status or ipp.printer_status,
        errors=tuple(bit for bit in mib.ERROR_BITS if bit in errors) if is_told else None,
        console=snmp.console or ipp.console,
        supplies=rows.merged(snmp.supplies, ipp.supplies),
        trays=snmp.trays if has_levels or not ipp.trays else ipp.trays,
        alerts=(*snmp.alerts, *more),
        page_count=ipp.page_count if snmp.page_count is None else snmp.page_count,
        request_count=snmp.request_count + ipp.request_count,
        sources=(*snmp.sources, *ipp.sources),
    )


def is_asleep(read: Reading) -> bool:
    """RFC 3805 calls running/other standby; vendors say it by an alert or on the display, too."""
    is_standby = read.device_status == "running" and read.printer_status == "other"
    says_so = any(alert.code == mib.POWER_SAVER or names.says_asleep(alert.text) for alert in read.alerts)
    return is_standby or says_so or names.says_asleep(read.console)


def _worse(one: mib.DeviceStatus | None, other: mib.DeviceStatus | None) -> mib.DeviceStatus | None:
    told = {one, other}
    return next((status for status in _STATUSES if status in told), None)
