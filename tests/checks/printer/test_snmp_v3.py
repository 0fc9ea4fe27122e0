"""SNMPv3 through its own process, against a real simulator: users, keys, silence, and a process that dies."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import hostile_snmp
import msgspec
import printer_states
import pytest
import snmp_server

from checks.io import snmp_v3
from checks.model import ProbeError
from checks.printer import reading
from config.devices import Printer, Snmp


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with snmp_server.printers(extra=printer_states.recordings()) as port:
        yield port


@pytest.fixture(autouse=True)
def _first_contact() -> None:
    reading.forget()


def printer(port: int, context: str, **changes: Any) -> Printer:
    how: dict[str, Any] = {"version": "3", "port": port, "context": context, **snmp_server.V3, **changes}
    return Printer(name="a", host="127.0.0.1", snmp=Snmp(**how))


def code(target: Printer) -> str:
    with pytest.raises(ProbeError) as found:
        reading.read(target)
    return found.value.code


@pytest.mark.parametrize("state", ["ready", "jam", "chinese_gbk"])
def test_it_reads_what_version_2c_reads(port: int, state: str) -> None:
    plain = Printer(name="a", host="127.0.0.1", snmp=Snmp(community=state, port=port))
    ours, theirs = reading.read(printer(port, state)), reading.read(plain)
    for field in set(ours.__struct_fields__) - {"read_s", "read_at"}:
        assert getattr(ours, field) == getattr(theirs, field), field


def test_one_request_while_all_is_well(port: int) -> None:
    target = printer(port, "ready")
    assert reading.read(target).request_count <= 5
    reading._memory(target).outcome = None
    assert reading.read(target).request_count == 1


def test_a_wrong_user_or_key_is_told_apart_from_silence(port: int) -> None:
    assert code(printer(port, "ready", user="stranger")) == "snmp.v3_refused"
    assert code(printer(port, "ready", auth="another-key")) == "snmp.v3_refused"
    assert code(printer(port, "no such context")) == "snmp.timeout"
    with hostile_snmp.socket.socket(type=hostile_snmp.socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        assert code(printer(silent.getsockname()[1], "ready")) == "snmp.timeout"


def test_a_process_that_dies_is_started_again(port: int) -> None:
    reading.read(printer(port, "ready"))
    first = snmp_v3._worker().process
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert reading.read(printer(port, "jam")).errors == ("jammed",)
    assert snmp_v3._worker().process.pid != first.pid


def test_a_process_that_hangs_is_killed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    reading.read(printer(port, "ready"))
    first = snmp_v3._worker().process
    os.kill(first.pid, signal.SIGSTOP)
    monkeypatch.setattr(snmp_v3, "_GRACE_S", 0.1)
    assert code(printer(port, "jam")) == "snmp.v3_worker"
    assert first.poll() is not None
    monkeypatch.setattr(snmp_v3, "_GRACE_S", 30.0)
    assert reading.read(printer(port, "door_open")).errors == ("doorOpen",)


def test_a_silent_printer_delays_no_other(port: int) -> None:
    reading.read(printer(port, "ready"))  # the process runs
    with hostile_snmp.socket.socket(type=hostile_snmp.socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        ended: dict[str, float] = {}

        def look(name: str, target: Printer) -> None:
            with contextlib.suppress(ProbeError):
                reading.read(target)
            ended[name] = time.monotonic()

        both = (("silent", printer(silent.getsockname()[1], "x")), ("good", printer(port, "jam")))
        threads = [threading.Thread(target=look, args=one) for one in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert ended["good"] < ended["silent"]


def test_keys_are_in_no_representation() -> None:
    target = printer(161, "ready")
    assert snmp_server.V3["auth"] not in repr(target)
    assert snmp_server.V3["auth"].encode() in msgspec.json.encode(target.snmp)  # negative control
