"""The picture of a ticket: a jam's, filed and resolved by a running desk, as a real Redmine shows it.

The person of the desk's key is renamed to the desk, so that nobody is in it. Needs root, for the desk's box.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import requests
from tickets import servers
from tickets.journey import journey
from tickets.servers import Site

_SIZE = "1200,1260"


def take() -> bytes:
    """Return the page of the ticket as PNG. Raises RuntimeError where a server or the browser is missing."""
    browser = shutil.which("chromium")
    if browser is None or servers.missing():
        raise RuntimeError(f"missing: {', '.join([*servers.missing(), *([] if browser else ['chromium'])])}")
    with servers.redmine() as site, tempfile.TemporaryDirectory(prefix="picture-") as name:
        folder = Path(name)
        _prepare(site)
        number = _live(site, folder)
        _shoot(browser, f"{site.url}/issues/{number}", folder)
        return (folder / "ticket.png").read_bytes()


def _prepare(site: Site) -> None:
    """Let a stranger read the project, and give the key's person the desk's name."""
    me = _asked(site, "GET", "users/current").json()["user"]["id"]
    _asked(site, "PUT", f"users/{me}", {"user": {"firstname": "deskready", "lastname": "desk-07"}})
    _asked(site, "PUT", f"projects/{site.project}", {"project": {"is_public": True}})


def _asked(site: Site, method: str, path: str, change: dict[str, Any] | None = None) -> requests.Response:
    headers = {"X-Redmine-API-Key": site.secret}
    answer = requests.request(method, f"{site.url}/{path}.json", headers=headers, json=change, timeout=60)
    answer.raise_for_status()
    return answer


def _live(site: Site, folder: Path) -> str:
    """Let a jam go its way; returns the number of its ticket."""
    folder.chmod(0o755)
    with journey(site, folder) as way:
        jam = way.jam()
        way.asked("incident", "act", jam["id"], "still-broken", "--by", "broker-1")
        ticket, _ = way.ticket(jam["id"])
        way.asked("incident", "act", jam["id"], "substitute", "finance", "--by", "broker-1")
        way.clear()
        way.wait_resolved(jam["id"])
    return str(ticket["remote_id"])


def _shoot(browser: str, url: str, folder: Path) -> None:
    own = [
        "--headless",
        "--no-sandbox",
        "--hide-scrollbars",
        "--disable-gpu",
        f"--user-data-dir={folder}/browser",
    ]
    own += [
        "--lang=zh-CN",
        "--accept-lang=zh-CN",
        f"--window-size={_SIZE}",
        f"--screenshot={folder}/ticket.png",
    ]
    subprocess.run([browser, *own, url], check=True, capture_output=True, timeout=120)
