import msgspec
import small_procedure as small

from agent.cli import main, ready
from agent.cli.shipped import SERVED_BY, is_built, shipped
from checks import registry
from config import procedure as procedures
from config.coverage import Served, coverage, totals
from config.shipped import Shipped

PROCEDURE = procedures.load()


def by_id(served: tuple[Served, ...]) -> dict[str, Served]:
    return {clause.id: clause for clause in served}


def test_everything_built() -> None:
    served = coverage(small.rows(small.text()), small.SHIPPED_ALL)
    assert totals(served) == {"built": 2, "partly": 0, "missing": 0}
    parts = {(part.mechanism, part.name) for clause in served for part in clause.served_by}
    assert {("check", "lamp.level"), ("maintenance", "wipe_lamp"), ("incident", "LAMP_WEAK")} <= parts
    assert ("guidance", "") in parts


def test_nothing_built() -> None:
    served = coverage(small.rows(small.text()), Shipped())
    assert totals(served) == {"built": 0, "partly": 0, "missing": 2}
    assert {part.state for clause in served for part in clause.served_by} == {"missing"}


def test_each_part_that_is_taken_away_shows() -> None:
    everything = small.SHIPPED_ALL
    for name in everything.parts:
        less = Shipped(everything.checks, parts={k: v for k, v in everything.parts.items() if k != name})
        assert totals(coverage(small.rows(small.text()), less))["partly"] == 1, name
    served = by_id(coverage(small.rows(small.text()), Shipped({}, parts=everything.parts)))
    states = {part.name: part.state for part in served["1.1a"].served_by}
    assert states["lamp.level"] == "missing"
    assert states["preop"] == "missing"  # the test can be run, and tests nothing


def test_a_test_is_as_far_built_as_its_checks() -> None:
    content = small.changed(
        'consent = "none"\nchecks = ["lamp.level"]',
        'consent = "none"\nchecks = ["lamp.level", "lamp.colour"]',
    )
    checks = {"lamp.level": small.SHIPPED_ALL.checks["lamp.level"]}
    served = by_id(coverage(small.rows(content), Shipped(checks, parts=small.SHIPPED_ALL.parts)))
    assert {part.name: part.state for part in served["1.1a"].served_by}["preop"] == "partly"


def test_what_is_switched_off_serves_nobody() -> None:
    content = small.changed('[[check]]\nid = "lamp.level"', '[[check]]\nenabled = false\nid = "lamp.level"')
    clause = by_id(coverage(small.rows(content), small.SHIPPED_ALL))["1.1a"]
    assert clause.state == "partly"
    assert next(part.state for part in clause.served_by if part.name == "lamp.level") == "off"


def test_every_clause_in_force_is_there_and_no_optional_one() -> None:
    served = coverage(PROCEDURE.rows, shipped())
    assert [clause.id for clause in served] == [c.id for c in PROCEDURE.rows.clause if c.enabled]
    assert len(served) == 67
    assert sum(totals(served).values()) == 67
    assert all(clause.served_by for clause in served)


def test_a_check_is_built_just_when_the_registry_holds_it() -> None:
    parts = [part for clause in coverage(PROCEDURE.rows, shipped()) for part in clause.served_by]
    checks = {part.name: part.state for part in parts if part.mechanism == "check"}
    assert len(checks) > 30
    for name, state in checks.items():
        assert (state == "built") == (name in registry.BY_ID), name


def test_a_newly_built_check_changes_the_coverage() -> None:
    """Without the registry's first check the same clauses are less built: the totals follow the code."""
    now = shipped()
    without = {name: check for name, check in now.checks.items() if name != "computer.boot"}
    before = by_id(coverage(PROCEDURE.rows, Shipped(without, parts=now.parts)))
    after = by_id(coverage(PROCEDURE.rows, now))
    changed = {name for name in after if after[name] != before[name]}
    assert changed >= {"2.2", "4.1.1", "5.2.4"}


def test_a_test_is_built_just_when_the_command_runs_it() -> None:
    parts = [part for clause in coverage(PROCEDURE.rows, shipped()) for part in clause.served_by]
    for part in parts:
        if part.mechanism == "test" and part.name not in ready.BUILT_TESTS:
            assert part.state == "missing", part.name
    assert any(part.name == "preop" and part.state != "missing" for part in parts)


def test_a_command_that_says_not_built_yet_serves_nobody() -> None:
    for mechanism, commands in SERVED_BY.items():
        assert set(commands) <= {*main.FAMILIES, *main.NOT_BUILT}
        states = [is_built(command) for command in commands]
        built = shipped().parts.get(mechanism)
        if mechanism != "attestation":
            assert (built == "built") == (bool(states) and all(states)), mechanism
            assert (built is None) == (not any(states)), mechanism
    assert not any(is_built(command) for command in main.NOT_BUILT)
    assert is_built("ready")


def test_the_report_of_an_incident_is_written_by_the_incident() -> None:
    report = by_id(coverage(PROCEDURE.rows, shipped()))["5.2.6"]
    assert (report.state, [(part.mechanism, part.name) for part in report.served_by]) == (
        "built",
        [("report", "reported")],
    )


def test_only_questions_that_the_card_asks_are_built() -> None:
    built = {name for name in shipped().parts if name.startswith("attestation:")}
    asked = {
        f"attestation:{row.id}" for row in PROCEDURE.rows.attestation if row.when in {"work_start", "weekly"}
    }
    assert built == asked
    assert "attestation:scan_clear" not in built


def test_the_parts_have_known_states() -> None:
    for clause in coverage(PROCEDURE.rows, shipped()):
        assert msgspec.json.decode(msgspec.json.encode(clause), type=Served) == clause
