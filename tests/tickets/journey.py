"""A jam's whole way: a desk in a box with two printers, before a ticket server outside of it.

with journey(site, folder) as way:
    way.jam(); way.ticket_id(); way.clear(); way.wait_closed()
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from desks import Desk
from netbox import PRINTER, Box, desk_in_a_box
from paper import CLEARED, JAMMED, PORT, Paper, paper
from tickets.servers import Site

OTHER = {"1.3.6.1.2.1.43.5.1.1.17.2": "4|SYNTHETIC-2"}  # prtGeneralSerialNumber


@dataclass
class Journey:
    desk: Desk
    printer: Paper

    def asked(self, *words: str) -> dict[str, Any]:
        ran = self.desk.run(*words, "--json")
        assert ran.stdout, ran.stderr.decode()
        answer: dict[str, Any] = json.loads(ran.stdout)
        return answer

    def said(self, *words: str) -> str:
        return self.desk.run(*words).stdout.decode()

    def jam(self) -> dict[str, Any]:
        """Jam the printer; returns the incident once it is open."""
        self.printer.become(JAMMED)
        self.desk.wait_for(self._jams, 90)
        return self._jams()[0]

    def _jams(self) -> list[dict[str, Any]]:
        return [one for one in self.asked("incident", "list")["incidents"] if one["fault"] == "PRN_JAM"]

    def ticket(self, name: str, within_s: float = 60.0) -> tuple[dict[str, Any], float]:
        """Wait for the ticket of an incident; returns it with the seconds that this took."""
        began_s = time.monotonic()
        self.desk.wait_for(lambda: self.asked("incident", "show", name)["tickets"], within_s)
        return self.asked("incident", "show", name)["tickets"][0], time.monotonic() - began_s

    def clear(self) -> None:
        self.printer.become(CLEARED)

    def wait_resolved(self, name: str, within_s: float = 150.0) -> dict[str, Any]:
        """Wait until the incident is closed and its ticket resolved; returns the incident."""

        def is_over() -> bool:
            shown = self.asked("incident", "show", name)
            return shown["standing"] == "closed" and shown["tickets"][0]["state"] != "open"

        self.desk.wait_for(is_over, within_s)
        return self.asked("incident", "show", name)


@contextmanager
def journey(site: Site, folder: Path) -> Iterator[Journey]:
    with desk_in_a_box() as box, paper(box, {"finance": OTHER}) as printer, _bridge(box, site, folder):
        secret = folder / "secrets" / "ticket"
        secret.parent.mkdir()
        secret.write_text(site.secret)
        secret.chmod(0o600)
        desk = Desk(box, folder, _settings(site))
        printer.become({})
        desk.wait_for(printer.answers, 30)
        with desk.daemon():
            yield Journey(desk, printer)


def _settings(site: Site) -> str:
    own = f'host = "{PRINTER}"\nsnmp = {{ port = {PORT}'
    return (
        f'[[printer]]\nname = "front"\nplace = "前台"\nsubstitutes = ["finance"]\n{own} }}\n'
        f'[[printer]]\nname = "finance"\nplace = "财务室"\n{own}, community = "finance" }}\n'
        f'[ticket]\nbackend = "{site.backend}"\nurl = "{site.url}"\n'
        f'secret = "secret:ticket"\nproject = "{site.project}"\nkey_field = "{site.key_field}"\n'
        'hours = "always"\nobserve_only = false\n'
    )


@contextmanager
def _bridge(box: Box, site: Site, folder: Path) -> Iterator[None]:
    """Let the server be reached at the desk's own loopback, as http may be; nothing else leads out."""
    link, port = folder / "bridge", urlsplit(site.url).port
    outside = ["socat", f"UNIX-LISTEN:{link},fork", f"TCP:127.0.0.1:{port}"]
    inside = ["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr", f"UNIX-CONNECT:{link}"]
    with subprocess.Popen(outside) as child:
        box.popen(inside)
        try:
            yield
        finally:
            child.terminate()
