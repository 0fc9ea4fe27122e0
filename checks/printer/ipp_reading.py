"""What a printer says of itself over IPP, in the terms of the Printer MIB.

Printers fill different families: marker-* or printer-supply, printer-input-tray, printer-alert. All four
are read. A printer that gives a state and no reasons, as some answer when asleep, has told nothing.
"""

from collections.abc import Iterator, Mapping

from checks.io import ipp, text
from checks.io.ipp import Attributes, Call
from checks.printer import ipp_words, mib, names, rows
from checks.printer.facts import Reading, Source
from checks.printer.rows import Alert, Supply, Tray

TIMEOUT_S = 1.5
_STATES: Mapping[int, tuple[mib.DeviceStatus, mib.PrinterStatus]] = {  # printer-state, RFC 8011
    3: ("running", "idle"),
    4: ("running", "printing"),
    5: ("down", "other"),
}
_STOPPED = 5
_UNAVAILABLE = -1  # of marker-levels; in the Printer MIB -1 is "no limit"
_WANTED = (
    "printer-state", "printer-state-reasons", "printer-state-message", "printer-make-and-model",
    "printer-info", "printer-device-id", "printer-up-time", "printer-impressions-completed",
    "marker-names", "marker-types", "marker-colors", "marker-levels",
    "printer-supply", "printer-supply-description", "printer-input-tray",
    "printer-alert", "printer-alert-description",
)  # fmt: skip


def read(uri: str, read_s: float) -> Reading:
    """Ask the printer once. Raises ProbeError as `checks.io.ipp.ask` says."""
    message = ipp.ask(Call("Get-Printer-Attributes", uri, wanted=_WANTED), timeout_s=TIMEOUT_S)
    return reading_of(message.printer, read_s)


def reading_of(attributes: Attributes, read_s: float) -> Reading:
    """Take a printer's attributes for what they say. `read_s` is time.monotonic()."""
    state = _number(attributes, "printer-state")
    reasons = _reasons(attributes)
    is_told = reasons is not None or state == _STOPPED
    device, printer = _STATES.get(state or 0, ("unknown", "unknown")) if is_told else (None, None)
    uptime = _number(attributes, "printer-up-time")
    errors = None if reasons is None else _errors(reasons)
    console = _words(attributes, "printer-state-message")
    return Reading(
        description=_words(attributes, "printer-info"),
        model=_words(attributes, "printer-make-and-model"),
        serial=_serial(attributes),
        device_status=device,
        printer_status=printer,
        errors=errors,
        console=console,
        supplies=rows.merged(tuple(_supplies(attributes)), tuple(_markers(attributes))),
        trays=tuple(_trays(attributes)),
        alerts=(*_alerts(attributes), *_reason_alerts(reasons or (), is_stopped=state == _STOPPED)),
        page_count=_number(attributes, "printer-impressions-completed"),
        read_s=read_s,
        request_count=1,
        uptime_s=None if uptime is None else float(uptime),
        sources=(Source("ipp", device, errors, console),),
    )


def _reasons(attributes: Attributes) -> tuple[str, ...] | None:
    """Return the reasons; None: it gives no word, not even "none"."""
    told = [one for one in attributes.get("printer-state-reasons", ()) if isinstance(one, str)]
    return tuple(one for one in told if one != "none") if told else None


def _errors(reasons: tuple[str, ...]) -> tuple[mib.ErrorBit, ...]:
    bits = {ipp_words.REASONS.get(ipp_words.reason(one)[0]) for one in reasons}
    return tuple(bit for bit in mib.ERROR_BITS if bit in bits)


def _reason_alerts(reasons: tuple[str, ...], *, is_stopped: bool) -> Iterator[Alert]:
    """Yield as alerts what no error bit can say. Without a suffix a reason is an error (RFC 8011)."""
    for one in reasons:
        word, severity = ipp_words.reason(one)
        code = ipp_words.ALERTS.get(word)
        if code == mib.POWER_SAVER:
            yield Alert("other", mib.GROUP_GENERAL, 0, code, "")
        elif code is not None:
            is_critical = is_stopped or severity in {"", "error"}
            yield Alert("critical" if is_critical else "warning", mib.GROUP_MARKER, 0, code, "")


def _alerts(attributes: Attributes) -> Iterator[Alert]:
    texts = attributes.get("printer-alert-description", ())
    for place, fields in enumerate(_packed(attributes, "printer-alert")):
        name = fields.get("code", "")
        said = texts[place] if place < len(texts) else b""
        alert = Alert(
            severity=ipp_words.SEVERITIES.get(fields.get("severity", ""), "other"),
            group=ipp_words.GROUPS.get(fields.get("group", ""), 0),
            subunit=_integer(fields.get("groupindex")) or 0,
            code=ipp_words.CODES.get(name) or _integer(name) or 0,
            text=text.clean(said) if isinstance(said, bytes) else "",
        )
        if alert.code > 0 or alert.text:
            yield alert


def _markers(attributes: Attributes) -> Iterator[Supply]:
    """Yield marker-*, whose lists may differ in length: what is missing is unknown."""
    levels = attributes.get("marker-levels", ())
    types, colours, called = (
        attributes.get(name, ()) for name in ("marker-types", "marker-colors", "marker-names")
    )
    for place, value in enumerate(levels):
        name = _clean(called[place]) if place < len(called) else ""
        kind = _kind(types[place]) if place < len(types) else "other"
        told = _clean(colours[place]).upper() if place < len(colours) else ""
        number = value if isinstance(value, int) and value != _UNAVAILABLE else None
        yield Supply(
            id=f"1.{place + 1}",
            kind=kind,
            colour=ipp_words.COLOURS.get(told) or names.colour(name),
            name=name,
            level=rows.level(number, 100, mib.UNIT_PERCENT),
        )


def _supplies(attributes: Attributes) -> Iterator[Supply]:
    texts = attributes.get("printer-supply-description", ())
    for place, fields in enumerate(_packed(attributes, "printer-supply")):
        name = _clean(texts[place]) if place < len(texts) else ""
        is_filled = fields.get("class") == "receptacleThatIsFilled"
        unit = mib.UNIT_PERCENT if fields.get("unit") == "percent" else None
        yield Supply(
            id=f"1.{_integer(fields.get('index')) or place + 1}",
            kind="waste" if is_filled else _kind(fields.get("type", "")),
            colour=names.colour(fields.get("colorantname", "")) or names.colour(name),
            name=name,
            level=rows.level(_integer(fields.get("level")), _integer(fields.get("maxcapacity")), unit),
        )


def _trays(attributes: Attributes) -> Iterator[Tray]:
    for place, fields in enumerate(_packed(attributes, "printer-input-tray")):
        name = text.clean_text(fields.get("name", ""))
        level = rows.tray_level(_integer(fields.get("level")), _integer(fields.get("maxcapacity")))
        yield Tray(
            id=f"1.{_integer(fields.get('index')) or place + 1}",
            name=name,
            level=level,
            paper_size=None,
            is_bypass=fields.get("type") == "sheetFeedManual" or names.is_bypass(name),
            is_virtual=names.is_virtual(name),
        )


def _packed(attributes: Attributes, name: str) -> Iterator[dict[str, str]]:
    """Yield the "name=value;" lists that PWG 5100.13 packs into octet strings."""
    for packed in attributes.get(name, ()):
        if isinstance(packed, bytes):
            pairs = packed.decode("utf-8", "replace").split(";")
            yield {
                key.strip(): value.strip()
                for key, found, value in (one.partition("=") for one in pairs)
                if found
            }


def _kind(word: object) -> mib.Kind:
    return ipp_words.KINDS.get(_clean(word).replace("-", "").lower(), "other")


def _serial(attributes: Attributes) -> str:
    """Return the serial number of the IEEE 1284 device id, "" where it has none."""
    told = next(iter(attributes.get("printer-device-id", ())), b"")
    packed = told.decode("utf-8", "replace") if isinstance(told, bytes) else ""
    fields = dict(one.partition(":")[::2] for one in packed.split(";"))
    serial = next((fields[key] for key in ("SN", "SERN", "SERIALNUMBER") if fields.get(key)), "")
    return text.clean_text(serial)


def _words(attributes: Attributes, name: str) -> str:
    return _clean(next(iter(attributes.get(name, ())), b""))


def _clean(value: object) -> str:
    if isinstance(value, bytes):
        return text.clean(value)
    return text.clean_text(value) if isinstance(value, str) else ""


def _number(attributes: Attributes, name: str) -> int | None:
    value = next(iter(attributes.get(name, ())), None)
    return value if isinstance(value, int) and value >= 0 else None


def _integer(word: str | None) -> int | None:
    try:
        return int(word[:12]) if word else None
    except ValueError:
        return None
