"""What the user asserts of the state that requests leave behind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """SQL that must return no row. ``database`` says which, where the app has several."""

    sql: str
    database: str = ""

    def __str__(self) -> str:
        return " ".join(self.sql.split())


Invariant = str | Query
"""``module:function``, which raises or returns False where it is broken; or a query."""
