"""What a person sees and no sensor does: a question of the procedure answered with "problem". Pure.

The question stands in place of a check; its fault, and what may be ticked under it, are the procedure's.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from agent.incidents.actions import BadAction, Refused, short_text
from agent.incidents.model import Identity
from config.procedure import Procedure
from config.schema import Attestation

_PREFIXES: Mapping[str, tuple[str, ...]] = {  # kinds of which a desk may have several
    "printer": ("printer:",),
    "scanner": ("scanner:",),
    "core_system": ("system:",),
}
_NOISY = {"THERM_NOISE": ("computer", "printer:", "scanner:")}  # one question asks of all of them


class Problem(msgspec.Struct, frozen=True):
    """One report. `choices` are ids of what was ticked under the question; `note` one line of a person."""

    question: str
    device: str
    fault: str
    choices: tuple[str, ...] = ()
    note: str = ""

    @property
    def identity(self) -> Identity:
        """(question, device, fault): of which at most one incident is open."""
        return (self.question, self.device, self.fault)

    @property
    def values(self) -> dict[str, str]:
        """What is known of the fault: what was ticked, and the note; nothing else."""
        both = {"choices": ",".join(self.choices), "note": self.note}
        return {name: value for name, value in both.items() if value}


def questions(procedure: Procedure) -> Iterator[tuple[Attestation, str]]:
    """Yield the questions that may be answered with "problem" at any time, each with its fault."""
    for row in procedure.attestations.values():
        fault = procedure.faults.get(row.on_problem.fault or "")
        if row.enabled and fault is not None and fault.enabled:
            yield row, fault.code


def devices_for(fault: str, procedure: Procedure, devices: Iterable[str]) -> tuple[str, ...]:
    """Return the devices of a desk that a fault can be reported of; a room or a computer is only one."""
    kind = procedure.faults[fault].device
    prefixes = _NOISY.get(fault) or _PREFIXES.get(kind)
    if prefixes is None:
        return (kind,)
    return tuple(dict.fromkeys(one for one in devices if one.startswith(prefixes)))


def problem(
    procedure: Procedure, devices: Iterable[str], question: str, form: Mapping[str, object]
) -> Problem:
    """Type what a person sends in: `device`, `note`, and each choice as a key. Raises Refused, BadAction."""
    known = {row.id: (row, fault) for row, fault in questions(procedure)}
    if question not in known:
        raise Refused("question", f"one of {', '.join(known)}")
    row, fault = known[question]
    possible = devices_for(fault, procedure, devices)
    device = str(form.get("device") or (possible[0] if len(possible) == 1 else ""))
    if device not in possible:
        raise Refused("device", f"one of {', '.join(possible)}")
    note = form.get("note") or None
    text = short_text(note, "note", procedure, procedure.rows.privacy.note_max_chars)
    ticked = tuple(choice.id for choice in row.choices if form.get(choice.id))
    if row.choices and not ticked and not text:
        raise BadAction("choices: tick one, or write a note")
    return Problem(row.id, device, fault, ticked, text or "")
