"""A compiled driver is noticed when it is used, and not before; each in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest

_PROGRAM = """
import json
from contextlib import nullcontext
from tocsin.stores.compiled import watching
from tocsin.testing.recording import RecordingControl

control = RecordingControl()
{before}
with watching(control, {drivers}) as compiled:
    {imports}
    imported = dict(compiled.used())
    with {who}:
        {use}
    used = dict(compiled.used())
{after}
print(json.dumps([imported, used, list(control.escapes)]))
"""
APSW = {"apsw": "apsw"}


def told(
    imports: str,
    use: str = "pass",
    *,
    before: str = "",
    after: str = "",
    drivers: dict[str, str] = APSW,
    requested: bool = False,
) -> Any:
    """What was used after the import and after the use, and what escaped from a request."""
    program = _PROGRAM.format(
        before=before,
        imports=imports,
        use=textwrap.indent(textwrap.dedent(use), " " * 8).strip(),
        after=after,
        drivers=drivers,
        who="control.request()" if requested else "nullcontext()",
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "imports",
    [
        "import apsw",
        "from apsw import Connection, Error",
        "import apsw.ext",
        "import apsw; apsw.SQLITE_OK, issubclass(apsw.Connection, object)",
    ],
)
def test_a_driver_that_is_imported_is_not_used(imports: str) -> None:
    assert told(imports) == [{}, {}, []]


@pytest.mark.parametrize(
    ("imports", "use", "what"),
    [
        ("import apsw", "apsw.Connection(':memory:')", "apsw.Connection"),
        ("from apsw import Connection as C", "C(':memory:')", "apsw.Connection"),
        ("import apsw", "apsw.apsw_version()", "apsw.apsw_version"),
        (
            "import apsw",
            """
            class Mine(apsw.Connection):
                pass

            assert isinstance(Mine(':memory:'), apsw.Connection)
            """,
            "apsw.Connection",
        ),
    ],
)
def test_a_call_into_it_is_a_use(imports: str, use: str, what: str) -> None:
    reason = f"is used ({what}): it reaches its database past the instruments"
    assert told(imports, use) == [{}, {"apsw": reason}, []]
    assert told(imports, use, requested=True) == [
        {},
        {"apsw": reason},
        [f"apsw: {reason}"],
    ]


def test_what_it_makes_works_as_ever() -> None:
    use = """
    connection = apsw.Connection(':memory:')
    assert isinstance(connection, apsw.Connection)
    assert list(connection.execute('SELECT 40 + 2')) == [(42,)]
    try:
        connection.execute('SELECT')
    except apsw.SQLError:
        pass
    """
    assert told("import apsw", use)[1].keys() == {"apsw"}


def test_one_that_was_imported_before_may_be_used_already() -> None:
    imported, used, _ = told("import apsw", before="import apsw")
    assert "loaded before tocsin was there" in imported["apsw"]
    assert used == imported


def test_one_that_has_no_compiled_module_cannot_be_watched() -> None:
    imported, _, _ = told("import colorsys", drivers={"colorsys": "colours"})
    assert "loaded, and cannot be watched" in imported["colours"]


def test_the_driver_s_own_start_is_no_use() -> None:
    """The package `sqlite3` calls into `_sqlite3` while it is imported."""
    drivers = {"sqlite3": "sqlite", "_sqlite3": "sqlite"}
    imported, used, _ = told("import sqlite3", "sqlite3.connect(':memory:')", drivers=drivers)
    assert imported == {}
    assert "_sqlite3.connect" in used["sqlite"]


def test_everything_is_put_back() -> None:
    kept = "import apsw; stood_in = apsw.Connection"
    after = "assert apsw.Connection is stood_in.__base__, apsw.Connection"
    assert told(kept, after=after) == [{}, {}, []]
