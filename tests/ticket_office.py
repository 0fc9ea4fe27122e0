"""A ticket system in memory for tests of the sender: real flow and adapter shape, faults on order.

Faults of one write: "ok", "lost_request", "lost_reply", "error" (nothing done, answer unclear),
"kill_before", "kill_after" (child and daemon die at that moment), "limited", "denied", "refused".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.tickets import flow
from agent.tickets.model import Adapter, DeliveryError, Outcome, Row, Steps, Target, Ticket

CALM = "ok"


class KilledError(BaseException):
    """The daemon has just died."""


@dataclass
class Filed:
    key: str
    is_open: bool = True
    filed_at_s: float = 0.0
    said: list[str] = field(default_factory=list)


@dataclass
class Office:
    """Tickets by number. `faults` is drawn from for each write; nothing left means all is well."""

    faults: list[str] = field(default_factory=list)
    filed: list[Filed] = field(default_factory=list)
    is_up: bool = True
    request_count: int = 0
    is_naive: bool = False  # a sender that never looks before it creates
    lag_s: float = 0.0  # before the search shows what was created
    now_s: Callable[[], float] = lambda: 0.0
    seen_as: dict[str, Any] = field(default_factory=dict)  # tickets that a look finds "gone" or "refused"
    merged: dict[str, str] = field(default_factory=dict)

    def open_of(self, key: str) -> list[int]:
        return [number for number, one in enumerate(self.filed) if one.key == key and one.is_open]

    def shown(self, key: str) -> list[int]:
        """What the search knows by now."""
        latest_s = self.now_s() - self.lag_s
        return [number for number in self.open_of(key) if self.filed[number].filed_at_s <= latest_s]

    def deliver(self, target: Target, rows: Sequence[Row]) -> list[Outcome]:
        """What the child does, in this process."""
        adapter = self._adapter()
        outcomes = []
        for row in rows:
            try:
                outcomes.append(_run(flow.deliver(adapter, target, row)))
            except DeliveryError as failure:
                outcomes.append(
                    Outcome(
                        note=row.note,
                        outcome=failure.outcome,
                        detail=failure.detail,
                        retry_after_s=failure.retry_after_s,
                    )
                )
                if failure.outcome != "rejected":
                    break
        return outcomes

    def look(self, _target: Target, tickets: Sequence[str]) -> list[Outcome]:
        """What the child does that only looks."""
        outcomes = []
        for place, number in enumerate(tickets):
            self.request_count += 1
            if not self.is_up:
                return [*outcomes, Outcome(note=place, outcome="not_sent", detail="connect.refused")]
            seen = self.seen_as.get(number) or ("open" if self.filed[int(number)].is_open else "closed")
            into = self.merged.get(number, number)
            outcomes.append(Outcome(note=place, outcome="delivered", remote_id=into, seen=seen))
        return outcomes

    def _adapter(self) -> Adapter:
        def find(_target: Target, row: Row) -> Steps[tuple[Ticket, ...]]:
            self._ask()
            found = [] if self.is_naive else self.shown(row.key)
            return tuple(Ticket(id=str(number), key=row.key) for number in found)
            yield

        def create(_target: Target, row: Row) -> Steps[Ticket]:
            with_fault = self._write()
            self.filed.append(Filed(row.key, said=[row.op], filed_at_s=self.now_s()))
            self._after(with_fault)
            return Ticket(id=str(len(self.filed) - 1), key=row.key)
            yield

        def look(_target: Target, number: str) -> Steps[Ticket]:
            self._ask()
            one = self.filed[int(number)]
            return Ticket(id=number, key=one.key, state="open" if one.is_open else "closed")
            yield

        def change(number: str, row: Row, is_open: bool | None) -> None:
            with_fault = self._write()
            one = self.filed[int(number)]
            one.said.append(row.op)
            one.is_open = one.is_open if is_open is None else is_open
            self._after(with_fault)

        def comment(_target: Target, number: str, row: Row) -> Steps[None]:
            change(number, row, None)
            return
            yield

        def resolve(_target: Target, number: str, row: Row) -> Steps[None]:
            change(number, row, is_open=False)
            return
            yield

        def reopen(_target: Target, number: str, row: Row) -> Steps[None]:
            change(number, row, is_open=True)
            return
            yield

        changes: dict[str, Any] = {"comment": comment, "resolve": resolve, "reopen": reopen}
        return Adapter(name="office", find=find, create=create, look=look, **changes)

    def _ask(self) -> None:
        self.request_count += 1
        if not self.is_up:
            raise DeliveryError("not_sent", "connect.refused")

    def _write(self) -> str:
        self._ask()
        fault = self.faults.pop(0) if self.faults else CALM
        before = {
            "lost_request": DeliveryError("ambiguous", "answer.lost"),
            "error": DeliveryError("ambiguous", "http.500"),
            "limited": DeliveryError("rate_limited", "http.429", 30.0),
            "denied": DeliveryError("unauthorised", "http.401"),
            "refused": DeliveryError("rejected", "http.422"),
            "kill_before": KilledError(),
        }
        if fault in before:
            raise before[fault]
        return fault

    def _after(self, fault: str) -> None:
        if fault == "lost_reply":
            raise DeliveryError("ambiguous", "answer.lost")
        if fault == "kill_after":
            raise KilledError


def _run(steps: Iterator[object]) -> Outcome:
    try:
        next(steps)
    except StopIteration as done:
        outcome: Outcome = done.value
        return outcome
    raise AssertionError("the office in memory asks for no exchange")
