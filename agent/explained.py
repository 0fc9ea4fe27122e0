"""One result of one check with everything about it, for IT: for the command line and the page. Pure.

Secrets of the target are hidden; a community that everybody knows is said to be so.
"""

import sys
from collections.abc import Sequence

import msgspec

from agent import words
from agent.plan import Job
from agent.result import Fault, Result
from agent.telling import context
from agent.words import Lang
from checks.model import Sample
from config.procedure import Procedure
from config.settings import Settings

_HIDDEN = "••••"
_SECRET_FIELDS = ("community", "auth", "privacy")
_PLATFORM = "windows" if sys.platform == "win32" else "linux"


class Finding(msgspec.Struct, frozen=True):
    """One fault: its code and values for IT, and the sentences that the broker reads."""

    code: str
    severity: str
    clauses: tuple[str, ...]
    values: str
    texts: tuple[str, ...]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `facts` are name and JSON; `state` and `reason` are codes, `reason_words` says the latter."""

    check: str
    title: str
    device: str
    target: str
    params: str
    level: str
    interval_s: float
    timeout_s: float
    state: str
    reason: str
    reason_words: str
    took_ms: float
    facts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    samples: tuple[str, ...]
    log: tuple[str, ...]


def explained(
    job: Job,
    result: Result,
    procedure: Procedure,
    settings: Settings,
    lang: Lang,
    log: Sequence[str] = (),
) -> Explained:
    """Write one result out; `log` is what the program logged meanwhile."""
    return Explained(
        check=job.row.id,
        title=words.text(job.row.title, lang),
        device=job.device,
        target=_target(job.target),
        params=_json(job.params),
        level=job.row.level,
        interval_s=job.row.interval_s,
        timeout_s=job.row.timeout_s,
        state=result.state,
        reason=result.reason or "",
        reason_words=words.reason(result.reason, lang) if result.reason else "",
        took_ms=round(result.took_s * 1000, 1),
        facts=tuple((name, _json(value)) for name, value in result.facts.items()),
        findings=tuple(
            _finding(fault, result.device, procedure, settings, lang) for fault in result.findings
        ),
        samples=tuple(_sample(sample) for sample in result.samples),
        log=tuple(log),
    )


def _finding(fault: Fault, device: str, procedure: Procedure, settings: Settings, lang: Lang) -> Finding:
    values = {**context(settings, device, []), **fault.values}
    card = words.card(procedure.faults[fault.code], values, lang, _PLATFORM)
    texts = (card.cause, *card.now, card.stop, card.alternate)
    return Finding(fault.code, fault.severity, fault.clauses, _json(fault.values), texts)


def _sample(sample: Sample) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
    return f"{sample.metric}{{{labels}}} {sample.value:g}"


def _target(target: object) -> str:
    """Write the target with its secrets hidden."""
    if target is None:
        return "not set up"
    tree = msgspec.to_builtins(target)
    snmp = tree.get("snmp") if isinstance(tree, dict) else None
    if isinstance(snmp, dict):
        for name in _SECRET_FIELDS:
            is_default = name == "community" and snmp[name] == "public"
            snmp[name] = "public (default community)" if is_default else snmp[name] and _HIDDEN
    return _json(tree)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
