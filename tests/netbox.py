"""A desk in a box: a network namespace for the desk, one for its gateway, and a cable between them.

    with desk_in_a_box() as box:
        box.run([sys.executable, "-m", "agent.cli.main", "ready"])
        box.cut_link()

The gateway namespace answers DNS, HTTP and HTTPS (`netbox_server.py`), also for "the company system"
(core.desk.test) and "the internet" (internet.desk.test). Nothing in here can reach the real network: no
interface joins the two namespaces to it. Both live as long as a child that reads our pipe: when this
process ends, however it ends, they are gone. Needs root, iproute2, nftables, util-linux and openssl.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
GATEWAY = "10.77.0.1"
DESK = "10.77.0.2"
GATEWAY6 = "fd77::1"
DESK6 = "fd77::2"
CORE = "10.77.8.8"
INTERNET = "10.77.9.9"
PRINTER = "10.77.7.7"
CORE_URL = "https://core.desk.test/"
EXPIRED_URL = "https://core.desk.test:8443/"
SELF_SIGNED_URL = "https://core.desk.test:9443/"
INTERNET_URL = "http://internet.desk.test/"
_TOOLS = ("ip", "nft", "nsenter", "unshare", "openssl")
_TIMEOUT_S = 30.0
# A virus scanner that was installed for a test and does not run would make every desk red: the box has none.
_HOLD = (
    "mount -t sysfs sysfs /sys && { [ ! -d /etc/clamav ] || mount -t tmpfs none /etc/clamav; } && "
    "ip link set lo up && echo ready && exec cat >/dev/null"
)


@dataclass
class Box:
    """The two namespaces. Words like "cut" and "drop" change the network; `mend` undoes the drops."""

    desk_pid: int
    gateway_pid: int
    folder: Path
    server: "subprocess.Popen[str]"
    _children: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def ca_file(self) -> str:
        """The certificate that vouches for core.desk.test and internet.desk.test."""
        return str(self.folder / "ca.pem")

    def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run a command on the desk to its end, at most 30 s."""
        argv = [*entering(self.desk_pid), *argv]
        return subprocess.run(
            argv, input=stdin, capture_output=True, check=False, env=_env(env), timeout=_TIMEOUT_S
        )

    def popen(self, argv: Sequence[str], **options: Any) -> "subprocess.Popen[bytes]":
        """Start a command on the desk; it is killed when the box is closed."""
        child = subprocess.Popen([*entering(self.desk_pid), *argv], **options)
        self._children.append(child)
        return child

    def popen_on_gateway(self, argv: Sequence[str], **options: Any) -> "subprocess.Popen[bytes]":
        """Start a command on the gateway, for example a printer at PRINTER; killed when the box is closed."""
        child = subprocess.Popen([*entering(self.gateway_pid), *argv], **options)
        self._children.append(child)
        return child

    def check(
        self,
        check: str,
        target: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        previous: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Run one check on the desk as `one_check.py` does; returns what that prints."""
        asked = {"check": check, "target": target or {}, "params": params or {}, "previous": previous}
        argv = [sys.executable, str(ROOT / "tests/one_check.py")]
        done = self.run(argv, stdin=json.dumps(asked).encode(), env=env)
        assert done.returncode == 0, done.stderr.decode()
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def cut_link(self) -> None:
        """Pull the cable at the gateway's end."""
        self.on_gateway("ip link set gw0 down")

    def restore_link(self) -> None:
        """Plug it in again."""
        self.on_gateway(f"ip link set gw0 up; ip -6 addr replace {GATEWAY6}/64 dev gw0 nodad")

    def remove_gateway(self) -> None:
        """Switch the router off behind a switch: the link stays, nobody holds its address."""
        self.on_gateway(f"ip addr del {GATEWAY}/24 dev gw0; ip -6 addr del {GATEWAY6}/64 dev gw0")
        self.on_desk("ip neigh flush dev eth0")

    def restore_gateway(self) -> None:
        """Switch it on again."""
        self.on_gateway(f"ip addr add {GATEWAY}/24 dev gw0; ip -6 addr add {GATEWAY6}/64 dev gw0 nodad")

    def forget_route(self) -> None:
        """Take the default routes away."""
        self.on_desk("ip route del default; ip -6 route del default")

    def drop(self, one_in: int) -> None:
        """Lose every `one_in`-th echo reply of the gateway, counted, so that a test repeats."""
        self.filter(f"icmp type echo-reply numgen inc mod {one_in} == 0 drop")

    def silence_gateway(self) -> None:
        """Let the gateway ignore echo requests and TCP to its own address, as some are told to."""
        self.filter("icmp type echo-reply drop", f"ip saddr {GATEWAY} meta l4proto tcp drop")

    def drop_echo(self) -> None:
        """Let the gateway ignore echo requests only."""
        self.filter("icmp type echo-reply drop")

    def cut_internet(self) -> None:
        """Lose what the internet answers."""
        self.filter(f"ip saddr {INTERNET} drop")

    def cut_core(self) -> None:
        """Lose what the company system answers."""
        self.filter(f"ip saddr {CORE} drop")

    def cut_printer(self) -> None:
        """Lose what the printer answers."""
        self.filter(f"ip saddr {PRINTER} drop")

    def filter(self, *rules: str) -> None:
        """Add nft rules to what leaves the gateway."""
        for rule in rules:
            self.on_gateway(f"nft add rule inet box out {rule}")

    def mend(self) -> None:
        """Take all rules away."""
        self.on_gateway("nft flush chain inet box out")

    def dns(self, mode: str) -> None:
        """Change how the name server answers: a key of `netbox_server.DNS_MODES`."""
        self._tell(f"dns {mode}")

    def kill_dns(self) -> None:
        """Let the name server fall silent."""
        self.dns("silent")

    def web(self, mode: str) -> None:
        """Change all pages: "ok", a status such as "503", or "portal" (plain http only)."""
        self._tell(f"web {mode}")

    def permit_ping(self, *, is_permitted: bool) -> None:
        """Open or close net.ipv4.ping_group_range on the desk."""
        span = "0 2147483647" if is_permitted else "1 0"
        self.on_desk(f"echo '{span}' > /proc/sys/net/ipv4/ping_group_range")

    def on_desk(self, script: str) -> None:
        """Run a shell script on the desk."""
        _shell(self.desk_pid, script)

    def on_gateway(self, script: str) -> None:
        """Run a shell script on the gateway."""
        _shell(self.gateway_pid, script)

    def _tell(self, command: str) -> None:
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.write(command + "\n")
        self.server.stdin.flush()
        assert self.server.stdout.readline() == "ok\n", command

    def _close(self) -> None:
        for child in self._children:
            child.kill()
            child.wait()


@contextlib.contextmanager
def desk_in_a_box(*, is_ping_permitted: bool = True) -> Iterator[Box]:
    """Build the box and take it down again. Skips the test where root or a tool is missing."""
    missing = [name for name in _TOOLS if shutil.which(name) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"a desk in a box needs root and {', '.join(missing) or 'nothing else'}")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="netbox-")))
        (folder / "resolv.conf").write_text(f"nameserver {GATEWAY}\n")
        make_certificates(folder)
        gateway_pid = stack.enter_context(_namespace(_HOLD))
        names = f"mount --bind {folder}/resolv.conf /etc/resolv.conf && "
        desk_pid = stack.enter_context(_namespace(names + _HOLD))
        _wire(desk_pid, gateway_pid)
        box = Box(desk_pid, gateway_pid, folder, stack.enter_context(_server(gateway_pid, folder)))
        stack.callback(box._close)
        box.permit_ping(is_permitted=is_ping_permitted)
        yield box


def make_certificates(folder: Path) -> None:
    """Write ca.pem, and for core.desk.test and internet.desk.test: good, expired and self (signed) .pem."""
    curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    ask = f"openssl req {curve} -subj /CN=core.desk.test"
    sign = "openssl x509 -req -in ask.pem -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names"
    script = f"""
        echo subjectAltName=DNS:core.desk.test,DNS:internet.desk.test > names
        openssl req -x509 {curve} -subj /CN=box -days 30 -keyout ca.key -out ca.pem
        {ask} -keyout key -out ask.pem
        {sign} -days 30 -out good; cat key good > good.pem
        {sign} -days -1 -out expired; cat key expired > expired.pem
        {ask} -x509 -days 30 -addext "$(cat names)" -keyout self.key -out self; cat self.key self > self.pem
    """
    subprocess.run(["sh", "-ec", script], cwd=folder, check=True, capture_output=True)


def _wire(desk_pid: int, gateway_pid: int) -> None:
    gateway = f"""
        ip link add gw0 type veth peer name eth0 netns {desk_pid}
        ip addr add {GATEWAY}/24 dev gw0
        ip -6 addr add {GATEWAY6}/64 dev gw0 nodad
        ip addr add {CORE}/32 dev lo; ip addr add {INTERNET}/32 dev lo; ip addr add {PRINTER}/32 dev lo
        ip link set gw0 up
        nft add table inet box
        nft add chain inet box out '{{ type filter hook output priority 0; }}'
    """
    desk = f"""
        ip addr add {DESK}/24 dev eth0
        ip -6 addr add {DESK6}/64 dev eth0 nodad
        ip link set eth0 up
        ip route add default via {GATEWAY}
        ip -6 route add default via {GATEWAY6}
    """
    _shell(gateway_pid, gateway)
    _shell(desk_pid, desk)


@contextlib.contextmanager
def _namespace(script: str) -> Iterator[int]:
    """Hold network and mount namespaces by a child that ends with our pipe."""
    argv = ["unshare", "--net", "--mount", "sh", "-ec", script]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        try:
            assert holder.stdout.readline() == b"ready\n"
            yield holder.pid
        finally:
            holder.kill()


@contextlib.contextmanager
def _server(gateway_pid: int, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    argv = [*entering(gateway_pid), sys.executable, str(ROOT / "tests/netbox_server.py"), str(folder)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            assert server.stdout.readline() == "ready\n"
            yield server
        finally:
            server.kill()


def entering(pid: int) -> list[str]:
    """Return the words that run a command in the namespaces of a process."""
    return [
        shutil.which("nsenter") or "nsenter",
        "-t",
        str(pid),
        "--net",
        "--mount",
        f"--wdns={Path.cwd()}",
        "--",
    ]


def _shell(pid: int, script: str) -> None:
    done = subprocess.run(
        [*entering(pid), "sh", "-ec", script], capture_output=True, check=False, timeout=_TIMEOUT_S
    )
    assert done.returncode == 0, f"{script}: {done.stderr.decode()}"


def _env(extra: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **(extra or {})}
