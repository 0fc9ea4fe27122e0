"""Queues of a real print service: idle, stopped, rejecting, held and stuck; and what is not there."""

import time
from collections.abc import Iterator

import cups_desk
import ipp_printer
import msgspec
import pytest

from checks.io import cups, ipp
from checks.model import ProbeError
from checks.printer import queue
from config.devices import Printer


@pytest.fixture(scope="module")
def server() -> Iterator[cups_desk.Cups]:
    with cups_desk.cups() as server:
        server.add("front", "ipp://127.0.0.1:9/ipp/print")  # nobody listens there: a document waits for ever
        yield server


@pytest.fixture
def front(server: cups_desk.Cups, monkeypatch: pytest.MonkeyPatch) -> Iterator[Printer]:
    monkeypatch.setenv("CUPS_SERVER", server.address)
    yield Printer(name="front", queue="front")
    server.cancel("front")
    server.start("front")


def look(target: Printer) -> queue.Facts:
    return queue.probe(target, queue.Params())


def minutes(facts: queue.Facts, stuck_s: float = 300.0) -> list[object]:
    return [one.values["minutes"] for one in queue.judge(facts, queue.Params(stuck_s=stuck_s))]


@pytest.mark.root
def test_an_idle_queue(front: Printer) -> None:
    facts = look(front)
    assert (facts.queue_state, facts.jobs, facts.oldest_job_s) == ("idle", 0, None)
    assert minutes(facts) == []


@pytest.mark.root
def test_a_stopped_queue(server: cups_desk.Cups, front: Printer) -> None:
    server.stop("front")
    server.submit("front")
    facts = look(front)
    assert (facts.queue_state, facts.jobs, facts.held) == ("stopped", 1, 0)
    assert minutes(facts) == [0]
    server.start("front")
    assert look(front).queue_state != "stopped"


@pytest.mark.root
def test_a_document_that_does_not_move(server: cups_desk.Cups, front: Printer) -> None:
    server.submit("front")
    ends_s = time.monotonic() + 60
    while (look(front).oldest_job_s or 0) < 2 and time.monotonic() < ends_s:
        time.sleep(0.2)
    facts = look(front)
    assert minutes(facts, stuck_s=2.0) == [0]
    assert minutes(facts) == []  # negative control: not yet old by the procedure's limit


@pytest.mark.root
def test_a_document_that_somebody_holds_is_none(server: cups_desk.Cups, front: Printer) -> None:
    server.submit("front", "-H", "hold")
    facts = look(front)
    assert (facts.jobs, facts.held, facts.oldest_job_s) == (1, 1, None)
    assert minutes(facts, stuck_s=0.0) == []


@pytest.mark.root
def test_what_is_known_of_a_document_names_nobody(server: cups_desk.Cups, front: Printer) -> None:
    server.submit("front", "-t", "Policy of Mr Wang")
    assert b"Wang" not in msgspec.json.encode(look(front))


@pytest.mark.root
def test_a_queue_that_the_service_does_not_know(server: cups_desk.Cups, front: Printer) -> None:
    assert front
    with pytest.raises(ProbeError, match=r"^ipp\.not_found$"):
        look(Printer(name="a", queue="no such queue"))
    assert look(Printer(name="a", queue=f"ipp://{server.address}/printers/front")).jobs == 0


def test_no_print_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUPS_SERVER", f"127.0.0.1:{cups_desk._free_port()}")
    with pytest.raises(ProbeError, match=r"^cups\.refused$"):
        look(Printer(name="a", queue="front"))


def test_a_service_that_tells_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    with ipp_printer.printer(ipp_printer.body(state=None)) as uri:
        with pytest.raises(ProbeError, match=r"^queue\.no_state$"):
            look(Printer(name="a", queue=uri))
        monkeypatch.setattr(cups, "SOCKET", cups.CLIENT_CONF)  # no socket there: the local host
        monkeypatch.delenv("CUPS_SERVER", raising=False)
        assert cups.queue("前台").uri == "ipp://localhost/printers/%E5%89%8D%E5%8F%B0"
        assert cups.queue(uri).uri == uri


def job(number: int, age_s: float, pages: int = 0, state: int = 5) -> ipp.Attributes:
    return {
        "job-id": (number,),
        "job-state": (state,),
        "time-at-creation": (10_000 - int(age_s),),
        "job-impressions-completed": (pages,),
    }


def facts(read_s: float, *jobs: ipp.Attributes, state: int = 4) -> queue.Facts:
    of_queue: ipp.Attributes = {"printer-state": (state,), "printer-up-time": (10_000,)}
    return queue.facts_of(of_queue, jobs, read_s)


def test_a_long_document_that_prints_is_not_stuck() -> None:
    """Ten minutes old and a page further each time; then it stands still for five minutes."""
    seen = queue.carry(None, facts(0.0, job(1, 600, 10)))
    assert minutes(seen) == [10]  # at the first look nobody knows that it moves
    seen = queue.carry(seen, facts(60.0, job(1, 660, 12)))
    assert minutes(seen) == []
    told = []
    for read_s in (120.0, 300.0, 359.0, 360.0):
        seen = queue.carry(seen, facts(read_s, job(1, 600 + read_s, 12)))
        told.append(minutes(seen))
    assert told == [[], [], [], [16]]


def test_a_document_behind_others_is_not_stuck_while_they_come_through() -> None:
    seen = queue.carry(None, facts(0.0, job(1, 400), job(2, 400, state=3)))
    seen = queue.carry(seen, facts(60.0, job(2, 460, state=3)))
    assert minutes(seen) == []


def test_a_stopped_queue_without_documents_is_told() -> None:
    of_queue: ipp.Attributes = {
        "printer-state": (5,),
        "printer-up-time": (10_000,),
        "printer-state-change-time": (9_400,),
    }
    assert minutes(queue.facts_of(of_queue, (), 0.0)) == [10]


def test_jobs_without_a_clock_are_not_guessed() -> None:
    with pytest.raises(ProbeError, match=r"^queue\.no_state$"):
        queue.facts_of({"printer-state": (3,)}, (job(1, 0),), 0.0)
