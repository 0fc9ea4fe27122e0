"""Facts that outlive the program: kept as notes, given to the first run after a restart."""

from pathlib import Path

import msgspec

from agent.keepsake import Keepsakes
from agent.plan import Job, plan
from agent.recorder import Recorder
from agent.result import Result
from checks.printer import rows, supplies
from config.devices import Printer
from config.procedure import Procedure, in_force
from config.settings import Settings

FACTS = supplies.Facts(
    supplies=(rows.Supply("1.1", "toner", "black", "K", rows.Level("percent", 50.0)),),
    level_pct=50.0,
    level_known=True,
    told_low=(),
    is_told_low=False,
    history={"1.1": ((20_000, 52.0), (20_001, 50.0))},
    day=20_001,
)


def job_of(check: str, procedure: Procedure) -> Job:
    settings = Settings(printer=(Printer(name="front", host="192.0.2.1"),))
    return next(job for job in plan(procedure, settings) if job.row.id == check)


def result_of(job: Job, facts: msgspec.Struct) -> Result:
    builtins = msgspec.to_builtins(facts)
    return Result(check=job.row.id, device=job.device, level="advisory", state="ok", facts=builtins)


def test_facts_are_there_after_a_restart(tmp_path: Path) -> None:
    procedure = in_force(Settings().procedure)
    job = job_of("printer.supplies", procedure)
    recorder = Recorder(tmp_path, ("1", "x"))
    assert Keepsakes(recorder).recall(job) is None
    Keepsakes(recorder).keep(job, result_of(job, FACTS))
    recorder.close()
    recorder = Recorder(tmp_path, ("1", "x"))
    kept = Keepsakes(recorder).recall(job)
    assert kept is not None
    assert kept.facts == FACTS
    recorder.set_note("kept:printer.supplies:printer:front", '{"of": "another version"}')
    assert Keepsakes(recorder).recall(job) is None
    recorder.close()


def test_only_a_change_is_written_and_only_of_checks_that_ask(tmp_path: Path) -> None:
    procedure = in_force(Settings().procedure)
    supply, status = (job_of(name, procedure) for name in ("printer.supplies", "printer.status"))
    recorder = Recorder(tmp_path, ("1", "x"))
    keepsakes = Keepsakes(recorder)
    keepsakes.keep(supply, result_of(supply, FACTS))
    first = recorder.note("kept:printer.supplies:printer:front")
    keepsakes.keep(supply, result_of(supply, msgspec.structs.replace(FACTS, level_pct=49.0)))
    assert recorder.note("kept:printer.supplies:printer:front") == first
    longer = {"1.1": (*FACTS.history["1.1"], (20_002, 48.0))}
    keepsakes.keep(supply, result_of(supply, msgspec.structs.replace(FACTS, history=longer)))
    assert recorder.note("kept:printer.supplies:printer:front") != first
    keepsakes.keep(status, result_of(status, FACTS))
    assert recorder.note("kept:printer.status:printer:front") is None
    recorder.close()
