"""SNMPv3 through a process of its own, which is started at the first question and again after an overrun.

pysnmp's high-level API costs 40 MB and a second, and one hostile datagram can hold it for long: in its own
process it can be killed. All printers share one; a printer that is silent delays no other.
"""

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO, Any, Final

from checks.io import snmp_wire
from checks.io.snmp_manners import Attempt
from checks.io.snmp_message import Oid, Reply, Value
from checks.model import ProbeError
from config.devices import Snmp

_GRACE_S = 3.0  # to start in, and to answer in beyond the printer's own time
_MAX_LINE_BYTES = 256 * 1024
_MAX_QUESTIONS = 20_000  # then a fresh process: the library keeps a little of each
_ARGV: Final = (sys.executable, "-m", "checks.io.snmp_v3_worker")


class _Worker:
    """One running process. `answers` holds what came for whom; touched under `changed` only."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            _ARGV, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self.changed = threading.Condition()
        self.answers: dict[int, dict[str, Any]] = {}
        self.numbers = itertools.count(1)
        self.is_over = False
        threading.Thread(target=self._listen, name="snmpv3", daemon=True).start()

    def ask(self, question: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """Return the answer. Raises ProbeError("snmp.v3_worker") where the process is over or too late."""
        number = next(self.numbers)
        try:
            with self.changed:
                _written(self.process.stdin, {"id": number, **question})
                self.changed.wait_for(lambda: number in self.answers or self.is_over, timeout_s)
                if number in self.answers:
                    return self.answers.pop(number)
        except OSError:
            pass
        self.end()
        raise ProbeError("snmp.v3_worker")

    def end(self) -> None:
        """Kill it; who waits for an answer is told."""
        self.process.kill()
        self.process.wait()

    def _listen(self) -> None:
        out = self.process.stdout
        while out and (line := out.readline(_MAX_LINE_BYTES)):
            told = json.loads(line)
            with self.changed:
                self.answers[told.pop("id")] = told
                self.changed.notify_all()
        with self.changed:
            self.is_over = True
            self.changed.notify_all()


class WireV3:
    """What `checks.io.snmp_wire.Wire` is for versions 1 and 2c; it asks as in 2c and in no other version."""

    def __init__(self, host: str, how: Snmp) -> None:
        self._base: dict[str, Any] = {
            "host": host,
            "port": how.port,
            "user": how.user,
            "auth": how.auth,
            "auth_protocol": how.auth_protocol,
            "privacy": how.privacy,
            "privacy_protocol": how.privacy_protocol,
            "context": how.context,
        }
        self.request_count = 0

    def close(self) -> None:
        """Nothing is held open: the process goes on."""

    def ask(self, ways: Sequence[Attempt]) -> tuple[Attempt, Reply]:
        """Ask, in other words while no answer comes.

        Raises TooBigError, and ProbeError: "snmp.v3_refused" (the user or a key), "snmp.v3_not_installed",
        "snmp.v3_worker", and as `checks.io.snmp.Session` says.
        """
        self.request_count += 1
        for way, wait_s in ((ways[0], snmp_wire.TRY_S), (ways[-1], snmp_wire.TRY_S / 2)):
            told = self._told(way, wait_s)
            if told.get("error") == "snmp.timeout":
                continue
            if "error" in told:
                raise ProbeError(str(told["error"]))
            varbinds = tuple((_oid(name), _value(value)) for name, value in told["varbinds"])
            reply = Reply(told["status"], told["index"], varbinds)
            snmp_wire.check(reply, way.request)
            return way, reply
        raise ProbeError("snmp.timeout")

    def _told(self, way: Attempt, wait_s: float) -> dict[str, Any]:
        request = way.request
        question = {
            **self._base,
            "kind": request.kind,
            "names": [".".join(map(str, name)) for name in request.names],
            "heads": request.heads,
            "rows": request.repetitions,
            "wait_s": wait_s,
            "tries": 1,
        }
        return _worker().ask(question, wait_s * 4 + _GRACE_S)


_workers: list[_Worker] = []
_workers_lock = threading.Lock()
_asked = itertools.count(1)


def _worker() -> _Worker:
    """Return the process, started anew where it is over or has answered enough."""
    with _workers_lock:
        is_spent = next(_asked) % _MAX_QUESTIONS == 0
        if _workers and (is_spent or _workers[0].is_over or _workers[0].process.poll() is not None):
            _workers.pop().end()
        if not _workers:
            _workers.append(_Worker())
        return _workers[0]


def _written(pipe: IO[bytes] | None, question: dict[str, Any]) -> None:
    if pipe is not None:
        pipe.write(json.dumps(question).encode() + b"\n")
        pipe.flush()


def _oid(name: str) -> Oid:
    return tuple(int(arc) for arc in name.split("."))


def _value(told: object) -> Value:
    if isinstance(told, dict):
        return bytes.fromhex(told["hex"]) if "hex" in told else _oid(told["oid"])
    return told if isinstance(told, int) else None
