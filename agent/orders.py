"""What may be asked of a desk: the requests of the control socket, as a table.

The daemon answers them; a command without a daemon asks the same of a desk of its own.
"""

from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, TypeAlias

from agent import casework, clock, glance, morning, telling, upkeep, words
from agent.control import ControlError
from agent.incidents.actions import BadAction, Refused
from agent.incidents.model import Incident
from agent.incidents.retest import Key
from agent.journal import refusals as journal
from agent.page import render
from agent.station import Progress, Station
from agent.store.errors import StoreError
from agent.tickets import queue
from agent.tickets.sinks import sinks
from agent.tickets.status import status

Request: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any]

BAD_REQUEST = "bad_request"
UNAVAILABLE = "unavailable"
REFUSED = "refused"  # a rule of the procedure; the message begins with what is missing


def answer(station: Station, request: Request, progress: Progress) -> Answer:
    """Do what a request asks and return the result. Raises ControlError."""
    known = ORDERS.get(str(request.get("op")))
    if known is None:
        raise ControlError(BAD_REQUEST, "unknown request")
    try:
        return known(station, request, progress)
    except (Refused, journal.Refused) as refused:
        raise ControlError(REFUSED, str(refused)) from None
    except (BadAction, journal.BadEntry) as error:
        raise ControlError(BAD_REQUEST, str(error)) from None
    except StoreError as error:
        raise ControlError(error.code, str(error)) from None


def _status(station: Station, _request: Request, _progress: Progress) -> Answer:
    return station.status()


def _status_told(station: Station, request: Request, _progress: Progress) -> Answer:
    """Return the status in words too, so that whoever prints it need not read the procedure."""
    status = station.status()
    lang = words.language(_or_none(request, "lang") or station.settings.station.lang)
    lines = telling.explained(status, station.settings, station.procedure, lang)
    return {"status": status, "lang": lang, "explained": lines}


def _ready(station: Station, request: Request, progress: Progress) -> Answer:
    station.preop(progress)
    question = _or_none(request, "question")
    if question is not None:
        morning.answer(station, _given(request, "by", str), question, "ok")
    elif _given(request, "confirm", bool):
        morning.start(station, _given(request, "by", str))
    return station.ready()


def _check(station: Station, request: Request, progress: Progress) -> Answer:
    name, device = _given(request, "name", str), _or_none(request, "device")
    if name not in station.procedure.checks:
        raise ControlError(BAD_REQUEST, f"no check {name!r}")
    return station.check(name, device, progress)


def _glance(station: Station, request: Request, _progress: Progress) -> Answer:
    """Show the desk to a face, which may have shown a piece of news since (`told` is its key)."""
    if told := _or_none(request, "told"):
        station.herald.told(told)
    lang = words.language(_or_none(request, "lang") or station.settings.station.lang)
    return glance.answer(station, lang, _or_none(request, "after"))


def _incident_list(station: Station, request: Request, _progress: Progress) -> Answer:
    return station.incidents.listing(station.desk.rows(), clock.now(), is_all=_given(request, "all", bool))


def _incident_show(station: Station, request: Request, _progress: Progress) -> Answer:
    if request.get("pdf"):
        station.binder.bind()
    return station.incidents.show(_given(request, "id", str), station.desk.rows(), clock.now())


def begin(station: Station, request: Request) -> None:
    """Do what a person orders and start what the retest needs, without waiting for it.

    Raises Refused, BadAction, StoreError, ControlError.
    """
    _, keys = _acted(station, request)
    for key in keys:
        station.start(key)


def _acted(station: Station, request: Request) -> tuple[Incident, frozenset[Key]]:
    incident, keys = station.incidents.act(
        _given(request, "id", str),
        _given(request, "action", str),
        _given(request, "options", dict),
        _given(request, "by", str),
        station.desk.rows(),
        clock.now(),
    )
    station.turn_incidents()
    return incident, keys


def _incident_act(station: Station, request: Request, _progress: Progress) -> Answer:
    """Do what a person orders, run what the retest needs, and show what came of it.

    While somebody works on the device no retest counts, and nobody waits for one.
    """
    incident, keys = _acted(station, request)
    station.retest(keys if incident.device not in station.windows.devices(clock.now()) else ())
    return station.incidents.show(incident.id, station.desk.rows(), clock.now())


def _tickets_list(station: Station, _request: Request, _progress: Progress) -> Answer:
    return {"rows": queue.listing(station.recorder.reader(), clock.now())}


def _tickets_status(station: Station, _request: Request, _progress: Progress) -> Answer:
    names = [sink.name for sink in sinks(station.settings)]
    return status(station.recorder.reader(), names, station.sink_problems(), clock.now())


def _tickets_resend(station: Station, request: Request, _progress: Progress) -> Answer:
    number = _given(request, "number", int)
    if not station.recorder.keep(lambda tx: queue.resend(tx, number, clock.now())):
        raise ControlError(REFUSED, f"no refused message {number}")
    return {"number": number}


def _maintenance_list(station: Station, _request: Request, _progress: Progress) -> Answer:
    return upkeep.listing(station)


def _maintenance_mark(station: Station, request: Request, _progress: Progress) -> Answer:
    minutes = request.get("minutes")
    return upkeep.mark(
        station,
        _given(request, "task", str),
        _or_none(request, "device"),
        _or_none(request, "reason"),
        float(minutes) if isinstance(minutes, int | float) else None,
        _given(request, "by", str),
    )


def _maintenance_window(station: Station, request: Request, _progress: Progress) -> Answer:
    length_s = request.get("length_s")
    return upkeep.window(
        station,
        _given(request, "device", str),
        None if length_s is None else float(_given(request, "length_s", int | float)),
        _or_none(request, "reason"),
        _given(request, "by", str),
    )


def _page_code(station: Station, request: Request, _progress: Progress) -> Answer:
    """Return a code that opens the page once for the user who asks, and the address that takes it there."""
    address = station.tokens.address
    if not address:
        raise ControlError(UNAVAILABLE, "the page is not served; the log of the daemon says why")
    render.warm()
    code = station.tokens.code(_given(request, "uid", int))
    return {"url": f"{address}/#c={code}", "code": code, "address": address}


def _case_log(station: Station, request: Request, _progress: Progress) -> Answer:
    key = _or_none(request, "key")
    return casework.log(station, _given(request, "entry", dict), _given(request, "by", str), key)


def _case_list(station: Station, request: Request, _progress: Progress) -> Answer:
    return casework.listing(station, _or_none(request, "due"), _or_none(request, "affected_by"))


def _case_show(station: Station, request: Request, _progress: Progress) -> Answer:
    return casework.history(station, _given(request, "case", str))


def _case_amend(station: Station, request: Request, _progress: Progress) -> Answer:
    entry = request.get("entry")
    given = entry if isinstance(entry, dict) else None
    number, why = _given(request, "number", int), _given(request, "why", str)
    return casework.amend(station, number, given, why, _given(request, "by", str))


def _journal_export(station: Station, request: Request, _progress: Progress) -> Answer:
    return casework.export(station, _given(request, "after", int))


def _journal_verify(station: Station, _request: Request, _progress: Progress) -> Answer:
    return casework.verify(station)


ORDERS: Mapping[str, Callable[[Station, Request, Progress], Answer]] = {
    "status": _status,
    "status.told": _status_told,
    "ready": _ready,
    "check": _check,
    "glance": _glance,
    "case.amend": _case_amend,
    "case.list": _case_list,
    "case.log": _case_log,
    "case.show": _case_show,
    "incident.list": _incident_list,
    "incident.show": _incident_show,
    "incident.act": _incident_act,
    "journal.export": _journal_export,
    "journal.verify": _journal_verify,
    "maintenance.list": _maintenance_list,
    "maintenance.mark": _maintenance_mark,
    "maintenance.window": _maintenance_window,
    "page.code": _page_code,
    "tickets.list": _tickets_list,
    "tickets.resend": _tickets_resend,
    "tickets.status": _tickets_status,
}


def _given(request: Request, name: str, kind: type | UnionType) -> Any:  # noqa: ANN401  of that kind
    """Return a value of a request. Raises ControlError where it is missing or of another kind."""
    value = request.get(name)
    if not isinstance(value, kind):
        raise ControlError(BAD_REQUEST, f"{name}: missing or not a {getattr(kind, '__name__', kind)}")
    return value


def _or_none(request: Request, name: str) -> str | None:
    value = request.get(name)
    return None if value is None else str(value)
