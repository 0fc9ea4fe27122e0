"""Every fault of the procedure as its card, with values as they come up in an office. For people and tests.

`python tests/gallery.py FOLDER` writes gallery-zh.html and gallery-en.html there.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from agent.clock import Instant
from agent.incidents import view
from agent.incidents.model import Transition, fold
from agent.incidents.notes import Desk
from agent.incidents.retest import Proof, Requirement
from agent.incidents.substitute import Substitute
from agent.page import card, render
from agent.page.asked import Asked, Shown
from agent.page.views.fault import View
from agent.result import Fault, Result
from agent.tickets.outbox import Remote
from agent.words import Lang
from config import procedure as procedures
from config.devices import Printer, Scanner
from config.tables import Settings, Station

PROCEDURE = procedures.load()
NOW = Instant(datetime(2026, 11, 20, 2, 17, tzinfo=UTC), 5000.0, "boot")
FOUND = Instant(NOW.utc - timedelta(minutes=4), 4760.0, "boot")
SETTINGS = Settings(
    station=Station(name="desk-07", site="sh-1", lang="zh", it_phone="8001", manager_phone="8100"),
    printer=(
        Printer(name="front", place="前台", host="192.0.2.20", substitutes=("finance",)),
        Printer(name="finance", place="财务室", host="192.0.2.21"),
    ),
    scanner=(
        Scanner(name="front", place="前台", sane="test:0", substitutes=("office",)),
        Scanner(name="office", place="综合办", sane="test:1"),
    ),
)
DEVICES: Mapping[str, str] = {
    "printer": "printer:front",
    "scanner": "scanner:front",
    "core_system": "system:core",
}
VALUES: Mapping[str, Any] = {
    "tray": "2",
    "paper_size": "A4",
    "alert": "出纸盒已满",
    "minutes": 12,
    "kind": "toner",
    "colour": "black",
    "days_left": 4,
    "loss": 8.5,
    "reason": "timeout",
    "module": "claims",
    "status": "500",
    "seconds": 9,
    "app": "Excel",
    "time": "11-20 09:03",
    "count": 2,
    "drive": "/home",
    "free_bytes": 1_800_000_000,
    "offset_s": 420,
    "pct": 14,
    "days": 9,
    "service": "print_spooler",
    "c": 88,
    "error": "进纸中断",
    "choices": "stripes,faded",
}
CHOICES = {"ENV_CONDITIONS": "dark,stuffy"}


NAME = "01JD3V7Q2M9K8H5X4B6N0RPRNJ"


def fault_tree(code: str, *, is_told: bool = False) -> dict[str, Any]:
    """One open incident of a fault, as `deskready.incidents/1` shows it four minutes after it was found."""
    body = _found(code)
    row, key = PROCEDURE.faults[code], (body["check"], body["device"])
    due = None if row.ticket == "none" else "2026-11-20T02:20:00Z"
    why = "not_for_it" if row.route != "it" else row.ticket
    plan = {"note": "none" if due is None else "open", "why": why, "due": due}
    history = [Transition(NAME, "detected", FOUND, body=body), Transition(NAME, "recorded", FOUND, body=plan)]
    if is_told:
        told = {"sink": "redmine", "remote_id": "4711"}
        history.append(Transition(NAME, "notified", FOUND, body=told))
    incident = fold(tuple(history))
    assert incident is not None
    around = view.Around(
        need=Requirement(row.retest, (key,), (), 2),
        proof=Proof((), (), is_passed=False, waits_for=(), rows_left=()),
        substitutes=tuple(_substitutes(body["device"])),
        tickets=(Remote("redmine", "4711", "https://it.example.cn/issues/4711", "open"),) if is_told else (),
        is_saved=True,
    )
    return view.full(incident, around, Desk("desk-07", "sh-1", {}), PROCEDURE, NOW)


def _found(code: str) -> dict[str, Any]:
    """What a fault's "detected" holds."""
    row = PROCEDURE.faults[code]
    check = next((one.id for one in PROCEDURE.checks.values() if code in one.faults), row.retest)
    device = DEVICES.get(row.device, row.device)
    return {
        "key": f"dr1:sh-1/desk-07/{device}:{check}:{code}",
        "check": check,
        "device": device,
        "fault": code,
        "level": "blocking",
        "severity": row.severity,
        "source": "check" if check in PROCEDURE.checks else "person",
        "clauses": [one.id for one in PROCEDURE.clauses.values() if code in one.faults],
        "values": VALUES | {"choices": CHOICES.get(code, VALUES["choices"])},
        "facts": {},
        "is_flapping": False,
    }


def fault_card(code: str, lang: Lang, **more: Any) -> card.Card:
    """The card of one fault."""
    tree = fault_tree(code, **more)
    row = PROCEDURE.faults[code]
    newest = Result(
        check=tree["check"],
        device=tree["device"],
        level="blocking",
        state="fail",
        findings=(Fault(code, row.severity, (), {}),),
        measured_at=NOW.utc - timedelta(seconds=12),
    )
    is_by_machine = tree["check"] in PROCEDURE.checks
    return card.card(tree, newest if is_by_machine else None, SETTINGS, PROCEDURE, lang)


def part(code: str, lang: Lang, **more: Any) -> str:
    """The card of one fault as it stands in the page."""
    station: Any = SimpleNamespace(settings=SETTINGS)
    asked = Asked(path=f"/fault/{code}", lang=lang, by="broker", now=NOW)
    it = Shown("fault.html", View(fault_card(code, lang, **more)))
    html = render.shown(station, asked, it, here=asked.path, token="", is_part=True, light=None).decode()
    return html[html.index("</title>") + len("</title>") :]


def document(lang: Lang, codes: Iterator[str] | None = None) -> str:
    """All cards on one page, with the page's own style."""
    css = (Path(render.__file__).parent / "static/deskready.css").read_text(encoding="utf-8")
    shown = list(codes) if codes is not None else list(PROCEDURE.faults)
    cards = "".join(f'<div class="one" id="{code}">{part(code, lang)}</div>' for code in shown)
    return (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>deskready</title><style>{css}</style></head><body><main>{cards}</main></body></html>"
    )


def _substitutes(device: str) -> Iterator[Substitute]:
    if device == "printer:front":
        yield Substitute("printer:finance", "finance", "财务室", 12.0)
    if device == "scanner:front":
        yield Substitute("scanner:office", "office", "综合办", 48.0)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for lang in ("zh", "en"):
        (folder / f"gallery-{lang}.html").write_text(document(lang), encoding="utf-8")
