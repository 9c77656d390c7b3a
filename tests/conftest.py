"""Servers that are shared by the tests of many folders, and a loud word where one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings

from tocsin.testing import servers

# The same examples every time, however busy the machine is.
settings.register_profile(
    "tocsin", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tocsin")

_MISSING = "NOT TESTED, a server is missing: "


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[servers.MariaDB]:
    """A MariaDB of our own, started when the first test asks for it."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(servers.mariadb())
        except servers.ServerMissing as missing:
            pytest.skip(f"{_MISSING}{missing}")
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.Redis]:
    """A Redis of our own, started when the first test asks for it."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(servers.redis())
        except servers.ServerMissing as missing:
            pytest.skip(f"{_MISSING}{missing}")
        yield server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which servers were missing where nobody overlooks it: a skip is a quiet letter."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())]
    reasons = [text.partition(_MISSING)[2].rstrip("')") for text in skipped if _MISSING in text]
    for reason in dict.fromkeys(reasons):
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{reasons.count(reason)} tests need a server: {reason}", red=True)
