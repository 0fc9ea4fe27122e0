"""SNMP against a real simulator, net-snmp's view of it, and a responder that lies."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import hostile_snmp
import printer_states
import pytest
import snmp_server
from pyasn1.codec.ber import decoder
from pysnmp.proto.api import v2c

from checks.io import snmp, snmp_message, snmp_wire
from checks.io.snmp import Session
from checks.io.snmp_manners import Manners
from checks.io.snmp_message import Version
from checks.io.snmp_wire import Wire
from checks.model import ProbeError
from checks.printer import mib, reading
from config.devices import Printer, Snmp

SYS_DESCR = (1, 3, 6, 1, 2, 1, 1, 1, 0)
SYS_NAMES = (1, 3, 6, 1, 2, 1, 1, 1)
GOOD = {"good", "fifty_times"}
NOTHING = {"no_such_object", "end_of_view", "null_value"}
UNANSWERED = {
    "other_request",
    "version_0",
    "version_77",
    "other_community",
    "set_pdu",
    "report_pdu",
    "trap_pdu",
    "silence",
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    reading.forget()
    monkeypatch.setattr(snmp_wire, "TRY_S", 0.15)


@pytest.fixture(scope="module")
def liar() -> Iterator[int]:
    with hostile_snmp.responder() as port:
        yield port


@pytest.fixture(scope="module")
def simulator() -> Iterator[int]:
    with snmp_server.printers(snmp_server.REAL, extra=printer_states.recordings()) as port:
        yield port


def session(port: int, community: str, version: Version = "2c") -> Session:
    return Session(Wire("127.0.0.1", port, community), Manners(version, is_proven=True))


def get(port: int, community: str, version: Version = "2c") -> object:
    """Return the value of sysDescr.0, or the code of the error."""
    try:
        with session(port, community, version) as agent:
            return agent.get([SYS_DESCR])[SYS_DESCR]
    except ProbeError as error:
        return error.code


def walk(port: int, community: str) -> object:
    try:
        with session(port, community) as agent:
            return agent.table([SYS_NAMES])
    except ProbeError as error:
        return error.code


def test_the_corpus_is_whole() -> None:
    assert len(hostile_snmp.CORPUS) + len(hostile_snmp.FLOODS) == 45  # 43, random datagrams counted thrice


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("case", hostile_snmp.ALL)
def test_hostile_get(liar: int, case: str, version: Version) -> None:
    started_s, cpu_s = time.monotonic(), time.thread_time()
    value = get(liar, case, version)
    assert time.monotonic() - started_s < 2.0
    assert time.thread_time() - cpu_s < 0.5
    if case in GOOD:
        assert value == 7
    elif case in NOTHING:
        assert value is None
    elif case in UNANSWERED:
        assert value == "snmp.timeout"
    elif case == "float_text":
        assert value == b""
    else:
        assert value in {"snmp.malformed", "snmp.too_big"}


@pytest.mark.parametrize("case", hostile_snmp.ALL)
def test_hostile_walk(liar: int, case: str) -> None:
    started_s = time.monotonic()
    found = walk(liar, case)
    assert time.monotonic() - started_s < 3.0
    if case == "walk_endless":
        assert isinstance(found, dict)
        assert len(found) == snmp.MAX_ROWS
    elif case in NOTHING:
        assert found == {}
    elif case in UNANSWERED:
        assert found == "snmp.timeout"
    elif case in {"other_name", "index_500"}:
        assert found in ({}, "snmp.malformed")
    else:
        assert found in ("snmp.malformed", "snmp.too_big")


@pytest.mark.parametrize("case", hostile_snmp.ALL)
def test_no_lie_makes_a_good_printer(liar: int, case: str) -> None:
    target = Printer(name="a", host="127.0.0.1", snmp=Snmp(community=case, port=liar))
    started_s = time.monotonic()
    try:
        found = reading.read(target)
    except ProbeError as error:
        assert error.code in {"snmp.timeout", "snmp.malformed", "snmp.too_big"}  # noqa: PT017  some read well
    else:
        assert (found.device_status, found.printer_status, found.errors) == (None, None, None)
        assert (found.supplies, found.trays, found.alerts) == ((), (), ())
    assert time.monotonic() - started_s < snmp_wire.SESSION_S + 1.0


def test_a_reply_from_another_address_is_not_heard() -> None:
    with hostile_snmp.responder(from_another_port=True) as port:
        assert get(port, "good") == "snmp.timeout"


def test_a_socket_that_is_not_connected_hears_it() -> None:
    """Negative control: the same reply reaches a socket that only sends to the printer."""
    with (
        hostile_snmp.responder(from_another_port=True) as port,
        socket.socket(type=socket.SOCK_DGRAM) as ours,
    ):
        request = snmp_message.Request("get", 1234, [SYS_DESCR])
        ours.settimeout(2.0)
        ours.sendto(snmp_message.encode(request, "2c", b"good"), ("127.0.0.1", port))
        datagram, (address, _) = ours.recvfrom(2048)
        assert address == "127.0.0.2"
        reply = snmp_message.decode(datagram, request, "2c", b"good")
        assert reply is not None
        assert reply.varbinds == ((SYS_DESCR, 7),)


def test_pyasn1_alone_reads_an_empty_integer_as_0(liar: int) -> None:
    """Negative control for the strict decoder: an empty cartridge out of nothing."""
    asked = hostile_snmp.parse(snmp_message.encode(snmp_message.Request("get", 9, [SYS_DESCR]), "2c", b"x"))
    datagram = hostile_snmp.CORPUS["integer_empty"](asked)[0]
    lenient: Any = decoder.decode(datagram, asn1Spec=v2c.Message())[0]  # type: ignore[no-untyped-call]
    assert [int(value) for _, value in v2c.apiPDU.get_varbinds(lenient[2].getComponent())] == [0]  # type: ignore[no-untyped-call]
    assert get(liar, "integer_empty") == "snmp.malformed"


def test_without_bounds_the_long_name_gets_through(liar: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control for the bounds on datagrams and arcs."""
    assert get(liar, "long_oid") == "snmp.too_big"
    monkeypatch.setattr(snmp_wire, "MAX_REPLY_BYTES", 65507)
    assert get(liar, "long_oid") == "snmp.malformed"
    monkeypatch.setattr(snmp_message, "_MAX_ARCS", 10**6)
    value = get(liar, "long_oid")
    assert isinstance(value, tuple)
    assert len(value) > 60000


def test_request_ids_are_random_and_31_bit() -> None:
    seen = []
    with socket.socket(type=socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        for _ in range(6):
            get(ear.getsockname()[1], "x")
            tries = [hostile_snmp.parse(ear.recv(2048)) for _ in range(snmp_wire.TRIES)]
            seen += [int.from_bytes(one.request_id[2:], "big") for one in tries]
    assert seen[::2] == seen[1::2]  # the second try asks the same question
    steps = {later - earlier for earlier, later in zip(seen[::2], seen[2::2], strict=False)}
    assert len(set(seen)) == 6
    assert len(steps) == 5
    assert all(0 <= one < 2**31 for one in seen)


def test_a_late_first_answer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snmp_wire, "TRY_S", 0.3)
    with socket.socket(type=socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))

        def slow() -> None:
            datagram, client = ear.recvfrom(2048)
            time.sleep(0.4)
            ear.sendto(hostile_snmp.answer(hostile_snmp.parse(datagram)), client)

        threading.Thread(target=slow, daemon=True).start()
        assert get(ear.getsockname()[1], "x") == 7


def test_nothing_listens() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started_s = time.monotonic()
    assert get(port, "x") == "snmp.refused"
    assert time.monotonic() - started_s < 0.5


def test_a_host_without_an_address() -> None:
    with pytest.raises(ProbeError, match=r"^printer\.host_unknown$"):
        Wire("no such host", 161, "x")


@pytest.mark.parametrize("version", ["1", "2c"])
def test_get_of_what_is_and_is_not_there(simulator: int, version: Version) -> None:
    names = [SYS_DESCR, (1, 3, 6, 1, 2, 1, 99, 0), (1, 3, 6, 1, 2, 1, 1, 3, 0), (1, 3, 9)]
    with session(simulator, "ready", version) as agent:
        found = agent.get(names)
    assert found == {
        names[0]: b"Synthetic colour laser, two trays",
        names[1]: None,
        names[2]: 1234500,
        names[3]: None,
    }


def test_a_v1_agent_loses_the_whole_get_for_one_name(simulator: int) -> None:
    """Negative control for the second request: what v1 says to a GET with one unknown name."""
    with session(simulator, "ready", "1") as agent:
        _, reply = agent._ask("get", [SYS_DESCR, (1, 3, 6, 1, 2, 1, 99, 0)])
    assert (reply.error_status, reply.error_index, reply.varbinds) == (2, 2, ())


@pytest.mark.parametrize("version", ["1", "2c"])
def test_tables_are_those_that_net_snmp_walks(simulator: int, version: Version) -> None:
    if shutil.which("snmpwalk") is None:
        pytest.skip("needs net-snmp")
    columns = [mib.SUPPLY_LEVEL, mib.SUPPLY_MAX, mib.SUPPLY_TYPE]
    argv = [
        "snmpwalk",
        "-v2c",
        "-c",
        "fujifilmprinter_c7580" if snmp_server.REAL.is_dir() else "ready",
        "-On",
        "-Oq",
        f"127.0.0.1:{simulator}",
    ]
    expected = {}
    for column in columns:
        done = subprocess.run([*argv, ".".join(map(str, column))], capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            if "No more variables" in line:
                continue
            name, value = line.split(" ", 1)
            expected[tuple(int(arc) for arc in name.strip(".").split("."))] = int(value)
    with session(simulator, argv[3], version) as agent:
        assert agent.table(columns) == expected
    assert len(expected) >= 18


def test_a_walk_stops_at_its_rows(simulator: int) -> None:
    with session(simulator, "ready", "2c") as agent:
        assert len(agent.table([mib.SUPPLY_LEVEL, mib.SUPPLY_MAX], rows=4)) == 8
        assert agent.request_count == 1
