import ast
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import exposition
import pytest
import tree
from snapshots import result, snapshot, supplies

from agent.exposition import footprint, lastpage, metrics
from agent.exposition.families import BY_NAME, FAMILIES, OWN
from agent.exposition.metrics import Page
from checks.model import Sample
from config import procedure

GOLDEN = Path(__file__).parents[2] / "golden" / "metrics.txt"
IN_THE_CONTRACT = 'deskready_printer_supply_days_left use base unit "seconds" instead of "days"'
# What a desk without settings does not have.
NOT_SET_UP = (
    "scanner.",
    "environment.",
    "network.core_system",
    "software.core_login",
    "software.modules",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["golden", "first", "hostile"])
def test_promtool_finds_nothing_wrong(name: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool (Debian: prometheus)")
    hostile = Page()
    hostile.update(snapshot(result(device='p"\n\x00\udcff', samples=supplies())))
    text = {
        "golden": GOLDEN.read_bytes(),
        "first": Page(lastpage.NOTHING_KNOWN).read(),
        "hostile": hostile.read(),
    }[name]
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    complaints = (done.stdout + done.stderr).decode().splitlines()
    assert [line for line in complaints if line != IN_THE_CONTRACT] == []
    broken = subprocess.run(
        [promtool, "check", "metrics"], input=text + text, capture_output=True, check=False
    )
    assert broken.returncode != 0


def test_a_default_desk_stays_in_its_budget() -> None:
    """Every check of the procedure with one printer of four toners, three sensors and two network targets."""
    rows = procedure.load().checks
    samples = {
        "printer.supplies": supplies(),
        "printer.status": (Sample("deskready_printer_pages_total", 1),),
        "thermal.temperature": tuple(
            Sample("deskready_temperature_celsius", 40, {"sensor": f"cpu{n}"}) for n in range(3)
        ),
        "thermal.fan": (Sample("deskready_fan_rpm", 900, {"sensor": "fan1"}),),
        "network.stability": tuple(
            Sample("deskready_network_round_trip_seconds", 0.01, {"target": target, "quantile": quantile})
            for target in ("gateway", "internet")
            for quantile in ("0.5", "0.9", "0.99")
        ),
    }
    results = [
        result(
            check,
            "off" if check.startswith(NOT_SET_UP) else "here",
            "off" if check.startswith(NOT_SET_UP) else "ok",
            samples=samples.get(check, ()),
        )
        for check in rows
    ]
    shown = Page()
    shown.update(snapshot(*results, footprint=footprint.read()))
    count = len(exposition.series(shown.read()))
    print(f"{count} series for {len(results)} checks")
    assert len(results) > 30
    assert count <= 250


def test_the_content_type_is_the_one_of_the_format() -> None:
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4  # noqa: PLC0415  as the page does

    assert metrics.CONTENT_TYPE == CONTENT_TYPE_PLAIN_0_0_4


def test_names_follow_the_conventions_of_prometheus() -> None:
    names = [family.name for family in (*FAMILIES, *OWN)]
    assert len(set(names)) == len(names)
    for family in (*FAMILIES, *OWN):
        assert family.name.endswith("_total") == (family.type == "counter"), family.name
        assert family.help.endswith("."), family.name


def sample_names(module: ast.Module) -> Iterator[str]:
    """Yield the metric names that a check's source gives to Sample."""
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Sample"
            and node.args
        ):
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value


def test_checks_yield_only_metrics_of_the_contract() -> None:
    used = {(name, metric) for name, module in tree.modules().items() for metric in sample_names(module)}
    assert len(used) > 5
    assert [pair for pair in sorted(used) if pair[1] not in BY_NAME] == []
    assert list(sample_names(ast.parse("Sample('deskready_x', 1)"))) == ["deskready_x"]


def test_the_footprint_is_this_process() -> None:
    reading = footprint.read()
    assert 5e6 < reading.resident_bytes < 1e9
    assert reading.threads_count >= 1
    assert reading.open_fds_count is not None
    with GOLDEN.open("rb"):
        assert footprint.read().open_fds_count == reading.open_fds_count + 1
