"""Where values come from, in which order."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.scenario.people import identity
from tocsin.model.http import Identity, Operation
from tocsin.model.table import Row, Table
from tocsin.scenario import words
from tocsin.scenario.containers import rows_of
from tocsin.scenario.knowledge import Knowledge
from tocsin.scenario.values import Origin, candidates, wanted

ALICE = identity("alice", basic=("alice", "secret"))
BOB = identity("bob", basic=("bob", "secret"))
TABLES = (
    Table("users", ("id", "username", "email"), ("id",), ("id",), unique=(("username",),)),
    Table("shop_order", ("id", "owner_id", "status"), ("id",), ("id",)),
    Table("coupons", ("code", "max_uses"), ("code",)),
    Table("items", ("id", "name", "owner"), ("id",), ("id",)),
)
ROWS: dict[str, list[Row]] = {
    "users": [
        {"id": 1, "username": "bob", "email": "bob@example.net"},
        {"id": 2, "username": "alice", "email": "alice@example.net"},
    ],
    "shop_order": [
        {"id": 10, "owner_id": 1, "status": "pending"},
        {"id": 11, "owner_id": 2, "status": "pending"},
    ],
    "coupons": [{"code": "WELCOME", "max_uses": 1}],
    "items": [
        {"id": 5, "name": "lamp", "owner": "bob"},
        {"id": 6, "name": "bell", "owner": "alice"},
    ],
}
DATABASE = Knowledge(
    tables={table.name: table for table in TABLES}, rows=ROWS, identities=(ALICE, BOB)
)


def values(
    endpoint: str,
    name: str,
    schema: dict[str, Any] | None = None,
    who: Identity = ALICE,
    knowledge: Knowledge = DATABASE,
    count: int = 3,
) -> list[object]:
    method, _, path = endpoint.partition(" ")
    what = wanted(Operation(method, path), name, schema or {}, in_path="{" + name + "}" in path)
    found = candidates(what, knowledge.seen_by(who))
    return [one.value for one in itertools.islice(found, count)]


@pytest.mark.parametrize(
    ("endpoint", "name", "first"),
    [
        ("POST /orders/{order_id}/cancel", "order_id", [11, 10]),
        ("POST /orders/{id}/cancel", "id", [11, 10]),
        ("GET /orders/{whatever}", "whatever", [11, 10]),
        ("POST /redeem", "code", ["WELCOME"]),
        ("POST /redeem", "coupon_code", ["WELCOME"]),
        ("POST /users/{username}/demote", "username", ["alice", "bob"]),
        ("POST /transfer", "to", ["bob", "alice"]),
        ("POST /promote", "target", ["bob", "alice"]),
        ("GET /users/{user_id}", "user_id", [2, 1]),
        ("GET /items/{itemId}", "itemId", [6, 5]),
    ],
)
def test_rows(endpoint: str, name: str, first: list[object]) -> None:
    assert values(endpoint, name, count=len(first)) == first


def test_order_of_sources() -> None:
    schema = {"type": "integer", "examples": [99], "default": 98}
    known = Knowledge(params={"order_id": [7]}, tables=DATABASE.tables, rows=ROWS)
    found = values("GET /orders/{order_id}", "order_id", schema, knowledge=known, count=6)
    assert found[:3] == [7, 99, 98]
    assert found[3:5] == [11, 10]
    assert len(set(found)) == 6


def test_values_are_of_the_declared_type() -> None:
    text = values("GET /orders/{order_id}", "order_id", {"type": "string"}, count=2)
    assert text == ["11", "10"]
    assert "WELCOME" not in values("POST /redeem", "code", {"type": "integer"})


def test_what_is_written_is_new() -> None:
    assert values("POST /users", "username", count=1) == ["alice"]  # names a user: may be taken
    assert values("PUT /items/{item_id}", "name", {"type": "string"}, count=1) == ["tocsin"]
    assert values("GET /items", "name", {"type": "string"}, count=1) == ["bell"]


def test_names_without_rows() -> None:
    nothing = Knowledge(identities=(ALICE, BOB))
    assert values("POST /x", "amount", {}, knowledge=nothing, count=1) == [1]
    assert values("POST /x", "contact_email", {}, knowledge=nothing, count=1) == [
        "tocsin@example.com"
    ]
    assert values("POST /x", "recipient", {}, knowledge=nothing, count=2) == ["bob", "alice"]


def test_origins_tell_guesses() -> None:
    what = wanted(Operation("GET", "/docs/{doc_id}"), "doc_id", {"type": "integer"}, in_path=True)
    found = next(candidates(what, DATABASE.seen_by(ALICE)))
    assert (found.value, found.origin, found.origin.guessed) == (1, Origin.SCHEMA, True)


def test_rows_that_belong_to_the_identity_come_first() -> None:
    assert values("GET /orders/{order_id}", "order_id", who=BOB, count=2) == [10, 11]


def test_containers_in_memory_are_tables() -> None:
    rows = {
        "shop.state.orders_db": rows_of({1: {"owner": "bob"}, 2: {"owner": "alice"}}),
        "shop.state.cards": rows_of({"GIFT": 100}),
    }
    known = Knowledge(rows=rows)
    assert values("GET /orders/{order_id}", "order_id", knowledge=known, count=2) == [2, 1]
    assert values("POST /giftcards/{number}/spend", "number", knowledge=known, count=1) == ["GIFT"]


@pytest.mark.parametrize(
    ("plural", "one"),
    [("orders", "order"), ("addresses", "address"), ("categories", "category"), ("boxes", "box")],
)
def test_singular(plural: str, one: str) -> None:
    assert words.noun(plural) == one


@pytest.mark.parametrize(
    ("table", "noun", "rank"),
    [
        ("orders", "order", 0),
        ("public.orders", "order", 0),
        ("gift_cards", "giftcard", 0),
        ("shop_order", "order", 1),
        ("users_db", "user", 2),
        ("cards", "giftcard", 3),
        ("border", "order", None),
    ],
)
def test_closeness(table: str, noun: str, rank: int | None) -> None:
    assert words.closeness(table, noun) == rank
