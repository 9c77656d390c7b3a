"""What the command imports before there is work: help is quick, and engines stay in the workers."""

from __future__ import annotations

import subprocess
import sys

import pytest

_ENGINE = (
    *("tocsin.explore.session", "tocsin.explore.jobs", "tocsin.explore.worker"),
    "tocsin.static",
)
_HEAVY = ("asyncio", "greenlet", "psycopg", "pytest", "sqlglot", "time_machine")


def imported_by(statement: str, *asked: str) -> list[str]:
    """Which of the modules asked for a fresh interpreter has after the statement."""
    code = f"{statement}\nimport sys\nprint(*(m for m in {asked!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_help_imports_neither_configuration_nor_reports() -> None:
    found = imported_by("import tocsin.cli.main", "msgspec", "rich", "tocsin.scan", "tocsin.config")
    assert found == []


@pytest.mark.parametrize("module", ["tocsin.cli.scanning", "tocsin.cli.replaying"])
def test_the_side_that_asks_imports_no_engine(module: str) -> None:
    assert imported_by(f"import {module}", "rich", *_ENGINE, *_HEAVY) == []


def test_a_worker_imports_no_reports_and_does_not_look_like_a_test() -> None:
    entered = """
from tocsin.explore.determinism import Streams, deterministic
import tocsin.explore.worker, tocsin.explore.jobs
with deterministic(Streams(0, 0), lambda: None):
    pass
"""
    asked = ("time_machine", "pytest", "rich", "click", "msgspec", "tocsin.report")
    assert imported_by(entered, *asked) == ["time_machine"]
