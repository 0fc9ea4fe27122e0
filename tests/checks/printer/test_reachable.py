"""Reachable: answers over SNMP, over TCP only, refusals, and a printer that is off, with its time."""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile_snmp
import pytest

from checks.io import snmp_wire, tcp
from checks.model import NoParams, ProbeError
from checks.printer import paper, reachable, reading, status, supplies
from config.devices import Printer, Snmp

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _first_contact() -> None:
    reading.forget()


@pytest.fixture
def closed_port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A port that nobody listens on, in the place of the printing ports."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    monkeypatch.setattr(reachable, "_PORTS", (port,))
    return port


@pytest.fixture
def open_port(monkeypatch: pytest.MonkeyPatch, closed_port: int) -> Iterator[int]:
    """One printing port that takes connections, beside one that does not."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        monkeypatch.setattr(reachable, "_PORTS", (closed_port, port))
        yield port


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(snmp_wire, "TRY_S", 0.1)
    with hostile_snmp.responder() as port:
        yield port


def printer(port: int, community: str = "silence") -> Printer:
    return Printer(name="a", host="127.0.0.1", snmp=Snmp(community=community, port=port))


def look(target: Printer) -> reachable.Facts:
    return reachable.probe(target, NoParams())


def codes(facts: reachable.Facts) -> list[str]:
    return [one.code for one in reachable.judge(facts, NoParams())]


@pytest.mark.usefixtures("closed_port")
def test_an_answer_over_snmp_is_enough(silent: int) -> None:
    facts = look(printer(silent, "end_of_view"))
    assert facts == reachable.Facts(reachable=True, via="snmp", silence=None)
    assert codes(facts) == []


@pytest.mark.usefixtures("open_port")
def test_silence_on_snmp_alone_is_no_fault(silent: int) -> None:
    facts = look(printer(silent))
    assert facts == reachable.Facts(reachable=True, via="tcp", silence=None)
    assert codes(facts) == []
    for probe in (status.CHECK.probe, paper.CHECK.probe, supplies.CHECK.probe):
        with pytest.raises(ProbeError, match=r"^snmp\.timeout$"):
            probe(printer(silent), supplies.Params() if probe is supplies.CHECK.probe else status.Params())  # type: ignore[arg-type]


@pytest.mark.usefixtures("closed_port")
def test_nothing_of_a_printer_answers(silent: int) -> None:
    facts = look(printer(silent))
    assert facts == reachable.Facts(reachable=False, via=None, silence="refused")
    assert codes(facts) == ["PRN_OFFLINE"]


def test_snmp_refused_and_tcp_refused(closed_port: int) -> None:
    facts = look(printer(closed_port))
    assert codes(facts) == ["PRN_OFFLINE"]


@pytest.mark.usefixtures("open_port")
def test_snmp_refused_but_it_prints(closed_port: int) -> None:
    assert codes(look(printer(closed_port))) == []


@pytest.mark.usefixtures("closed_port")
def test_rubbish_over_snmp_is_neither_good_nor_a_fault(silent: int) -> None:
    with pytest.raises(ProbeError, match=r"^snmp\.malformed$"):
        look(printer(silent, "random_400"))


def test_it_does_not_knock_where_snmp_answered(silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Knocking wakes a sleeping printer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        monkeypatch.setattr(reachable, "_PORTS", (server.getsockname()[1],))
        look(printer(silent, "end_of_view"))
        with pytest.raises(TimeoutError):
            server.accept()
        look(printer(silent))
        server.accept()[0].close()  # negative control: it does where SNMP kept silent


def test_names_without_address_are_unknown() -> None:
    with pytest.raises(ProbeError, match=r"^printer\.host_unknown$"):
        look(Printer(name="a", host="no such host"))
    with pytest.raises(ProbeError, match=r"^printer\.host_unknown$"):
        tcp.knock("no such host", (9,), timeout_s=0.1)


def test_four_checks_on_a_printer_that_is_off_share_its_silence(silent: int, closed_port: int) -> None:
    target = printer(silent)
    assert closed_port
    took_s = _together(target)
    assert took_s < 1.0  # one silence of two tries of 0.1 s, not four


def _together(target: Printer) -> float:
    def probe(one: Any) -> None:  # four kinds of checks
        try:
            one.probe(target, one.params())
        except ProbeError:
            return

    checks = (reachable.CHECK, status.CHECK, paper.CHECK, supplies.CHECK)
    threads = [threading.Thread(target=probe, args=(check,)) for check in checks]
    started_s = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - started_s


OFF = """
import json, sys
sys.path.insert(0, "tests/checks/printer"); sys.path.insert(0, "tests")
import test_reachable as tests
from config.devices import Printer
target = Printer(name="a", host=sys.argv[1])
took_s = tests._together(target)
tests.reading.forget()
try:
    facts = tests.look(target)
except tests.ProbeError as error:
    print(json.dumps([error.code, took_s]))
else:
    print(json.dumps([facts.silence, tests.codes(facts), took_s]))
"""


def in_a_namespace(setup: str, host: str) -> list[Any]:
    """Look at `host` from a network namespace with nothing in it but what `setup` makes."""
    for tool in ("unshare", "ip", "nft"):
        if shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
            pytest.skip(f"needs {tool}")
    argv = ["unshare", "-n", "sh", "-c", f'set -e\n{setup}\nexec "$@"', "sh", sys.executable, "-c", OFF, host]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.mark.root
def test_a_printer_that_is_off_is_known_to_be_in_three_seconds() -> None:
    drop = (
        "ip link set lo up; nft add table ip t;"
        "nft 'add chain ip t i { type filter hook input priority 0; }';"
        "nft add rule ip t i ip daddr 127.0.0.9 drop"
    )
    silence, found, took_s = in_a_namespace(drop, "127.0.0.9")
    assert (silence, found) == ("silent", ["PRN_OFFLINE"])
    assert took_s < 3.0


@pytest.mark.root
def test_a_switch_without_the_printer_is_known_to_be() -> None:
    """Nobody holds the address: the kernel asks for it in vain and says that the host cannot be reached."""
    cable = (
        "ip link add name desk0 type veth peer name hub0; ip addr add 192.0.2.1/24 dev desk0;"
        "ip link set desk0 up; ip link set hub0 up"
    )
    silence, found, took_s = in_a_namespace(cable, "192.0.2.9")
    assert silence in {"silent", "unreachable"}
    assert found == ["PRN_OFFLINE"]
    assert took_s < 3.0


@pytest.mark.root
def test_a_computer_without_a_way_there_cannot_tell() -> None:
    code, _ = in_a_namespace("ip link set lo up", "192.0.2.9")
    assert code == "network.no_route"
