"""The list of drivers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.stores import registry
from tocsin.stores.registry import DATABASES, Database
from tocsin.testing.recording import RecordingControl


@pytest.mark.parametrize("database", DATABASES, ids=lambda database: database.name)
def test_every_adapter_conforms_in_a_test_of_its_own(database: Database) -> None:
    file = database.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    test = Path(__file__).with_name(f"test_{file}.py").read_text(encoding="utf-8")
    assert "run_check(" in test
    assert database.name in database.modules


def test_no_driver_is_imported_before_it_is_instrumented() -> None:
    drivers = {module for database in DATABASES for module in database.modules} - {"sqlite3"}
    code = (
        "import sys; from tocsin.stores import registry; registry.installed();"
        f"assert not {drivers!r} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_driver_that_is_missing_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda name: name == "sqlite3" or None)
    assert [database.name for database in registry.installed()] == ["sqlite3"]


def test_all_are_instrumented_and_put_back() -> None:
    import sqlite3

    before = sqlite3.connect
    with registry.instrument(RecordingControl()):
        assert sqlite3.connect is not before
    assert sqlite3.connect is before


def test_a_driver_is_instrumented_as_soon_as_it_is_imported() -> None:
    code = """
import sys
from tocsin.stores import registry
from tocsin.testing.recording import RecordingControl

with registry.instrument(RecordingControl()), registry.instrument(RecordingControl()):
    assert "asyncpg" not in sys.modules
    from asyncpg.connect_utils import _connect_addr, __dict__ as names
    assert "asyncpg.py" in _connect_addr.__code__.co_filename.rpartition("stores")[2]
assert "tocsin" not in names["_connect_addr"].__code__.co_filename
"""
    subprocess.run([sys.executable, "-c", code], check=True)
