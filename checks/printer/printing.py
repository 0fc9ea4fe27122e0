"""Printing test pages: one job for each document, followed to its end; what does not end is cancelled.

Clauses 4.1.3b and 5.1.3. Source: IPP Print-Job, Get-Job-Attributes and Cancel-Job (RFC 8011), to the queue
where the printer has one, else to the printer itself. The pages carry a number of their own, so that a
sheet in the output tray can be told from any other.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from checks.io import cups, ipp
from checks.io.ipp import Call
from checks.model import ProbeError
from checks.printer import reading
from config.devices import Printer

State: TypeAlias = Literal["completed", "aborted", "cancelled", "stuck"]

_TIMEOUT_S = 5.0
_POLL_S = 0.5
_ENDS: Final[dict[int, State]] = {7: "cancelled", 8: "aborted", 9: "completed"}  # job-state, RFC 8011
_OF_JOB = ("job-state", "job-impressions-completed", "job-media-sheets-completed")
_FORMAT = "application/pdf"
_A4_POINTS = (595, 842)


class Printed(msgspec.Struct, frozen=True):
    """How one document ended. `pages` is the printer's own count over IPP, None where it keeps none."""

    state: State
    pages: int | None
    took_s: float


def print_all(target: Printer, documents: Sequence[bytes], timeout_s: float) -> Iterator[Printed]:
    """Print the documents one after the other; stops after the first that does not complete.

    `timeout_s` is for each. Raises ProbeError: "printer.not_printable" (neither a queue nor IPP),
    "print.no_pdf" (it does not take PDF), and what `checks.io.ipp.ask` raises.
    """
    queue = _queue(target)
    about = ipp.ask(
        Call("Get-Printer-Attributes", queue.uri, wanted=("document-format-supported",), path=queue.path),
        timeout_s=_TIMEOUT_S,
    )
    if _FORMAT not in about.printer.get("document-format-supported", (_FORMAT,)):
        raise ProbeError("print.no_pdf")
    for document in documents:
        printed = _print(queue, document, timeout_s)
        yield printed
        if printed.state != "completed":
            return


def life_count(target: Printer) -> int | None:
    """Return the pages that the printer has printed in its life; None where it does not say."""
    try:
        return reading.read(target).page_count
    except ProbeError:
        return None


def page(nonce: str, number: int, sheets: int) -> bytes:
    """Return a PDF of `sheets` pages which say what they are, with stripes and greys to judge by eye."""
    kids = " ".join(f"{4 + 2 * sheet} 0 R" for sheet in range(sheets))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {sheets} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for sheet in range(1, sheets + 1):
        drawing = _drawing(f"deskready test {nonce}  document {number}  page {sheet}/{sheets}")
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_A4_POINTS[0]} {_A4_POINTS[1]}] "
            f"/Resources << /Font << /F 3 0 R >> >> /Contents {3 + 2 * sheet} 0 R >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        ]
    return _pdf(objects)


def _queue(target: Printer) -> cups.Queue:
    if target.queue:
        return cups.queue(target.queue)
    if target.ipp:
        return cups.Queue(target.ipp)
    raise ProbeError("printer.not_printable")


def _print(queue: cups.Queue, document: bytes, timeout_s: float) -> Printed:
    """Send one document and follow its job; whatever happens here, no job of ours stays behind."""
    started_s = time.monotonic()
    call = Call(
        "Print-Job",
        queue.uri,
        path=queue.path,
        document=document,
        document_format=_FORMAT,
        job_name="deskready",
    )
    sent = _sent(call, started_s + timeout_s)
    job = next(
        (number for one in sent.jobs for number in one.get("job-id", ()) if isinstance(number, int)), None
    )
    if job is None:
        raise ProbeError("ipp.malformed")
    state: State | None = None
    pages: int | None = None
    try:
        while state is None and time.monotonic() - started_s < timeout_s:
            time.sleep(_POLL_S)
            state, pages = _look(queue, job)
    finally:
        if state is None:
            ipp.ask(Call("Cancel-Job", queue.uri, job=job, path=queue.path), timeout_s=_TIMEOUT_S)
    return Printed(state or "stuck", pages, round(time.monotonic() - started_s, 1))


def _sent(call: Call, until_s: float) -> ipp.Message:
    """Send a job; a printer that takes one at a time and is busy is asked again."""
    while True:
        try:
            return ipp.ask(call, timeout_s=_TIMEOUT_S)
        except ProbeError as error:
            if error.code != "ipp.busy" or time.monotonic() > until_s:
                raise
        time.sleep(_POLL_S)


def _look(queue: cups.Queue, job: int) -> tuple[State | None, int | None]:
    call = Call("Get-Job-Attributes", queue.uri, job=job, wanted=_OF_JOB, path=queue.path)
    told = next(iter(ipp.ask(call, timeout_s=_TIMEOUT_S).jobs), {})
    numbers = [next(iter(told.get(name, ())), None) for name in _OF_JOB]
    state, *counts = [number if isinstance(number, int) else None for number in numbers]
    return _ENDS.get(state or 0), next((count for count in counts if count), None)


def _drawing(line: str) -> bytes:
    """Return page marks: a line of text, bars from black to light grey, a frame."""
    bars = "".join(f"{0.1 * step:.1f} g {60 + 47 * step} 500 47 120 re f\n" for step in range(10))
    return f"BT /F 14 Tf 60 760 Td ({line}) Tj ET\n{bars}0 G 2 w 60 60 475 380 re S".encode("ascii")


def _pdf(objects: Sequence[bytes]) -> bytes:
    """Put objects, numbered from 1, into a file with its table of places (ISO 32000-1, section 7.5)."""
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    )
