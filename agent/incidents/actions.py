"""What a person may do to an incident, and what is refused: the rules of 4.2 and 5.2. Pure.

No action closes an incident: only its passed retest does.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from agent.clock import Instant
from agent.incidents.model import Incident, Transition
from agent.privacy import looks_personal
from config.procedure import Procedure

_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_WHO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_NOT_WHO = re.compile(r"[^A-Za-z0-9._-]+")
_TEXT_MAX = 64
_MINUTES_MAX = 10_000


class Refused(Exception):  # noqa: N818  a rule at work, not an error
    """A rule of the procedure forbids it. `missing` names the step, field or device that is missing."""

    def __init__(self, missing: str, why: str) -> None:
        super().__init__(f"{missing}: {why}")
        self.missing = missing
        self.why = why


class BadAction(Exception):  # noqa: N818  the person's slip, not the program's
    """No such action, or an option that it does not know."""


class Given(msgspec.Struct, frozen=True):
    """What an action is judged by, besides the incident and its options."""

    procedure: Procedure
    usable: Mapping[str, float]  # name of each substitute that works now → age of its newest proof in seconds
    questions: tuple[str, ...]  # what the retest asks a person
    is_retest_possible: bool  # by the machine, on this desk


Options = Mapping[str, Any]


def act(
    incident: Incident, action: str, options: Options, given: Given, now: Instant, by: str
) -> tuple[Transition, ...]:
    """Return what an action makes happen. Raises Refused, BadAction."""
    known = ACTIONS.get(action)
    if known is None:
        raise BadAction(f"no action {action!r}")
    if not incident.is_open and action != "told":
        raise Refused("open incident", f"it is {incident.standing}")
    who = worker(by)
    kind, body = known(incident, options, given)
    if kind is None:
        return ()
    at = Transition(incident.id, kind, now, who, body)
    return (at,)


def worker(by: str) -> str:
    """Return the name a person works under, as the journal keeps it. Raises BadAction."""
    if not _WHO.fullmatch(by):
        raise BadAction("by: letters, digits and . _ - only")
    return by


def worker_name(user: str) -> str:
    """Return the name that the journal keeps for a user of this computer, in the letters that it allows."""
    return _NOT_WHO.sub("_", user).lstrip("._-")[:32] or "broker"


def short_text(value: object, name: str, procedure: Procedure, longest: int = _TEXT_MAX) -> str | None:
    """Return one short line of a person that holds nothing of a client. Raises Refused, BadAction."""
    if value is None:
        return None
    text = " ".join(str(value).split())
    if not text or len(text) > longest or not text.isprintable():
        raise BadAction(f"{name}: one line of at most {longest} characters")
    if looks_personal(text, procedure.rows.privacy):
        raise Refused(name, "this looks like a client's data")
    return text


def _worked(_incident: Incident, _options: Options, _given: Given) -> tuple[Any, Options]:
    return "first_aid_worked", {}


def _still_broken(_incident: Incident, _options: Options, _given: Given) -> tuple[Any, Options]:
    return "first_aid_failed", {}


def _repairing(_incident: Incident, _options: Options, _given: Given) -> tuple[Any, Options]:
    return "repairing", {}


def _fixed(_incident: Incident, options: Options, given: Given) -> tuple[Any, Options]:
    action = options.get("action")
    known = _adjust(given.procedure, "fixed").actions
    if action not in known:
        raise Refused("action", f"one of {', '.join(known)}")
    minutes = options.get("minutes")
    if minutes is not None and not (isinstance(minutes, int | float) and 0 <= minutes <= _MINUTES_MAX):
        raise BadAction("minutes: a number of minutes")
    part = short_text(options.get("part"), "part", given.procedure)
    return "fixed", {"action": action, "part_no": part, "minutes": minutes}


def _restarted(_incident: Incident, options: Options, given: Given) -> tuple[Any, Options]:
    reason = short_text(options.get("skip_reason"), "skip-reason", given.procedure)
    return "restarted", {"skip_reason": reason} if reason else {"seen_by": "person"}


def _substitute(_incident: Incident, options: Options, given: Given) -> tuple[Any, Options]:
    name = str(options.get("name") or "")
    if not given.usable:
        raise Refused("substitute", "none of the configured ones was just found working")
    if name not in given.usable:
        raise Refused("substitute", f"working now: {', '.join(given.usable)}")
    device = f"{_incident.device.partition(':')[0]}:{name}"
    return "substituted", {"device": device, "name": name, "age_s": round(given.usable[name], 1)}


def _switch_back(incident: Incident, _options: Options, _given: Given) -> tuple[Any, Options]:
    if incident.substitute is None:
        raise Refused("substitute", "none is in use")
    return "switched_back", {"device": incident.substitute}


def _workaround(_incident: Incident, options: Options, _given: Given) -> tuple[Any, Options]:
    code = str(options.get("name") or "")
    if not _CODE.fullmatch(code):
        raise BadAction("workaround: a code of small letters, digits and _")
    return "workaround", {"code": code}


def _told(_incident: Incident, options: Options, given: Given) -> tuple[Any, Options]:
    case = str(options.get("name") or "")
    if not re.fullmatch(given.procedure.rows.privacy.case_ref_pattern, case):
        raise Refused("case", "a case number, never a name")
    return "clients_told", {"case": case}


def _diagnose(_incident: Incident, options: Options, given: Given) -> tuple[Any, Options]:
    category = options.get("category")
    known = _adjust(given.procedure, "diagnosed").categories
    if category not in known:
        raise Refused("category", f"one of {', '.join(known)}")
    before = _incident.newest("diagnosed")
    return "diagnosed", {**(before.body if before else {}), "category": category, "confidence": 1.0}


def _retest(incident: Incident, options: Options, given: Given) -> tuple[Any, Options]:
    """Take a person's part of the retest; without an answer the machine just looks again."""
    answer = options.get("answer")
    if answer is None:
        return None, {}
    question = options.get("question") or next(iter(given.questions), None)
    if question not in given.questions:
        raise Refused("question", f"the retest asks {', '.join(given.questions) or 'nothing of a person'}")
    if answer == "problem":
        return "retest_failed", {"question": question}
    if answer != "ok":
        raise BadAction("answer: ok or problem")
    if incident.standing != "recovered":
        raise Refused("recovered", "the fault is still there, or nobody said that it was repaired")
    return "answered", {"question": question, "answer": "ok"}


def _cancel(incident: Incident, options: Options, given: Given) -> tuple[Any, Options]:
    """Cancel what no test of this desk can decide: a person's report, or a device that is gone."""
    reason = short_text(options.get("reason"), "reason", given.procedure)
    if incident.is_seen_by_machine and given.is_retest_possible:
        raise Refused("retested", "the machine found this fault; only its passed retest ends it")
    if not reason:
        raise Refused("reason", "a cancelled incident says why")
    return "cancelled", {"reason": reason}


def _close(incident: Incident, _options: Options, _given: Given) -> tuple[Any, Options]:
    missing = "retested" if incident.newest("retested") is None else "reported"
    raise Refused(missing, "only a passed retest closes an incident")


ACTIONS: Mapping[str, Callable[[Incident, Options, Given], tuple[Any, Options]]] = {
    "worked": _worked,
    "still-broken": _still_broken,
    "repairing": _repairing,
    "fixed": _fixed,
    "restarted": _restarted,
    "substitute": _substitute,
    "switch-back": _switch_back,
    "workaround": _workaround,
    "told": _told,
    "diagnose": _diagnose,
    "retest": _retest,
    "cancel": _cancel,
    "close": _close,
}


def _adjust(procedure: Procedure, name: str) -> Any:  # noqa: ANN401  AdjustStep
    return next(row for row in procedure.rows.adjust if row.id == name)
