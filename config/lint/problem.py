"""One thing that is wrong with a procedure: its place, what it is, and the nearest right name."""

from collections.abc import Iterable, Mapping

import msgspec

from config.messages import mark
from config.nearest import nearest

MESSAGES: Mapping[str, str] = {
    "shape": mark("{text}"),
    "missing": mark("is missing"),
    "half_a_row": mark("is not all there; to change '{nearest}', write its id"),
    "duplicate": mark("this id is used twice"),
    "unknown": mark("unknown {kind} '{name}'; did you mean '{nearest}'?"),
    "unknown_alone": mark("unknown {kind} '{name}'"),
    "tick_elsewhere": mark("'{name}' is not a tick of the steps of this clause"),
    "label_missing": mark("'{name}' has no [[label]]; people will read the code"),
    "circle": mark("parents form a circle: {path}"),
    "text_missing": mark("no text in {lang}"),
    "steps_differ": mark("{zh} steps in zh, {en} in en"),
    "placeholders_differ": mark("placeholders differ: zh has {zh}, en has {en}"),
    "placeholder_unknown": mark("nothing gives a value for '{name}'"),
    "clause_unserved": mark("nothing serves this clause"),
    "mechanism_empty": mark("says '{mechanism}' and names none"),
    "mechanism_missing": mark("names {field}, and its mechanism does not say '{mechanism}'"),
    "check_unknown": mark("no such check in this program; did you mean '{nearest}'?"),
    "check_unknown_alone": mark("no such check in this program"),
    "param_unknown": mark("check '{check}' knows no param '{name}'; did you mean '{nearest}'?"),
    "param_unknown_alone": mark("check '{check}' knows no param '{name}'"),
    "param_wrong": mark("{text}"),
    "param_not_judged": mark("check not built yet, so its params cannot be judged"),
    "fault_not_raised": mark("no check and no question can raise this fault"),
    "fault_not_of_check": mark("check '{check}' cannot raise '{name}'"),
    "fault_not_listed": mark("check '{check}' can raise '{name}', which is not listed"),
    "test_empty": mark("this test tests nothing"),
    "state_unreachable": mark("state '{name}' cannot be reached"),
    "state_without_exit": mark("state '{name}' is not final and nothing leads out of it"),
    "tick_unknown": mark("'{name}' is neither a tick nor a phase of step '{step}'"),
    "variant_speaks": mark("the text for {platform} still stands; change `variants` too"),
}

# What an unknown name was meant to be.
KINDS: Mapping[str, str] = {
    "table": mark("table"),
    "key": mark("key"),
    "section": mark("section"),
    "actor": mark("actor"),
    "mechanism": mark("mechanism"),
    "cadence": mark("cadence"),
    "check": mark("check"),
    "attestation": mark("question"),
    "test": mark("test"),
    "training": mark("training"),
    "step": mark("business step"),
    "fault": mark("fault"),
    "maintenance": mark("maintenance"),
    "incident_state": mark("incident state"),
    "adjust": mark("adjustment step"),
    "tick": mark("tick"),
    "capability": mark("capability"),
    "clause": mark("clause"),
    "device": mark("kind of device"),
    "category": mark("category"),
    "task": mark("task"),
    "route": mark("route"),
    "case_state": mark("case state"),
}


class Problem(msgspec.Struct, frozen=True):
    """`id` and `field` are empty where a whole table is meant. A problem that is no error is a remark."""

    table: str
    id: str
    field: str
    code: str
    values: Mapping[str, str] = {}
    is_error: bool = True


def unknown(place: tuple[str, str, str], kind: str, name: str, options: Iterable[str]) -> Problem:
    """A name that is not there, with the nearest one that is."""
    near = nearest(name, options)
    if near is None:
        return Problem(*place, "unknown_alone", {"kind": kind, "name": name})
    return Problem(*place, "unknown", {"kind": kind, "name": name, "nearest": near})
