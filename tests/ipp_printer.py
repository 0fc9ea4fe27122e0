"""A printer that answers IPP from memory: one HTTP server, one body for every question.

with ipp_printer.printer(body(reasons=["media-jam-error"])) as uri: ...
"""

import contextlib
import http.server
import struct
import threading
from collections.abc import Callable, Iterator, Sequence

import snmp_server

RECORDED = snmp_server.REAL.parent / "ipp-bin"
INTEGER, ENUM, OCTETS, TEXT, NAME, KEYWORD = 0x21, 0x23, 0x30, 0x41, 0x42, 0x44
Field = tuple[int, str, Sequence[int | str]]


def field(tag: int, name: str, values: Sequence[int | str]) -> bytes:
    """Encode one attribute with all its values."""
    encoded = b""
    for place, value in enumerate(values):
        raw = struct.pack(">i", value) if isinstance(value, int) else value.encode()
        own = name.encode() if place == 0 else b""
        encoded += struct.pack(">BH", tag, len(own)) + own + struct.pack(">H", len(raw)) + raw
    return encoded


def body(
    *fields: Field, state: int | None = 3, reasons: Sequence[str] | None = ("none",), status: int = 0
) -> bytes:
    """Encode a reply to Get-Printer-Attributes."""
    encoded = field(ENUM, "printer-state", [state]) if state is not None else b""
    encoded += field(KEYWORD, "printer-state-reasons", list(reasons)) if reasons is not None else b""
    encoded += b"".join(field(*one) for one in fields)
    head = b"\x02\x00" + struct.pack(">HI", status, 1)
    language = field(0x47, "attributes-charset", ["utf-8"]) + field(
        0x48, "attributes-natural-language", ["en"]
    )
    return head + b"\x01" + language + b"\x04" + encoded + b"\x03"


@contextlib.contextmanager
def printer(answer: bytes | Callable[[bytes], bytes], *, status: int = 200) -> Iterator[str]:
    """Answer on a loopback port until the end of the block; yield the printer's URI."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            reply = answer(asked) if callable(answer) else answer
            self.send_response(status)
            self.send_header("Content-Type", "application/ipp")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"ipp://127.0.0.1:{server.server_port}/ipp/print"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
