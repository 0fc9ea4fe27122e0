"""The fault card: what is wrong, what to do now, when to stop, what to use instead. Pure.

Clauses 4.2.1 to 4.2.4. Everything in it is a finished text of one language; the template only lays it out.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from agent import telling, words, workdays
from agent.page import clients, proof, told
from agent.page.clients import Message
from agent.page.moments import clock_time
from agent.page.proof import Pair
from agent.page.told import Told
from agent.result import Result
from agent.track import age_s
from agent.words import Lang, say
from config.devices import Printer, Scanner
from config.messages import mark
from config.procedure import Procedure
from config.settings import Settings

PLATFORM = "windows" if sys.platform == "win32" else "linux"
_OTHER_WAYS: Mapping[str, str] = {
    "pdf_epolicy": mark("Send the electronic policy first"),
    "print_shop_by_it": mark("Have IT get it printed elsewhere"),
    "mfp_flatbed": mark("Use the glass of the multi-function printer"),
    "approved_phone_scan": mark("Use the scanning program that the company approved"),
}
_ALONE: Mapping[str, str] = {
    "computer": mark("This computer"),
    "network": mark("The network"),
    "agent": mark("The checker"),
    "environment": mark("Your workplace"),
    "core_system": mark("Company system"),
    "printer": mark("Printers"),
    "scanner": mark("Scanners"),
    "sensor": mark("Room sensors"),
    "system": mark("Company systems"),
    "security": mark("Protection of this computer"),
    "software": mark("Programs"),
}


_OPEN: Mapping[str, str] = {
    "is_flapping": mark("It keeps coming and going; it counts as broken until it has been quiet."),
    "is_stopped": mark("Out of use until a test is passed."),
}
_STANDINGS: Mapping[str, str] = {
    "waits": mark("The fault is gone. One question is left before it counts as passed."),
    "recovered": mark("The fault is gone. It is being tested again. Passed: {passes} of {needed}."),
    "closed": mark("Works again. The retest was passed at {at}."),
    "cancelled": mark("Cancelled at {at}."),
}


class Way(msgspec.Struct, frozen=True):
    """One thing to use instead: what is sent back when it is chosen, and how sure it is that it works."""

    value: str
    label: str
    detail: str


class Question(msgspec.Struct, frozen=True):
    """What the retest asks of a person."""

    id: str
    text: str


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One fault as a broker sees it. Texts that do not apply are empty."""

    id: str
    fault: str
    severity: str
    colour: str
    is_open: bool
    is_recovered: bool
    where: str
    title: str
    cause: str
    steps: tuple[str, ...]
    stop: str
    alternate: str
    since: str
    checked: str
    standing: str
    ways: tuple[Way, ...]
    other_ways: tuple[Way, ...]
    no_way: str
    using: str
    can_switch_back: bool
    using_other: str
    it: Told
    tell_by: str
    told_count: int
    messages: tuple[Message, ...]
    pairs: tuple[Pair, ...]
    question: Question | None
    note: str


def card(
    one: Mapping[str, Any], newest: Result | None, settings: Settings, procedure: Procedure, lang: Lang
) -> Card:
    """Return the card of one incident as `deskready.incidents/1` shows it; `newest` is its row's result."""
    now, zone = datetime.fromisoformat(one["now"]), workdays.zone(procedure.rows.work)
    is_open = one["standing"] in {"open", "recovered"}
    said = words.card(procedure.faults[one["fault"]], _values(one, settings, procedure, lang), lang, PLATFORM)
    ways = tuple(_ways(one, lang)) if is_open else ()
    return Card(
        id=one["id"],
        fault=one["fault"],
        severity=one["severity"],
        colour=colour(one),
        is_open=is_open,
        is_recovered=one["standing"] == "recovered",
        where=where(one["device"], settings, lang),
        title=said.title,
        cause=said.cause,
        steps=said.now,
        stop=said.stop,
        alternate=said.alternate,
        since=_since(one, now, procedure, lang),
        checked=_checked(one, newest, procedure, lang),
        standing=standing(one, now, procedure, lang),
        ways=ways,
        other_ways=tuple(_other_ways(one, procedure, lang)) if is_open else (),
        no_way=_no_way(one, ways, procedure, lang) if is_open else "",
        using=_using(one, settings, lang),
        can_switch_back=is_open and one["substitute"] is not None,
        using_other=_chosen(one, lang) if is_open else "",
        it=told.told(one, procedure, settings, lang),
        tell_by=_tell_by(one, now, procedure, lang),
        told_count=_told_count(one),
        messages=tuple(clients.messages(one, procedure, lang)),
        pairs=proof.compared(one, newest, procedure, lang, zone),
        question=_question(one, procedure, lang),
        note=str(one["values"].get("note", "")),
    )


def colour(one: Mapping[str, Any]) -> str:
    """Return the colour of an incident's card; "" for a mere notice, which stops nothing."""
    if one["standing"] in {"closed", "cancelled"}:
        return "green" if one["standing"] == "closed" else "grey"
    if one["standing"] == "recovered":
        return "amber"
    return {"stop": "red", "degraded": "amber"}.get(one["severity"], "")


def where(device: str, settings: Settings, lang: Lang) -> str:
    """Name a device by its place and its name: "前台打印机（front）"."""
    kind, _, name = device.partition(":")
    called = telling.called(settings, device, lang)
    if not called:
        return say(_ALONE.get(kind, kind), lang)
    return called if name in called else say(mark("{called} ({name})"), lang, called=called, name=name)


def place_of(device: str, settings: Settings) -> str:
    """Return where a device stands; empty where nobody said."""
    both: tuple[Printer | Scanner, ...] = (*settings.printer, *settings.scanner)
    return next((one.place for one in both if one.device_id == device), "")


def standing(one: Mapping[str, Any], now: datetime, procedure: Procedure, lang: Lang) -> str:
    """Say in one sentence where an incident stands."""
    if one["standing"] == "open":
        is_so = [name for name in _OPEN if one.get(name)]
        return say(_OPEN[is_so[0]] if is_so else mark("Not solved yet."), lang)
    name = "waits" if one["standing"] == "recovered" and one["waits_for"] else one["standing"]
    return say(
        _STANDINGS[name],
        lang,
        at=clock_time(one["ended"], now, procedure.rows.work) or None,
        passes=one.get("retest", {}).get("passes"),
        needed=one.get("retest", {}).get("passes_needed"),
    )


def _values(one: Mapping[str, Any], settings: Settings, procedure: Procedure, lang: Lang) -> dict[str, Any]:
    """Return what the texts of the fault may name: the finding, this desk, the nearest device that works."""
    nearest = next(iter(one["substitutes"]), None)
    ticket = next((each["remote_id"] for each in one["tickets"] if each["remote_id"]), None)
    return {
        **telling.context(settings, one["device"], ()),
        **words.ticked(one["values"], procedure, lang),
        "substitute": nearest["name"] if nearest else None,
        "substitute_place": (nearest["place"] or None) if nearest else None,
        "ticket": ticket,
    }


def _since(one: Mapping[str, Any], now: datetime, procedure: Procedure, lang: Lang) -> str:
    lasted = words.duration((now - datetime.fromisoformat(one["since"])).total_seconds(), lang)
    at = clock_time(one["since"], now, procedure.rows.work)
    if one["standing"] in {"closed", "cancelled"}:
        return say(mark("Found at {at}."), lang, at=at)
    return say(mark("Since {at} ({lasted})."), lang, at=at, lasted=lasted)


def _checked(one: Mapping[str, Any], newest: Result | None, procedure: Procedure, lang: Lang) -> str:
    """Say how old the newest look is, and what it found; a look that saw nothing is not called good."""
    if newest is None:
        return ""
    age = (datetime.fromisoformat(one["now"]) - newest.measured_at).total_seconds()
    outcome = proof.outcome(newest, procedure, lang)
    return say(
        mark("Last checked {age}: {outcome}."), lang, age=words.age(max(0.0, age), lang), outcome=outcome
    )


def _ways(one: Mapping[str, Any], lang: Lang) -> Iterator[Way]:
    """Yield the devices that were just found working, nearest first."""
    for each in one["substitutes"]:
        if each["device"] != one["substitute"]:
            label = " ".join(filter(None, (each["place"], each["name"])))
            age = words.age(each["age_s"], lang)
            yield Way(each["name"], label, say(mark("just checked and good, {age}"), lang, age=age))


def _other_ways(one: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Iterator[Way]:
    """Yield the procedure's other ways of doing the work, for what stops it."""
    if one["severity"] == "notice":
        return
    use = clients.capability(one["fault"], procedure)
    for row in procedure.rows.capability:
        for code in row.alternates if row.id == use else ():
            if code in _OTHER_WAYS and code != clients.another_way(one):
                yield Way(code, say(_OTHER_WAYS[code], lang), "")


def _no_way(one: Mapping[str, Any], ways: tuple[Way, ...], procedure: Procedure, lang: Lang) -> str:
    kind = procedure.faults[one["fault"]].device
    if ways or one["substitute"] or kind not in {"printer", "scanner"} or one["severity"] == "notice":
        return ""
    return say(mark("No other device has just been found working, so none is offered here."), lang)


def _using(one: Mapping[str, Any], settings: Settings, lang: Lang) -> str:
    """Say which substitute is in use and whether that still works."""
    if one["substitute"] is None or one["standing"] not in {"open", "recovered"}:
        return ""
    name = where(one["substitute"], settings, lang)
    working = next((each for each in one["substitutes"] if each["device"] == one["substitute"]), None)
    if working is None:
        message = mark(
            "A substitute is in use: {name}. It has not just been found working, so look before you use it."
        )
        return say(message, lang, name=name)
    age = words.age(working["age_s"], lang)
    return say(
        mark("A substitute is in use: {name}. It was checked {age} and works."), lang, name=name, age=age
    )


def _chosen(one: Mapping[str, Any], lang: Lang) -> str:
    """Name the other way of working that was chosen; empty where none was."""
    code = clients.another_way(one)
    label = _OTHER_WAYS.get(code or "")
    return say(label, lang) if label else code or ""


def _tell_by(one: Mapping[str, Any], now: datetime, procedure: Procedure, lang: Lang) -> str:
    if not one["tell_clients_by"] or not clients.capability(one["fault"], procedure):
        return ""
    at = clock_time(one["tell_clients_by"], now, procedure.rows.work)
    return say(mark("Tell the clients who are waiting for it by {at}."), lang, at=at)


def _told_count(one: Mapping[str, Any]) -> int:
    cases = {each["what"].get("case") for each in told.life(one) if each["kind"] == "clients_told"}
    return len(cases)


def _question(one: Mapping[str, Any], procedure: Procedure, lang: Lang) -> Question | None:
    """Return the first question that the retest still waits for."""
    name = next(iter(one["waits_for"]), None)
    if name is None:
        return None
    row = procedure.attestations.get(name)
    asked = say(mark("Does it work again, and has somebody tried it?"), lang)
    return Question(name, words.question(row, procedure, lang) if row else asked)


def freshness(newest: Result | None, boot_s: float, boot_id: str, lang: Lang) -> str:
    """Say how old a result is: "12 秒前"; that it is from before the last start where that is so."""
    if newest is None:
        return say(mark("never checked"), lang)
    age = age_s(newest, boot_s, boot_id)
    return say(mark("before the last start"), lang) if age is None else words.age(age, lang)
