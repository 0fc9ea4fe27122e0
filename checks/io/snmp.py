"""SNMP as a client: GET, and tables by GETBULK (GETNEXT where an agent has no other).

This file owns what is asked for: walks are bounded and must go forward, an agent that cannot answer much
at once is asked for less, and how it must be asked is kept in its manners.
"""

from collections.abc import Sequence
from typing import Final, Literal, Self

from checks.io import snmp_manners
from checks.io.snmp_manners import Attempt, Manners
from checks.io.snmp_message import Oid, Reply, Value, Varbind
from checks.io.snmp_v3 import WireV3
from checks.io.snmp_wire import NO_SUCH_NAME, TooBigError, Wire
from checks.model import ProbeError

MAX_ROWS: Final = 64
_MORE_ROWS = 5  # in a reply, once a table has shown to be long


class Session:
    """A short conversation with one agent; use it with `with`. Not for two threads at once.

    `manners` is changed by what is learnt. Every call raises ProbeError: "printer.host_unknown" (the name
    has no address), "network.no_route", "snmp.unreachable", "snmp.refused" (the host says that nothing
    listens), "snmp.timeout" (two tries of 0.75 s, or 4 s in all), "snmp.malformed" (a reply that breaks
    the protocol or its bounds), "snmp.too_big" or "snmp.error" (the agent's own error, with its status).
    """

    def __init__(self, wire: Wire | WireV3, manners: Manners) -> None:
        self._manners = manners
        self._wire = wire

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    @property
    def request_count(self) -> int:
        """How many questions were asked."""
        return self._wire.request_count

    def get(self, names: Sequence[Oid]) -> dict[Oid, Value]:
        """Read single instances. What the agent does not have is None."""
        found: dict[Oid, Value] = {}
        waiting = list(names)
        while waiting:
            asked = waiting[: self._manners.most_names]
            try:
                way, reply = self._ask("get", asked)
            except TooBigError:
                self._manners.most_names = _halved(len(asked))
                continue
            answered = list(way.request.names)
            if reply.error_status:
                missing = answered[reply.error_index - 1]
                found[missing] = None
                waiting.remove(missing)
                continue
            if [name for name, _ in reply.varbinds] != answered:
                raise ProbeError("snmp.malformed")
            found.update(reply.varbinds)
            waiting = waiting[len(answered) :]
        return found

    def table(
        self, columns: Sequence[Oid], *, scalars: Sequence[Oid] = (), rows: int = MAX_ROWS, per_reply: int = 6
    ) -> dict[Oid, Value]:
        """Walk `columns` side by side, at most `rows` rows of each, and the first instance of `scalars`.

        The first reply has at most `per_reply` rows: what follows a short table may be long strings.
        Returns what lies under the names asked for, by full name; a column without rows gives nothing.
        """
        return self._walk(list(scalars), {column: column for column in columns}, rows, per_reply)

    def _walk(self, heads: list[Oid], last: dict[Oid, Oid], rows: int, per_reply: int) -> dict[Oid, Value]:
        """Go on from `last` (column → name of the last row); both are used up."""
        cells: dict[Oid, Value] = {}
        taken = 0
        while (heads or last) and taken < rows:
            names = [*heads, *last.values()]
            if len(names) > self._manners.most_names:
                return cells | self._walk_in_parts(heads, last, rows - taken, per_reply)
            repetitions = self._manners.rows(min(per_reply, rows - taken))
            try:
                way, reply = self._ask("walk", names, len(heads), repetitions)
            except TooBigError:
                self._ask_for_less(len(names), repetitions)
                continue
            if reply.error_status and not reply.error_index:  # of GETBULK as a whole
                self._manners.has_bulk = False
                continue
            if reply.error_status:
                is_end = reply.error_status == NO_SUCH_NAME
                _leave_out(way.request.names[reply.error_index - 1], heads, last, is_end=is_end)
                continue
            cells |= _under(reply.varbinds, heads)
            cells |= _advance(reply.varbinds[len(heads) :], last)
            per_reply = max(per_reply, _MORE_ROWS)
            taken += max(1, (len(reply.varbinds) - len(heads)) // (len(names) - len(heads) or 1))
            heads.clear()
        return cells

    def _walk_in_parts(
        self, heads: list[Oid], last: dict[Oid, Oid], rows: int, per_reply: int
    ) -> dict[Oid, Value]:
        """Walk as many names at once as the agent can answer, then the others."""
        most = self._manners.most_names
        columns = list(last.items())
        cells: dict[Oid, Value] = {}
        for start in range(0, len(heads), most):
            cells |= self._walk(heads[start : start + most], {}, rows, per_reply)
        for start in range(0, len(columns), most):
            cells |= self._walk([], dict(columns[start : start + most]), rows, per_reply)
        return cells

    def _ask_for_less(self, names: int, repetitions: int) -> None:
        """Take fewer rows for each reply, and fewer names where one row is too much."""
        if repetitions > 1:
            self._manners.most_rows = _halved(repetitions)
        else:
            self._manners.most_names = _halved(names)

    def _ask(
        self, what: Literal["get", "walk"], names: Sequence[Oid], heads: int = 0, rows: int = 1
    ) -> tuple[Attempt, Reply]:
        """Ask as this agent is used to. Raises TooBigError, ProbeError."""
        ways = snmp_manners.ways(what, names, heads, rows, self._manners)
        way, reply = self._wire.ask(ways)
        self._manners.learn(way, ways[0])
        return way, reply


def _leave_out(name: Oid, heads: list[Oid], last: dict[Oid, Oid], *, is_end: bool) -> None:
    """Drop the name that the agent cannot go on from; where nothing follows it, also all beyond it."""
    heads[:] = [head for head in heads if head < name or (head != name and not is_end)]
    for column, at in tuple(last.items()):
        if at == name or (is_end and at > name):
            del last[column]


def _under(varbinds: Sequence[Varbind], heads: Sequence[Oid]) -> dict[Oid, Value]:
    pairs = zip(varbinds, heads, strict=False)
    return {name: value for (name, value), head in pairs if name[: len(head)] == head and value is not None}


def _advance(varbinds: Sequence[Varbind], last: dict[Oid, Oid]) -> dict[Oid, Value]:
    """Take rows in; move `last` on and remove from it each column that has ended."""
    cells: dict[Oid, Value] = {}
    columns = tuple(last)
    for place, (name, value) in enumerate(varbinds):
        column = columns[place % len(columns)]
        if column not in last:
            continue
        if value is None or name[: len(column)] != column:
            del last[column]
        elif name <= last[column]:
            raise ProbeError("snmp.malformed")
        else:
            cells[name] = value
            last[column] = name
    return cells


def _halved(count: int) -> int:
    if count <= 1:
        raise ProbeError("snmp.too_big")
    return count // 2
