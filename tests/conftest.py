"""What every suite shares: helper modules beside this file, and nothing left out in silence.

A test marked `root` is left out for other users. What is left out is listed at the end of the run, and
with CI=true in the environment it fails the run.
"""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.geteuid() == 0:
        return
    for item in items:
        if item.get_closest_marker("root"):
            item.add_marker(pytest.mark.skip(reason="needs root"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI") == "true" and _left_out(session.config) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reasons = _left_out(config)
    if not reasons:
        return
    terminalreporter.section(f"LEFT OUT: {len(reasons)} tests", bold=True, red=True)
    for reason in sorted(set(reasons)):
        terminalreporter.line(f"{reasons.count(reason):5d}  {reason}")
    if os.environ.get("CI") == "true":
        terminalreporter.line("CI may leave nothing out: this run has failed")


def _left_out(config: pytest.Config) -> list[str]:
    """Return the reason of each skipped test of this run."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    reasons = [report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)]
    return [reason.removeprefix("Skipped: ") for reason in reasons]
