"""The two real servers, each started once for the suites that want it."""

from collections.abc import Iterator

import pytest
from tickets import servers
from tickets.servers import Site


@pytest.fixture(scope="session")
def redmine() -> Iterator[Site]:
    _need("redmine")
    with servers.redmine() as site:
        yield site


@pytest.fixture(scope="session")
def rt() -> Iterator[Site]:
    _need("request-tracker5")
    with servers.rt() as site:
        yield site


def _need(package: str) -> None:
    if package in servers.missing():
        pytest.skip(f"no real {package} here; python tests/tickets/servers.py installs it")
