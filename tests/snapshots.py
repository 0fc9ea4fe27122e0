"""Desks as values, for what shows them."""

from datetime import UTC, datetime

from agent.exposition.footprint import Footprint
from agent.exposition.metrics import Snapshot, render
from agent.result import Fault, Result, State, Verdict
from checks.model import Sample

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FAULT = Fault("PRN_JAM", "stop", ("4.1.2a",), {"tray": "2"})


def result(
    check: str = "printer.status", device: str = "printer:front", state: State = "ok", **more: object
) -> Result:
    fields = {"level": "blocking", "measured_at": AT, "took_s": 0.25, **more}
    return Result(check=check, device=device, state=state, **fields)  # type: ignore[arg-type]


def snapshot(*results: Result, **more: object) -> Snapshot:
    verdict = Verdict("amber", AT, 3, 4, ())
    return Snapshot(**{"verdict": verdict, "results": results, "version": "0.1.0", **more})  # type: ignore[arg-type]


def page(*results: Result, **more: object) -> bytes:
    return render(snapshot(*results, **more))[0]


def supplies(count: int = 4) -> tuple[Sample, ...]:
    return tuple(
        Sample(metric, 0.5, {"supply": f"1.{number}", "kind": "toner", "colour": "black"})
        for number in range(1, count + 1)
        for metric in ("deskready_printer_supply_ratio", "deskready_printer_supply_days_left")
    )


def whole_desk() -> Snapshot:
    """Return the desk of the golden page: a jam, a warning, something unknown, something not set up."""
    return snapshot(
        result(state="fail", findings=(FAULT,), samples=(Sample("deskready_printer_pages_total", 12345),)),
        result("printer.supplies", state="warn", samples=supplies(1)),
        result("network.gateway", "network", "unknown", reason="icmp.timeout"),
        result("environment.temperature", "sensor", "off", reason="not_configured"),
        result(
            "thermal.temperature",
            "computer",
            samples=(Sample("deskready_temperature_celsius", 41.5, {"sensor": "cpu"}),),
        ),
        refused={("metrics", "host"): 2},
        samples=(Sample("deskready_incidents_open", 1, {"severity": "stop"}),),
        footprint=Footprint(
            resident_bytes=25_000_000, cpu_s=1.5, started_s=1.7e9, threads_count=4, open_fds_count=12
        ),
    )
