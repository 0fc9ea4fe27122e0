"""A network scanner over eSCL (Mopria's "eSCL Technical Specification"): its state, and a small scan.

A status alone proves nothing: a jammed scanner may say "Idle", answer 200 and send 0 bytes. So a scan is
judged by its bytes and by the job's own state afterwards. Names are read without their namespaces.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

import msgspec

from checks.io import http, xml
from checks.io.xml import Element
from checks.model import ProbeError

_TIMEOUT_S = 4.0
_SCAN_S = 30.0
_POLL_S = 1.0
_MAX_DIGITS = 6
_LOWEST_DPI = 75  # some scanners name 1, and nobody scans so
_BUSY = {409, 503}
_OK, _CREATED = 200, 201
# pwg:State and scan:AdfState as error codes; what is not here is no error.
STATES: Final[Mapping[str, str]] = {"Stopped": "stopped", "Down": "stopped"}
ADF_STATES: Final[Mapping[str, str]] = {
    "ScannerAdfJam": "jam",
    "ScannerAdfMispick": "mispick",
    "ScannerAdfMultipickDetected": "mispick",
    "ScannerAdfHatchOpen": "cover_open",
    "ScannerAdfDoorOpen": "cover_open",
    "ScannerAdfDuplexPageTooShort": "page_size",
    "ScannerAdfDuplexPageTooLong": "page_size",
    "ScannerAdfInputTrayFailed": "tray",
    "ScannerAdfInputTrayOverloaded": "tray",
}
_FINE_ADF = {"", "ScannerAdfProcessing", "ScannerAdfEmpty", "ScannerAdfLoaded"}
_JOB = """<?xml version="1.0" encoding="UTF-8"?>
<scan:ScanSettings xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03"
 xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"><pwg:Version>2.0</pwg:Version>
<pwg:ScanRegions><pwg:ScanRegion><pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>
<pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset>
<pwg:Width>{width}</pwg:Width><pwg:Height>{height}</pwg:Height></pwg:ScanRegion></pwg:ScanRegions>
<pwg:InputSource>Platen</pwg:InputSource><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
<scan:XResolution>{dpi}</scan:XResolution><scan:YResolution>{dpi}</scan:YResolution>
<scan:ColorMode>{mode}</scan:ColorMode></scan:ScanSettings>
"""


class Status(msgspec.Struct, frozen=True):
    """`error` "" where neither the scanner nor its feeder names one. `jobs`: state by the path of the job."""

    state: str
    adf: str
    error: str
    jobs: Mapping[str, str]

    @property
    def is_busy(self) -> bool:
        """Whether somebody scans just now, or it warms up."""
        return self.state in {"Processing", "Testing"}


class Glass(msgspec.Struct, frozen=True):
    """What the smallest scan of the glass needs: size in 1/300 inch, the lowest resolution, a colour mode."""

    width: int
    height: int
    dpi: int
    mode: str


def status(url: str) -> Status:
    """Ask how the scanner is.

    Raises http.Failure where nobody answers; ProbeError "escl.unreadable" (another thing answers),
    "http.bad_url", "xml.unreadable".
    """
    found = _document(url, "ScannerStatus")
    state, adf = found.value("State"), found.value("AdfState")
    jobs = found.find("Jobs")
    return Status(
        state=state,
        adf=adf,
        error=STATES.get(state) or ADF_STATES.get(adf) or ("" if adf in _FINE_ADF else "feeder"),
        jobs={urlsplit(job.value("JobUri")).path: job.value("JobState") for job in jobs.children}
        if jobs
        else {},
    )


def glass(url: str) -> Glass | None:
    """Return what a scan of the glass needs, None where the scanner has a feeder only. Raises as `status`."""
    caps = _document(url, "ScannerCapabilities").find("Platen", "PlatenInputCaps")
    if caps is None:
        return None
    resolutions = [dpi for dpi in _numbers(caps, "XResolution") if dpi >= _LOWEST_DPI]
    modes = [one.text for one in _all(caps, "ColorMode")]
    wide, high = (next(_numbers(caps, f"Min{side}"), 0) for side in ("Width", "Height"))
    grey = "Grayscale8" if "Grayscale8" in modes or not modes else modes[0]
    return Glass(max(wide, 300), max(high, 300), min(resolutions, default=300), grey)


def scan(url: str, what: Glass) -> str:
    """Scan a corner of the glass and throw the picture away; returns an error code, "" where it is whole.

    Raises as `status`, and ProbeError "scanner.busy".
    """
    body = _JOB.format(width=what.width, height=what.height, dpi=what.dpi, mode=what.mode).encode()
    post = http.Post(body, "text/xml; charset=utf-8")
    created = http.post(f"{_base(url)}/ScanJobs", post, timeout_s=_TIMEOUT_S)
    if created.status in _BUSY:
        raise ProbeError("scanner.busy")
    if created.status != _CREATED or not created.location:
        return "refused"
    job = urljoin(f"{_base(url)}/ScanJobs", created.location)
    if urlsplit(job)[:2] != urlsplit(url)[:2]:  # it names itself by another name, or another host
        job = urljoin(url, urlsplit(job).path)
    error = picture_error(_image(job))
    after = status(url)
    if after.error:  # what it says of itself tells more than the picture
        return after.error
    is_ended = after.jobs.get(urlsplit(job).path) in {"Aborted", "Canceled"}
    return error or ("aborted" if is_ended else "")


def picture_error(image: bytes) -> str:
    """Say what is wrong with a JPEG by its structure: "no_image", "truncated" or ""."""
    if not image:
        return "no_image"
    is_whole = image.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in image[-16:]
    has_frame = any(bytes((0xFF, kind)) in image for kind in (0xC0, 0xC1, 0xC2))
    return "" if is_whole and has_frame else "truncated"


def _image(job: str) -> bytes:
    """Fetch the page; a scanner that is still scanning says 503 until it has one."""
    deadline_s = time.monotonic() + _SCAN_S
    while (left_s := deadline_s - time.monotonic()) > 0:
        reply = http.get(f"{job}/NextDocument", timeout_s=left_s)
        if reply.status == _OK:
            if len(reply.body) >= http.MAX_BODY_BYTES:  # more than a corner of the glass
                raise ProbeError("escl.unreadable")
            return reply.body
        if reply.status not in _BUSY:
            return b""
        time.sleep(_POLL_S)
    return b""


def _document(url: str, name: str) -> Element:
    reply = http.get(f"{_base(url)}/{name}", timeout_s=_TIMEOUT_S)
    if reply.status in _BUSY:
        raise ProbeError("scanner.busy")
    found = xml.parse(reply.body) if reply.status == _OK else None
    if found is None or found.name != name:
        raise ProbeError("escl.unreadable")
    return found


def _base(url: str) -> str:
    return url.rstrip("/")


def _all(element: Element, name: str) -> Iterator[Element]:
    for child in element.children:
        if child.name == name:
            yield child
        yield from _all(child, name)


def _numbers(element: Element, name: str) -> Iterator[int]:
    digits = (one.text for one in _all(element, name))
    return (int(text) for text in digits if text.isdecimal() and len(text) <= _MAX_DIGITS)
