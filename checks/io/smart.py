"""One disk's own opinion of its health: the JSON of smartctl(8), for ATA, NVMe and SCSI.

Exit status bits per smartctl(8) "EXIT STATUS": bit 3 the disk is failing, bit 4 and 7 history of limits
passed and failed self-tests, bit 6 an error log that is not empty, which healthy disks have too.
"""

from typing import Any

import msgspec

from checks.model import ProbeError

BIT_COMMAND_LINE = 0x01
BIT_OPEN = 0x02
BIT_FAILING = 0x08
BIT_PREFAIL = 0x10
BIT_SELF_TEST = 0x80
_REALLOCATED, _UNCORRECTED, _PENDING, _OFFLINE = 5, 187, 197, 198  # ATA attribute numbers
_RAW_MASK = 0xFFFFFFFF  # makers pack other figures above the count
_WEAR_LEVELLING = {169, 177, 231, 233}  # percent of life left as the normalised value


class Disk(msgspec.Struct, frozen=True):
    """One disk. Counts are 0 where the disk does not count that; `wear_pct` (0..255) is None likewise.

    `passed` is the disk's own verdict, None if it gives none. `spare_is_low`: NVMe spare at its threshold.
    """

    name: str
    passed: bool | None
    exit_status: int
    reallocated: int = 0
    pending: int = 0
    uncorrected: int = 0
    wear_pct: float | None = None
    critical_warning: int = 0
    spare_is_low: bool = False
    celsius: float | None = None

    @property
    def error_count(self) -> int:
        """All errors that can only rise."""
        return self.reallocated + self.pending + self.uncorrected

    @property
    def is_failing(self) -> bool:
        """Whether the disk should be replaced now."""
        is_bad = self.passed is False or bool(self.exit_status & BIT_FAILING)
        return is_bad or self.pending > 0 or self.critical_warning != 0 or self.spare_is_low

    @property
    def is_suspect(self) -> bool:
        """Whether the disk has a mark on its record that calls for watching."""
        is_marked = bool(self.exit_status & (BIT_PREFAIL | BIT_SELF_TEST))
        return is_marked or self.error_count > 0 or (self.wear_pct or 0) >= 90  # noqa: PLR2004  Zabbix's limit too


def parse(name: str, stdout: bytes) -> Disk:
    """Read the JSON of `smartctl --json -i -H -A -l error`.

    Raises ProbeError "smart.standby", "smart.not_permitted", "smart.unsupported" (the disk or its
    controller has no SMART) or "smart.unreadable".
    """
    try:
        found = msgspec.json.decode(stdout, type=dict[str, Any])
    except msgspec.DecodeError:
        raise ProbeError("smart.unreadable", disk=name) from None
    status = _whole(_table(found, "smartctl").get("exit_status"), -1)
    passed = _table(found, "smart_status").get("passed")
    if status < 0 or not isinstance(passed, bool):
        raise ProbeError(_why(found, status), disk=name)
    nvme = _table(found, "nvme_smart_health_information_log")
    celsius = _table(found, "temperature").get("current")
    kind = _nvme(nvme) if nvme else _ata(found) | _scsi(found)
    return Disk(
        name=name,
        passed=passed,
        exit_status=status,
        celsius=float(celsius) if isinstance(celsius, int) else None,
        **kind,
    )


def _nvme(log: dict[str, Any]) -> dict[str, Any]:
    wear = log.get("percentage_used")
    spare, threshold = (
        _whole(log.get("available_spare"), 100),
        _whole(log.get("available_spare_threshold"), 0),
    )
    return {
        "uncorrected": _whole(log.get("media_errors")),
        "wear_pct": float(wear) if isinstance(wear, int) else None,
        "critical_warning": _whole(log.get("critical_warning")),
        "spare_is_low": spare <= threshold,
    }


def _ata(found: dict[str, Any]) -> dict[str, Any]:
    rows = _table(found, "ata_smart_attributes").get("table")
    by_id = {row.get("id"): row for row in rows if isinstance(row, dict)} if isinstance(rows, list) else {}
    raw = {key: _whole(_table(row, "raw").get("value")) & _RAW_MASK for key, row in by_id.items()}
    left = [_whole(row.get("value"), 100) for key, row in by_id.items() if key in _WEAR_LEVELLING]
    is_solid_state = found.get("rotation_rate") == 0
    return {
        "reallocated": raw.get(_REALLOCATED, 0),
        "pending": raw.get(_PENDING, 0),
        "uncorrected": max(raw.get(_UNCORRECTED, 0), raw.get(_OFFLINE, 0)),
        "wear_pct": float(100 - min(100, *left)) if left and is_solid_state else None,
    }


def _scsi(found: dict[str, Any]) -> dict[str, Any]:
    """Read a SCSI disk's grown defects; nothing for other kinds."""
    grown = found.get("scsi_grown_defect_list")
    return {"reallocated": grown} if isinstance(grown, int) and grown >= 0 else {}


def _why(found: dict[str, Any], status: int) -> str:
    """Return the reason for which there is no verdict of the disk."""
    messages = _table(found, "smartctl").get("messages")
    rows = messages if isinstance(messages, list) else []
    said = " ".join(str(row.get("string")) for row in rows[:16] if isinstance(row, dict)).lower()
    if "standby" in said or "sleep" in said:
        return "smart.standby"
    if "permission denied" in said or "operation not permitted" in said:
        return "smart.not_permitted"
    has_none = _table(found, "smart_support").get("available") is False
    if has_none or "unable to detect device type" in said or "unknown usb bridge" in said:
        return "smart.unsupported"
    return "smart.unreadable" if status else "smart.unsupported"


def _table(found: dict[str, Any], key: str) -> dict[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _whole(value: object, default: int = 0) -> int:
    """Return a count that is one, else `default`: booleans, text and fractions are none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default
