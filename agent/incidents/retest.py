"""The retest of a fault: the same test that failed, passed twice, newer than the recovery or the repair.

Clause 5.2.5. What the machine can run it runs; what only a person can see is asked as a question, and an
incident that waits for an answer says so and stays open.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from agent.clock import Instant
from agent.incidents.model import Incident, newer
from config.procedure import Procedure

Key = tuple[str, str]  # (check, device)

_DEVICE_KINDS = ("printer.", "scanner.")  # checks whose result on one device says nothing of another
_TEST_BY_PERSON = "test:"  # a test that this program cannot run: somebody runs it and says how it went


class Requirement(msgspec.Struct, frozen=True):
    """What must pass before an incident may close: rows, each `passes` times, and questions."""

    test: str
    checks: tuple[Key, ...]
    questions: tuple[str, ...]
    passes: int

    @property
    def proofs_needed(self) -> int:
        """How many passes and answers there must be."""
        return self.passes * len(self.checks) + len(self.questions)


class Proof(msgspec.Struct, frozen=True):
    """How far a retest has come. `waits_for` are questions that only a person can answer."""

    passes: tuple[tuple[Key, Instant], ...]
    answers: tuple[str, ...]
    is_passed: bool
    waits_for: tuple[str, ...]
    rows_left: tuple[Key, ...]


def required(incident: Incident, procedure: Procedure, running: Collection[Key]) -> Requirement:
    """Name what an incident's retest consists of, with the rows that run on this desk."""
    fault = procedure.faults.get(incident.fault)
    name = fault.retest if fault else incident.check
    failed = [key for key in ((incident.check, incident.device),) if key in running]
    rows, questions = _parts(name, incident, procedure, running)
    if not rows and not questions and not failed:
        questions = [f"{_TEST_BY_PERSON}{name}"]
    own = procedure.tests.get("retest")
    return Requirement(
        name, tuple(dict.fromkeys([*failed, *rows])), tuple(questions), own.passes_required if own else 1
    )


def proof(incident: Incident, need: Requirement, streaks: Mapping[Key, Sequence[Instant]]) -> Proof:
    """Count the passes in a row that are newer than the recovery and the repair, and the answers."""
    since = incident.proof_after
    passes = {
        key: [at for at in streaks.get(key, ()) if newer(at, since)][-need.passes :] for key in need.checks
    }
    answered = [
        one for one in need.questions if one in incident.answers and newer(incident.answers[one], since)
    ]
    rows_left = tuple(key for key, found in passes.items() if len(found) < need.passes)
    waits_for = tuple(one for one in need.questions if one not in answered)
    return Proof(
        passes=tuple((key, at) for key, found in passes.items() for at in found),
        answers=tuple(answered),
        is_passed=bool(need.proofs_needed) and not rows_left and not waits_for,
        waits_for=waits_for,
        rows_left=rows_left,
    )


def soon(
    incident: Incident,
    procedure: Procedure,
    streaks: Mapping[Key, Sequence[Instant]],
    running: Collection[Key],
) -> tuple[Key, ...]:
    """Return the rows whose passes are all that a recovered incident still lacks of the machine's part."""
    if incident.is_flapping or incident.standing != "recovered":
        return ()
    return proof(incident, required(incident, procedure, running), streaks).rows_left


def is_possible(incident: Incident, procedure: Procedure, running: Collection[Key]) -> bool:
    """Whether anything of this desk can still run the machine's part; False once the device is gone."""
    return bool(required(incident, procedure, running).checks)


def _parts(
    name: str, incident: Incident, procedure: Procedure, running: Collection[Key]
) -> tuple[list[Key], list[str]]:
    """Split what a fault names as its retest into rows and questions."""
    test = procedure.tests.get(name)
    if name in procedure.attestations:
        return [], [name]
    if test is None:
        return _rows(name, incident.device, running), []
    rows = [key for check in test.checks for key in _rows(check, incident.device, running)]
    by_person = [] if rows else [f"{_TEST_BY_PERSON}{name}"]
    return rows, [*test.attest, *by_person]


def _rows(check: str, device: str, running: Collection[Key]) -> list[Key]:
    """Rows of one check: on the same device, or wherever it runs if it is not about one device."""
    if (check, device) in running:
        return [(check, device)]
    if check.startswith(_DEVICE_KINDS):
        return []
    return [key for key in running if key[0] == check]
