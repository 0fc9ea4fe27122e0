"""Makes docs/pictures/ticket-redmine.png anew: the ticket of a jam, filed and resolved by a running desk.

`make ticket-picture`, as root. The person of the desk's key is renamed to the desk, so that nobody is in it.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from tickets import servers  # noqa: E402  the tests are no package of the program
from tickets.journey import journey  # noqa: E402
from tickets.servers import Site  # noqa: E402

PICTURE = ROOT / "docs/pictures/ticket-redmine.png"
SIZE = "1200,1260"


def main() -> int:
    browser = shutil.which("chromium")
    if browser is None or servers.missing():
        print(f"needs chromium, fonts-wqy-microhei, {', '.join(servers.missing()) or 'nothing else'}")
        return 1
    with servers.redmine() as site, tempfile.TemporaryDirectory(prefix="picture-") as folder:
        _prepare(site)
        number = _live(site, Path(folder))
        PICTURE.parent.mkdir(exist_ok=True)
        _shoot(browser, f"{site.url}/issues/{number}", Path(folder))
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size} bytes")
    return 0


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
    own += ["--lang=zh-CN", "--accept-lang=zh-CN", f"--window-size={SIZE}", f"--screenshot={PICTURE}"]
    subprocess.run([browser, *own, url], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    sys.exit(main())
