"""Looks after a run whether what the user asserts still holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tocsin.errors import UsageError
from tocsin.explore.state.base import BadQuery, Database
from tocsin.model import invariant as words
from tocsin.model.table import Row


@dataclass(frozen=True, slots=True)
class Invariant:
    """An invariant as the user gave it, and how to look.

    ``complaint`` says what is wrong in a few words, nothing if it holds; it raises `UsageError`
    when that cannot be told.
    """

    given: words.Invariant
    complaint: Callable[[], str]


def asked(query: words.Query, databases: Callable[[], Mapping[str, Database]]) -> Invariant:
    """A query as an invariant; the databases are those open when it is asked."""

    def complaint() -> str:
        row = _first_row(query, databases())
        return "" if row is None else f"{query} returned {json.dumps(row, default=str)}"

    return Invariant(query, complaint)


def called(name: str, call: Callable[[], object]) -> Invariant:
    """A function of the user's as an invariant."""

    def complaint() -> str:
        try:
            return name if call() is False else ""
        except (AssertionError, SystemExit) as error:
            return f"{name}: {' '.join(str(error).split())}".removesuffix(": ")
        except Exception as error:
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise UsageError(f"invariant {name} failed: {reason}") from error

    return Invariant(name, complaint)


def _first_row(query: words.Query, databases: Mapping[str, Database]) -> Row | None:
    """The query's first row, from the only database that it can be asked of."""
    chosen = {
        store: database
        for store, database in databases.items()
        if query.database in {"", store, store.partition(":")[2]}
    }
    if not chosen:
        known = ", ".join(databases) or "none"
        where = f"database {query.database!r}" if query.database else "a database"
        raise UsageError(f"invariant {query}: needs {where}, and the app has opened {known}")
    rows: dict[str, Row | None] = {}
    refusals: dict[str, str] = {}
    for store, database in chosen.items():
        try:
            rows[store] = database.first_row(query.sql)
        except BadQuery as error:
            refusals[store] = f"{store} says: {error}"
    if not rows:
        raise UsageError(f"invariant {query}: {'; '.join(refusals.values())}")
    if len(rows) > 1:
        raise UsageError(
            f"invariant {query}: {' and '.join(rows)} could both be meant: write "
            '{ sql = "…", database = "…" }'
        )
    return next(iter(rows.values()))
