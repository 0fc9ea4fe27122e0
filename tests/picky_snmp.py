"""A relay in front of an SNMP agent that passes on only what a picky device would answer; it counts.

with picky_snmp.relay(agent_port, lambda asked: asked.version == 0) as device:
    ...read the printer at device.port...
    device.questions, device.replies
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import hostile_snmp

GET, NEXT, BULK = 0xA0, 0xA1, 0xA5
TOO_BIG, GEN_ERR = 1, 5


@dataclass(frozen=True)
class Question:
    """One request. `rows` is GETBULK's max-repetitions; version 0 is SNMPv1, 1 is v2c."""

    version: int
    kind: int
    names: int
    rows: int


@dataclass
class Device:
    """The picky device: what went through it, and how it answers."""

    agent: socket.socket
    answers: Callable[[Question], bool]
    refusal: int | None
    most_bytes: int | None
    port: int = 0
    questions: list[Question] = field(default_factory=list)
    unanswered: int = 0
    replies: list[int] = field(default_factory=list)  # their sizes in bytes

    def answer(self, datagram: bytes) -> bytes:
        """Return the agent's reply, an error, or nothing."""
        question = _parse(datagram)
        self.questions.append(question)
        if not self.answers(question):
            self.unanswered += 1
            return _error(datagram, self.refusal) if self.refusal is not None else b""
        self.agent.send(datagram)
        reply = self.agent.recv(65535)
        if self.most_bytes is not None and len(reply) > self.most_bytes:
            self.unanswered += 1
            return _error(datagram, TOO_BIG)
        self.replies.append(len(reply))
        return reply


@contextlib.contextmanager
def relay(
    agent_port: int,
    answers: Callable[[Question], bool] = lambda _: True,
    *,
    refusal: int | None = None,
    most_bytes: int | None = None,
) -> Iterator[Device]:
    """Pass on what `answers` says yes to; the rest meets silence, or the error-status `refusal`.

    A reply of more than `most_bytes` becomes tooBig.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as ear, socket.socket(type=socket.SOCK_DGRAM) as agent:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(0.05)
        agent.connect(("127.0.0.1", agent_port))
        agent.settimeout(10.0)
        device = Device(agent, answers, refusal, most_bytes, ear.getsockname()[1])
        is_over = threading.Event()
        thread = threading.Thread(target=_serve, args=(ear, device, is_over), daemon=True)
        thread.start()
        try:
            yield device
        finally:
            is_over.set()
            thread.join()


def _serve(ear: socket.socket, device: Device, is_over: threading.Event) -> None:
    while not is_over.is_set():
        with contextlib.suppress(TimeoutError):
            datagram, client = ear.recvfrom(65535)
            reply = device.answer(datagram)
            if reply:
                ear.sendto(reply, client)


def _parse(datagram: bytes) -> Question:
    (message,) = hostile_snmp._children(datagram)
    version, _, pdu = hostile_snmp._children(message[1])
    _, _, third, names = hostile_snmp._children(pdu[1])
    rows = int.from_bytes(third[1], "big") if pdu[0] == BULK else 0
    return Question(version[1][0], pdu[0], len(hostile_snmp._children(names[1])), rows)


def _error(datagram: bytes, status: int) -> bytes:
    asked = hostile_snmp.parse(datagram)
    return hostile_snmp.answer(asked, status=hostile_snmp.integer(status), varbinds=b"")
