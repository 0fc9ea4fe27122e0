"""A network printer behind the gateway of a desk in a box, which can be jammed and cleared."""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import snmp_server
from netbox import PRINTER, Box
from printer_states import BASE, STATES, UP_TIME

PORT = 1161
SETTINGS = (
    f'[[printer]]\nname = "front"\nplace = "前台"\nhost = "{PRINTER}"\n'
    f"snmp = {{ port = {PORT} }}\n"
    '[ticket]\nhours = "always"\nobserve_only = false\n'
)
JAMMED, CLEARED = {**STATES["jam"], UP_TIME: "67|86400000"}, {UP_TIME: "67|300"}


class Paper:
    """A new state is a printer that was switched off and on; `others` stand beside it, by community."""

    def __init__(
        self, box: Box, folder: Path, others: Mapping[str, Mapping[str, str]], port: int = PORT
    ) -> None:
        self.box, self.folder, self.others, self.port = box, folder, others, port
        self.child: subprocess.Popen[bytes] | None = None

    def become(self, changes: Mapping[str, str]) -> None:
        self.off()
        base = Path(tempfile.mkdtemp(prefix="printer-", dir=self.folder))
        for name in ("data", "cache", "log"):
            (base / name).mkdir()
        for community, cells in {"public": changes, **self.others}.items():
            (base / f"data/{community}.snmprec").write_text(snmp_server.overlay(BASE, cells))
        argv = snmp_server.command(base, PRINTER, self.port)
        self.child = self.box.popen_on_gateway(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers(self) -> bool:
        """Whether net-snmp gets an answer at the desk."""
        argv = ["snmpget", "-v2c", "-cpublic", "-r0", "-t1", f"{PRINTER}:{self.port}", UP_TIME]
        return self.box.run(argv).returncode == 0

    def off(self) -> None:
        if self.child is not None:
            self.child.terminate()
            self.child.wait(10)


@contextmanager
def paper(
    box: Box, others: Mapping[str, Mapping[str, str]] | None = None, port: int = PORT
) -> Iterator[Paper]:
    """Give a printer that is still off; it is switched off at the end."""
    with tempfile.TemporaryDirectory(prefix="printers-") as folder:
        Path(folder).chmod(0o755)
        printer = Paper(box, Path(folder), others or {}, port)
        yield printer
        printer.off()
