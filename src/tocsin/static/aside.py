"""Which files are no part of the application."""

from __future__ import annotations

from tocsin.source.files import SourceFile

_ASIDE = frozenset(
    {"tests", "test", "testing", "migrations", "alembic", "benchmarks", "docs", "commands"}
)


def aside(file: SourceFile) -> bool:
    """Tests and migrations are no part of the application."""
    name = file.parts[-1]
    return (
        bool(_ASIDE & set(file.parts[:-1]))
        or any(part.endswith("_tests") for part in file.parts[:-1])
        or name.startswith("test_")
        or name.endswith("_test.py")
        or name in {"conftest.py", "tests.py"}
    )
