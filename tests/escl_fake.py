"""A network scanner over eSCL that does what the test says (synthetic: no real jam was captured)."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAMES = 'xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm" xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03"'
CAPABILITIES = f"""<?xml version="1.0"?><scan:ScannerCapabilities {NAMES}><pwg:Version>2.6</pwg:Version>
<scan:Platen><scan:PlatenInputCaps><scan:MinWidth>16</scan:MinWidth><scan:MinHeight>16</scan:MinHeight>
<scan:SettingProfiles><scan:SettingProfile><scan:ColorModes><scan:ColorMode>RGB24</scan:ColorMode>
<scan:ColorMode>Grayscale8</scan:ColorMode></scan:ColorModes><scan:SupportedResolutions><scan:DiscreteResolutions>
<scan:DiscreteResolution><scan:XResolution>300</scan:XResolution></scan:DiscreteResolution>
<scan:DiscreteResolution><scan:XResolution>75</scan:XResolution></scan:DiscreteResolution>
</scan:DiscreteResolutions></scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles>
</scan:PlatenInputCaps></scan:Platen></scan:ScannerCapabilities>"""
NO_PLATEN = f"<scan:ScannerCapabilities {NAMES}><scan:Adf/></scan:ScannerCapabilities>"
STATUS = """<?xml version="1.0"?><scan:ScannerStatus {names}><pwg:Version>2.6</pwg:Version>
<pwg:State>{state}</pwg:State>
<scan:AdfState>{adf}</scan:AdfState><scan:Jobs><scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/7</pwg:JobUri>
<pwg:JobState>{job}</pwg:JobState></scan:JobInfo></scan:Jobs></scan:ScannerStatus>"""
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\xff\xc0\0\x0b\x08\0\x10\0\x10\1\1\x11\0" + b"\0" * 64 + b"\xff\xd9"
)


class Scanner(ThreadingHTTPServer):
    """What it answers; a test changes the fields. `asked` is what came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.state, self.job, self.status_code, self.job_code = "Idle", "Completed", 200, 201
        self.adf = ["ScannerAdfEmpty"]  # the last one stays
        self.location = "/eSCL/ScanJobs/7"
        self.capabilities = CAPABILITIES.encode()
        self.raw_status: bytes | None = None
        self.images: list[tuple[int, bytes]] = [(200, JPEG)]
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/eSCL"

    def status(self) -> bytes:
        adf = self.adf.pop(0) if len(self.adf) > 1 else self.adf[0]
        return STATUS.format(names=NAMES, state=self.state, adf=adf, job=self.job).encode()


class _Pages(BaseHTTPRequestHandler):
    server: Scanner

    def do_GET(self) -> None:
        self.server.asked.append(f"GET {self.path}")
        if self.path == "/eSCL/ScannerStatus":
            raw = self.server.raw_status
            self._say(self.server.status_code, self.server.status() if raw is None else raw)
        elif self.path == "/eSCL/ScannerCapabilities":
            self._say(200, self.server.capabilities)
        elif self.path == "/eSCL/ScanJobs/7/NextDocument":
            images = self.server.images
            self._say(*(images.pop(0) if len(images) > 1 else images[0]))
        else:
            self._say(404, b"")

    def do_POST(self) -> None:
        self.server.asked.append(f"POST {self.path}")
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say(self.server.job_code, b"", self.server.location)

    def _say(self, status: int, body: bytes, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def scanner() -> Iterator[Scanner]:
    server = Scanner()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
