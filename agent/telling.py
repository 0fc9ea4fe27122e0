"""What the light and a fault card say on this desk: names, places and numbers behind their placeholders.

A substitute is named only when its own newest results are good; a device that was not looked at, or is
broken itself, is never suggested.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from agent import reasons, words
from agent.words import Lang, say
from checks.model import Value
from config.devices import Printer, Scanner
from config.messages import mark
from config.procedure import Procedure
from config.settings import Settings

_WORKS = {"ok", "warn"}
_OUT_OF_USE = {"stopped_until_retest", "maintenance"}
_PLATFORM = "linux"


def context(settings: Settings, device: str, results: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
    """Return the values that do not come from the finding; None where this desk has none.

    `results` are lines of `deskready.ready/1`.
    """
    both: tuple[Printer | Scanner, ...] = (*settings.printer, *settings.scanner)
    devices = {each.device_id: each for each in both}
    own = devices.get(device)
    substitute = _substitute(own, devices, results)
    return {
        "device": own.name if own else device.partition(":")[2] or None,
        "device_place": (own.place or None) if own else None,
        "substitute": substitute.name if substitute else None,
        "substitute_place": (substitute.place or None) if substitute else None,
        "it_phone": settings.station.it_phone or None,
        "manager_phone": settings.station.manager_phone or None,
    }


def explained(
    answer: Mapping[str, Any], settings: Settings, procedure: Procedure, lang: Lang
) -> tuple[str, ...]:
    """Return the lines that say why a light has its colour and what to do; no line comes twice.

    `answer` is a `deskready.ready/1`.
    """
    lines = (
        line for reason in answer["reasons"] for line in _reason(reason, answer, settings, procedure, lang)
    )
    return tuple(dict.fromkeys(lines))


def _reason(
    reason: Mapping[str, Any], answer: Mapping[str, Any], settings: Settings, procedure: Procedure, lang: Lang
) -> list[str]:
    """Say one reason: a fault's card, an open question, or a rule in words."""
    rule, _, question = reason["code"].partition(".")
    if question in procedure.attestations:
        asked = words.question(procedure.attestations[question], procedure, lang)
        return [
            f"  {words.reason(rule, lang)}：{asked}"
            if lang == "zh"
            else f"  {words.reason(rule, lang)}: {asked}"
        ]
    found = finding(reason, answer)
    if found is None:
        title = procedure.checks[reason["check"]].title if reason["check"] in procedure.checks else None
        what = words.text(title, lang) if title else (reason["device"] or "").partition(":")[2]
        where = f"{what}: " if what else ""
        return [f"  {where}{words.reason(reason['code'], lang)}"]
    told = card(procedure, settings, reason["device"], found, usable(answer), lang)
    steps = [f"    {number}. {step}" for number, step in enumerate(told.now, 1)]
    return [f"  {told.cause}", *steps, f"    {told.stop}", f"    {told.alternate}"]


def card(
    procedure: Procedure,
    settings: Settings,
    device: str,
    finding: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]],
    lang: Lang,
) -> words.Card:
    """Return the fault card of one finding with all that this desk knows."""
    values = {**context(settings, device, results), **finding["values"]}
    return words.card(procedure.faults[finding["code"]], values, lang, _PLATFORM)


def finding(reason: Mapping[str, Any], answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the finding behind a reason of the light; None where a rule or a question is behind it."""
    for line in answer["results"]:
        if (line["check"], line["device"]) == (reason["check"], reason["device"]):
            for one in line["findings"]:
                if one["code"] == reason["code"]:
                    found: Mapping[str, Any] = one
                    return found
    return None


def usable(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the results of devices that may be used: none that is under repair or waits for its retest."""
    out = {reason["device"] for reason in answer["reasons"] if reason["code"] in _OUT_OF_USE}
    return [line for line in answer["results"] if line["device"] not in out]


def called(settings: Settings, device: str, lang: Lang) -> str:
    """Return what people call a device, by its place: "前台打印机"; "" for the computer and its network."""
    kind, _, name = device.partition(":")
    if kind not in reasons.DEVICES or not name:
        return ""
    both: tuple[Printer | Scanner, ...] = (*settings.printer, *settings.scanner)
    place = next((each.place for each in both if each.device_id == device), "")
    word = say(reasons.DEVICES[kind], lang)
    if place:
        return say(mark("{place} {device}"), lang, place=place, device=word)
    return say(mark("{device} “{name}”"), lang, device=word, name=name)


def _substitute(
    own: Printer | Scanner | None,
    devices: Mapping[str, Printer | Scanner],
    results: Sequence[Mapping[str, Any]],
) -> Printer | Scanner | None:
    """Return the first of the device's substitutes that has just been found working."""
    if own is None:
        return None
    kind = own.device_id.partition(":")[0]
    for name in own.substitutes:
        candidate = devices.get(f"{kind}:{name}")
        states = [line["state"] for line in results if line["device"] == f"{kind}:{name}"]
        blocking = [
            line for line in results if line["device"] == f"{kind}:{name}" and line["level"] == "blocking"
        ]
        is_working = bool(blocking) and _WORKS.issuperset(states) and not any(map(_stops, blocking))
        if candidate is not None and is_working:
            return candidate
    return None


def _stops(line: Mapping[str, Any]) -> bool:
    return any(finding["severity"] != "notice" for finding in line["findings"])
