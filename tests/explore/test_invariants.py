"""What the user asserts is looked at in the right database, and what is wrong is said in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import pytest

from tocsin.errors import UsageError
from tocsin.explore.invariants import asked, called
from tocsin.explore.state.base import BadQuery, Database
from tocsin.model.invariant import Query
from tocsin.model.table import Row

OVERDRAWN = Query("SELECT id\n  FROM accounts WHERE balance < 0")


@dataclass(frozen=True)
class Tables:
    """A database that knows one table, with or without a row that should not be."""

    name: str
    row: Row | None = None

    def first_row(self, sql: str) -> Row | None:
        if self.name not in sql:
            raise BadQuery("no such table")
        return self.row


def complaint(query: Query, **databases: Tables) -> str:
    known = {f"sqlite:{name}": cast("Database", one) for name, one in databases.items()}
    return asked(query, lambda: known).complaint()


def refusal(query: Query, **databases: Tables) -> str:
    with pytest.raises(UsageError) as refused:
        complaint(query, **databases)
    return refused.value.message


def test_no_row_is_no_complaint() -> None:
    assert complaint(OVERDRAWN, bank=Tables("accounts")) == ""


def test_the_first_row_is_shown() -> None:
    said = complaint(OVERDRAWN, bank=Tables("accounts", {"id": 1}))
    assert said == 'SELECT id FROM accounts WHERE balance < 0 returned {"id": 1}'


def test_the_database_that_has_the_tables_is_asked() -> None:
    said = complaint(OVERDRAWN, log=Tables("lines"), bank=Tables("accounts", {"id": 1}))
    assert said.endswith('returned {"id": 1}')


@pytest.mark.parametrize("name", ["bank", "sqlite:bank"])
def test_the_database_can_be_named(name: str) -> None:
    both = {"bank": Tables("accounts"), "copy": Tables("accounts", {"id": 1})}
    assert complaint(Query(OVERDRAWN.sql, name), **both) == ""


def test_two_databases_that_could_be_meant_are_an_error() -> None:
    said = refusal(OVERDRAWN, bank=Tables("accounts"), copy=Tables("accounts"))
    assert "sqlite:bank and sqlite:copy could both be meant" in said


def test_the_database_s_own_words_say_what_is_wrong() -> None:
    said = refusal(OVERDRAWN, log=Tables("lines"))
    assert said == f"invariant {OVERDRAWN}: sqlite:log says: no such table"


def test_an_unknown_database_is_an_error_that_names_those_there_are() -> None:
    said = refusal(Query("SELECT 1", "shop"), bank=Tables("accounts"))
    assert said.endswith("needs database 'shop', and the app has opened sqlite:bank")
    assert refusal(OVERDRAWN).endswith("needs a database, and the app has opened none")


def fails() -> None:
    raise AssertionError("2 of 1 left")


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda: None, ""),
        (bool, "shop:sound"),
        (fails, "shop:sound: 2 of 1 left"),
    ],
)
def test_functions_complain_by_raising_or_with_false(
    function: Callable[[], object], said: str
) -> None:
    assert called("shop:sound", function).complaint() == said


def test_a_function_that_cannot_tell_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"invariant shop:sound failed: KeyError: 'x'"):
        called("shop:sound", lambda: {}["x"]).complaint()
