"""One client of the listener, without its socket: what it sent, what it is to get, how long it may take.

Phases: head (a request is coming in) → reply (a response is going out) → idle (the connection is kept for
the next request) or linger (what the client still sends is thrown away, or the reply would be lost in a
reset) → closed.
"""

from collections import Counter
from collections.abc import Callable
from typing import Literal, TypeAlias

from agent.exposition.request import HEAD_MAX_BYTES, refusal

HEAD_S = 5.0  # from the first moment to the last byte of the head, a TLS handshake included
REPLY_S = 5.0
IDLE_S = 75.0  # longer than the usual scrape interval
LINGER_S = 1.0
REQUESTS_MAX = 100
LINGER_MAX_BYTES = 65_536
_HEAD_END = b"\r\n\r\n"
Phase: TypeAlias = Literal["head", "reply", "idle", "linger", "closed"]
# (head, whether this is the connection's last request) → (response, whether the connection stays)
Answer: TypeAlias = Callable[[bytes, bool], tuple[bytes, bool]]


class Conversation:
    """One connection. All times are seconds of the monotonic clock, handed in. `refused` counts by reason."""

    def __init__(self, answer: Answer, refused: Counter[str], now_s: float) -> None:
        self._answer = answer
        self._refused = refused
        self._inbox = bytearray()
        self._stays_open = True
        self._served_count = 0
        self._thrown_bytes = 0
        self.outbox = bytearray()
        self.phase: Phase = "head"
        self.deadline_s = now_s + HEAD_S

    def receive(self, data: bytes, now_s: float) -> None:
        """Take what the client sent; b"" says that it will send no more."""
        if not data:
            self.phase = "closed"
        elif self.phase == "linger":
            self._thrown_bytes += len(data)
            if self._thrown_bytes > LINGER_MAX_BYTES:
                self.phase = "closed"
        else:
            self._inbox += data
            self._read_head(now_s)

    def sent(self, count: int, now_s: float) -> None:
        """Note how much of `outbox` went out."""
        del self.outbox[:count]
        if self.outbox:
            return
        if not self._stays_open:
            self._enter("linger", now_s + LINGER_S)
            return
        self._enter("idle", now_s + IDLE_S)
        if self._inbox:
            self._read_head(now_s)

    def _read_head(self, now_s: float) -> None:
        if self.phase == "idle":
            self._enter("head", now_s + HEAD_S)
        end = self._inbox.find(_HEAD_END, 0, HEAD_MAX_BYTES)
        if end < 0 and len(self._inbox) >= HEAD_MAX_BYTES:
            self._refused["head_size"] += 1
            self._reply(refusal("head_size"), stays_open=False, now_s=now_s)
        elif end >= 0:
            head = bytes(self._inbox[:end])
            del self._inbox[: end + len(_HEAD_END)]
            self._served_count += 1
            response, stays_open = self._answer(head, self._served_count == REQUESTS_MAX)
            self._reply(response, stays_open=stays_open, now_s=now_s)

    def _reply(self, response: bytes, *, stays_open: bool, now_s: float) -> None:
        self.outbox += response
        self._stays_open = stays_open
        self._enter("reply", now_s + REPLY_S)

    def _enter(self, phase: Phase, deadline_s: float) -> None:
        self.phase = phase
        self.deadline_s = deadline_s
