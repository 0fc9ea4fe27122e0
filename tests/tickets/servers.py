"""The real ticket servers of the suites: Request Tracker 5 and Redmine 5 from Debian, on SQLite, seeded.

    with servers.redmine() as site: ...     # site.url, site.secret, site.key_field

Each has a folder, a port and a database of its own, listens on 127.0.0.1 alone and is ended by its process
id. Run as a program it installs the packages: python servers.py
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
RT_HOME = Path("/usr/share/request-tracker5")
REDMINE_HOME = Path("/usr/share/redmine")
REDMINE_EMPTY = Path("/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default")
# Debian's bundler 2.3.15 is patched for Debian's gems; the newer one that Ruby brings along is not.
BUNDLER = {"BUNDLER_VERSION": "2.3.15"}
STARTS_S = 90.0
_DEBCONF = """\
redmine redmine/instances/default/dbconfig-install boolean true
redmine redmine/instances/default/database-type select sqlite3
redmine redmine/default-language select en
request-tracker5 request-tracker5/rtname string deskready.test
request-tracker5 request-tracker5/organization string deskready.test
request-tracker5 request-tracker5/webbaseurl string http://127.0.0.1:8081
request-tracker5 request-tracker5/handle-siteconfig-permissions boolean true
request-tracker5 request-tracker5/install-cronjobs boolean false
request-tracker5 request-tracker5/dbconfig-install boolean false
"""
_PACKAGES = (
    ("redmine", "redmine-sqlite", "puma"),
    ("rt5-db-sqlite", "rt5-standalone", "request-tracker5"),
)
_NO_SERVICES = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True)
class Site:
    """One running server: where it is, its key, the field for our key, the project or queue, its log."""

    backend: str
    url: str
    secret: str
    key_field: str
    project: str
    folder: Path


def missing() -> list[str]:
    """Return the Debian packages that are not here."""
    places = {"redmine": REDMINE_EMPTY, "request-tracker5": RT_HOME / "libexec/rt-server"}
    return [name for name, place in places.items() if not place.exists()]


def install() -> None:
    """Install what is missing without a question; no service is started."""
    env = {**os.environ, **BUNDLER, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["debconf-set-selections"], input=_DEBCONF, text=True, check=True)
    with _no_services():
        for packages in _PACKAGES:
            if packages[0] in missing() or packages[-1] in missing():
                argv = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
                subprocess.run(argv, env=env, check=False, stdout=subprocess.DEVNULL)
                subprocess.run(["dpkg", "--configure", "-a"], env=env, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def rt() -> Iterator[Site]:
    """Run a private Request Tracker."""
    with _folder() as folder:
        port = free_port()
        env = _rt_folder(folder, port)
        init = ["/usr/sbin/rt-setup-database-5", "--action", "init", "--skip-create"]
        _run([*init, "--dba", "", "--dba-password", ""], env, folder)
        token = _said("TOKEN", _run(["perl", str(HERE / "seed_rt.pl")], env, folder))
        argv = [str(RT_HOME / "libexec/rt-server"), "--server", "Starlet", "--host", "127.0.0.1"]
        with _running([*argv, "--port", str(port), "--max-workers", "2"], env, folder, f"{port}"):
            yield Site("rt", f"http://127.0.0.1:{port}", token, "deskready_key", "IT", folder)


@contextlib.contextmanager
def redmine() -> Iterator[Site]:
    """Run a private Redmine, as the web server's user."""
    with _folder() as folder:
        port = free_port()
        shutil.copy(REDMINE_EMPTY, folder / "redmine.db")
        shutil.copy(HERE / "seed_redmine.rb", folder)
        for path in (folder, folder / "redmine.db"):
            shutil.chown(path, "www-data", "www-data")
        env = {**BUNDLER, "RAILS_ENV": "production", "REDMINE_INSTANCE": "default", "HOME": str(folder)}
        env["DATABASE_URL"] = f"sqlite3:{folder}/redmine.db"
        seed = ["bundle", "exec", "rails", "runner", str(folder / "seed_redmine.rb")]
        said = _run(seed, env, REDMINE_HOME, "www-data")
        argv = ["puma", "-b", f"tcp://127.0.0.1:{port}", "-e", "production", "-t", "2:2", "-w", "0"]
        with _running(argv, env, folder, f"{port}", REDMINE_HOME, "www-data"):
            url = f"http://127.0.0.1:{port}"
            yield Site("redmine", url, _said("KEY", said), _said("CF", said), "it", folder)


def _rt_folder(folder: Path, port: int) -> dict[str, str]:
    for name in ("mason", "sess", "local", "empty"):
        (folder / name).mkdir()
    text = (HERE / "RT_SiteConfig.pm").read_text()
    site = folder / "RT_SiteConfig.pm"
    site.write_text(text.replace("@PORT@", str(port)).replace("@FOLDER@", str(folder)))
    return {"RT_SITE_CONFIG": str(site), "RT_SITE_CONFIG_DIR": str(folder / "empty")}


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder that the web server's user may enter, which pytest's may not be."""
    with tempfile.TemporaryDirectory(prefix="deskready-tickets-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextlib.contextmanager
def _no_services() -> Iterator[None]:
    """Keep Debian's maintainer scripts from starting services while packages are installed."""
    if _NO_SERVICES.exists():
        yield
        return
    _NO_SERVICES.write_text("#!/bin/sh\nexit 101\n")
    _NO_SERVICES.chmod(0o755)
    try:
        yield
    finally:
        _NO_SERVICES.unlink()


def _run(argv: list[str], env: Mapping[str, str], cwd: Path, user: str | None = None) -> str:
    done = subprocess.run(
        argv,
        env={**os.environ, **env},
        cwd=cwd,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        timeout=STARTS_S,
        check=False,
    )
    assert done.returncode == 0, f"{argv[0]}: {done.stdout}{done.stderr}"
    return done.stdout


@contextlib.contextmanager
def _running(
    argv: list[str],
    env: Mapping[str, str],
    folder: Path,
    port: str,
    cwd: Path | None = None,
    user: str | None = None,
) -> Iterator[None]:
    """Run a server until the end of the block, then end its process group."""
    with (folder / "server.log").open("wb") as log:
        child = subprocess.Popen(
            argv,
            env={**os.environ, **env},
            cwd=cwd or folder,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _await(f"http://127.0.0.1:{port}/", child, folder / "server.log")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _await(url: str, child: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server answers anything at all."""
    until_s = time.monotonic() + STARTS_S
    while time.monotonic() < until_s:
        assert child.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=30).close()  # noqa: S310  our own server
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(log.read_text())


def _said(word: str, text: str) -> str:
    found = re.search(rf"^{word} (\S+)$", text, re.MULTILINE)
    assert found, text
    return found[1]


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Install what is missing where that is allowed, and say what is left out; in CI that is a failure."""
    if missing() and os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing", *missing())
        subprocess.run(["apt-get", "update", "-qq"], check=False)  # an old list may still do
        install()
    if missing():
        print(f"LEFT OUT: real ticket servers (Debian packages {', '.join(missing())})", file=sys.stderr)
    return 1 if missing() and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
