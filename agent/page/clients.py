"""What may be said to clients while a device is broken: the procedure's own wording, where it is true. Pure.

Clause 4.2.4. Nothing is sent from here; a person copies it into the company's own channel.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from agent import words
from agent.page.told import life
from agent.words import Lang, say
from config.messages import mark
from config.procedure import Procedure

BLANK = "＿＿＿＿"  # for a person to fill in: which step, by when
_CAPABILITIES: Mapping[str, str] = {
    "printer": "printing",
    "scanner": "scanning",
    "core_system": "core_system",
    "network": "network",
    "computer": "computer",
}


class Message(msgspec.Struct, frozen=True):
    """One wording, and what to see to before it is sent."""

    id: str
    text: str
    note: str


def capability(fault: str, procedure: Procedure) -> str:
    """Return what the work cannot do because of a fault; empty where it stops nothing of the work."""
    return _CAPABILITIES.get(procedure.faults[fault].device, "")


def messages(one: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[Message]:
    """Yield the wordings that are true of an incident now."""
    use = capability(one["fault"], procedure)
    for row in procedure.rows.client_message:
        if row.enabled and use in row.use and _TRUE.get(row.id, _is_arranged)(one):
            filled = words.sentence(words.text(row.text, lang), {"step": BLANK, "eta": BLANK})
            approval = mark("Your manager has to agree before it is sent.") if row.needs_approval else ""
            blanks = mark("Fill in the blanks before you send it.") if BLANK in filled else ""
            notes = [say(note, lang) for note in (approval, blanks) if note]
            yield Message(row.id, filled, (" " if lang == "en" else "").join(notes))


def another_way(one: Mapping[str, Any]) -> str | None:
    """Return the newest other way of working that was chosen in this life, None where none was."""
    chosen = [each["what"].get("code") for each in life(one) if each["kind"] == "workaround"]
    return str(chosen[-1]) if chosen else None


def _is_arranged(one: Mapping[str, Any]) -> bool:
    """Whether another device or another way was chosen, so that clients may be told so."""
    is_open = one["standing"] in {"open", "recovered"}
    return is_open and (one["substitute"] is not None or another_way(one) is not None)


def _is_sent_electronically(one: Mapping[str, Any]) -> bool:
    return one["standing"] in {"open", "recovered"} and another_way(one) == "pdf_epolicy"


def _is_over(one: Mapping[str, Any]) -> bool:
    """Whether it works again and somebody may have been told that it did not."""
    affected = {"clients_told", "substituted", "workaround"}
    return one["standing"] == "closed" and any(each["kind"] in affected for each in life(one))


_TRUE = {
    "delay": _is_arranged,
    "e_policy_first": _is_sent_electronically,
    "resumed": _is_over,
}
