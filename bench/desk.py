"""The desk that is measured: a desk in a box with a printer, a company system, the internet and a scanner."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import netbox  # type: ignore[import-not-found]

from bench import product
from bench.printer import COMMUNITY, PORT

HERE = Path(__file__).resolve().parent
METRICS_PORT = 9842
INTERNET_URL = "https://internet.desk.test/"
OS_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
HANGING_SYSTEM = '[[system]]\nname = "hanging"\nurl = "https://core.desk.test/"\nca_file = "{}"\n'
# At night and on Sundays the light is grey whatever is measured; here it is always working time.
_OVERLAY = """\
[work]
day_starts = "00:00"
day_ends = "23:59"
workdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""
_SETTINGS = """\
[station]
name = "bench"
site = "bench"
[network]
internet = ["{internet}"]
[[system]]
name = "core"
url = "{core}"
ca_file = "{ca_file}"
[[printer]]
name = "front"
host = "{printer}"
snmp = {{ version = "2c", port = {port}, community = "{community}" }}
[[scanner]]
name = "front"
sane = "test:0"
"""


class Desk:
    """A desk in a box with deskready installed. `folder` holds its settings, state and logs."""

    def __init__(
        self, box: netbox.Box, hands: "subprocess.Popen[str]", environment: Path, folder: Path
    ) -> None:
        self.box = box
        self.environment = environment
        self.folder = folder
        self._hands = hands
        trusted = OS_CERTIFICATES.read_bytes() + Path(box.ca_file).read_bytes()
        (folder / "trusted.pem").write_bytes(trusted)  # as many as there are, and the box's own
        (folder / "procedure.d").mkdir()
        (folder / "procedure.d/always.toml").write_text(_OVERLAY, encoding="utf-8")
        self.write_settings()

    @property
    def env(self) -> dict[str, str]:
        """The environment that everything here is started in, peers too."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "SANE_CONFIG_DIR": str(self.folder / "sane.d"),
            "SSL_CERT_FILE": str(self.folder / "trusted.pem"),
        }

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "deskready.toml"

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    def write_settings(self, extra: str = "") -> None:
        """Write the settings, with more devices if given."""
        text = _SETTINGS.format(
            internet=INTERNET_URL,
            core=netbox.CORE_URL,
            ca_file=self.box.ca_file,
            printer=netbox.PRINTER,
            port=PORT,
            community=COMMUNITY,
        )
        self.settings.write_text(text + extra, encoding="utf-8")

    def hanging_system(self) -> str:
        """Return a system whose check never ends: its certificates are a pipe that nobody fills."""
        pipe = self.folder / "never.pem"
        if not pipe.exists():
            os.mkfifo(pipe)
        return HANGING_SYSTEM.format(pipe)

    def argv(self, *words: str, state: Path | None = None) -> list[str]:
        """Return the command line of one deskready command."""
        own = ["--config", str(self.settings), "--state", str(state or self.state)]
        return [str(self.environment / "bin/deskready"), *words, *own]

    def ask(self, op: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON value
        """Have one operation of `bench.inside` done on the desk."""
        assert self._hands.stdin  # noqa: S101  Popen was given PIPE
        assert self._hands.stdout  # noqa: S101
        self._hands.stdin.write(json.dumps({"op": op, **values}) + "\n")
        self._hands.stdin.flush()
        answer: dict[str, Any] = json.loads(self._hands.stdout.readline())
        return answer

    def start(self, *, state: Path | None = None) -> dict[str, Any]:
        """Start the daemon; returns what `bench.inside.start` answers."""
        return self.start_other(self.argv("run", state=state), METRICS_PORT, "daemon.log")

    def start_other(self, argv: list[str], port: int, log: str) -> dict[str, Any]:
        """Start any program that serves /metrics. Raises RuntimeError if it does not come up."""
        started = self.ask("start", argv=argv, env=self.env, log=str(self.folder / log), port=port)
        if started["took_s"] is None:
            raise RuntimeError(f"{argv[0]} did not serve: {(self.folder / log).read_text()[-2000:]}")
        return started

    def wall(self, argv: list[str]) -> dict[str, Any]:
        """Run a command on the desk to its end; returns what `bench.inside.wall` answers."""
        return self.ask("wall", argv=argv, env=self.env)

    def json_of(self, argv: list[str]) -> tuple[Any, float]:
        """Run a command that prints JSON; returns that and the seconds. Raises RuntimeError without any."""
        done = self.wall(argv)
        if not done["stdout"]:
            raise RuntimeError(f"{argv} ended with {done['status']}: {done['stderr']}")
        return json.loads(done["stdout"]), done["took_s"]

    def wait_for_control(self) -> None:
        """Wait until the daemon takes requests: it serves its last page before that."""
        while not self.wall(self.argv("status", "--json"))["stdout"]:
            time.sleep(0.1)

    def stop(self, started: dict[str, Any]) -> None:
        """End what `start` started."""
        self.ask("stop", pid=started["pid"])


@contextlib.contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    """Install deskready, build the box and its printer; take all down again."""
    environment = product.install(folder)
    _only_the_test_scanner(folder)
    with netbox.desk_in_a_box() as box, _printer(box), _hands(box) as hands:
        yield Desk(box, hands, environment, folder)


@contextlib.contextmanager
def _printer(box: netbox.Box) -> Iterator[None]:
    argv = [sys.executable, str(HERE / "printer.py"), netbox.PRINTER]
    child = box.popen_on_gateway(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin  # noqa: S101  Popen was given PIPE
    assert child.stdout  # noqa: S101
    try:
        if child.stdout.readline() != b"ready\n":
            raise RuntimeError("the printer's simulator did not start")
        yield
    finally:
        child.stdin.close()
        child.wait(20)


@contextlib.contextmanager
def _hands(box: netbox.Box) -> Iterator["subprocess.Popen[str]"]:
    argv = [sys.executable, "-I", "-S", str(HERE / "inside.py")]
    child = box.popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.stdin.close()
        child.wait(20)


def _only_the_test_scanner(folder: Path) -> None:
    """Give SANE its test back end alone."""
    shutil.copytree("/etc/sane.d", folder / "sane.d")
    (folder / "sane.d/dll.conf").write_text("test\n")
    shutil.rmtree(folder / "sane.d/dll.d", ignore_errors=True)
