"""Runs that differ only in what a database makes up, or in the time of day, have one outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.explore.outcome import Canon, Raw, differing
from tocsin.model.finding import Outcome
from tocsin.model.http import Response
from tocsin.model.table import Row, Table

SHOP = "sqlite:shop.db"
NOW = 1_790_000_000.0
ORDERS = Table("orders", ("id", "customer", "note"), key=("id",), generated=("id",))
LINES = Table(
    "lines",
    ("id", "order_id", "item"),
    key=("id",),
    generated=("id",),
    references=(("order_id", ("orders", "id")),),
)
BEFORE = {SHOP: {"orders": [{"id": 1, "customer": "ann", "note": "old"}], "lines": []}}


def canon(*masks: str) -> Canon:
    tables = {SHOP: {"orders": ORDERS, "lines": LINES}}
    return Canon(tables, {SHOP: dict(BEFORE[SHOP])}, since=NOW, masks=frozenset(masks))


def answers(**bodies: object) -> dict[str, Response]:
    return {name: Response(200, body=json.dumps(body).encode()) for name, body in bodies.items()}


def outcome(
    orders: Sequence[Row] = (), lines: Sequence[Row] = (), *masks: str, **bodies: object
) -> Outcome:
    state: Mapping[str, Mapping[str, Sequence[Row]]] = {
        SHOP: {"orders": [*BEFORE[SHOP]["orders"], *orders], "lines": lines}
    }
    return canon(*masks).outcome(Raw(answers(**bodies), state))


def order(key: int, note: str) -> Row:
    return {"id": key, "customer": "ann", "note": note}


NUMBERS = st.lists(st.integers(2, 10**6), min_size=4, max_size=4, unique=True)


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS)
def test_new_keys_are_what_their_rows_contain(one: list[int], two: list[int]) -> None:
    def run(a: int, b: int, line_a: int, line_b: int) -> Outcome:
        return outcome(
            [order(a, "of A"), order(b, "of B")],
            [
                {"id": line_a, "order_id": a, "item": "pen"},
                {"id": line_b, "order_id": b, "item": "ink"},
            ],
            A={"order_id": a, "lines": [{"line_id": line_a}]},
            B={"order_id": b, "lines": [{"line_id": line_b}]},
        )

    assert run(*one) == run(*two)


def test_rows_that_belong_to_another_order_are_another_outcome() -> None:
    orders = [order(2, "of A"), order(3, "of B")]
    mine = outcome(orders, [{"id": 1, "order_id": 2, "item": "pen"}])
    yours = outcome(orders, [{"id": 1, "order_id": 3, "item": "pen"}])
    assert mine != yours


def test_one_row_more_is_another_outcome() -> None:
    assert outcome([order(2, "x")]) != outcome([order(2, "x"), order(3, "x")])


def test_an_old_key_keeps_its_number() -> None:
    assert outcome(A={"order_id": 1}) != outcome(A={"order_id": 2})


def test_a_number_that_is_no_key_keeps_its_value() -> None:
    two, three = [order(2, "x")], [order(3, "x")]
    assert outcome(two, A={"id": 2}) == outcome(three, A={"id": 3})
    assert outcome(two, A={"left": 2}) != outcome(three, A={"left": 3})


def test_a_key_is_not_mistaken_for_that_of_another_table() -> None:
    """Two requests each make a line and an order; which line gets which number is chance."""
    orders = [order(2, "of A"), order(3, "of B")]

    def run(line_a: int, line_b: int) -> Outcome:
        lines = [
            {"id": line_a, "order_id": 2, "item": "pen"},
            {"id": line_b, "order_id": 3, "item": "ink"},
        ]
        state = {SHOP: {"lines": lines, "orders": [*BEFORE[SHOP]["orders"], *orders]}}
        return canon().outcome(Raw(answers(A={"id": 2}, B={"id": 3}), state))

    assert run(2, 3) == run(3, 2)


def test_what_did_not_change_is_not_in_the_outcome() -> None:
    assert outcome().state == ()


def test_rows_have_no_order() -> None:
    rows = [order(2, "x"), order(3, "y")]
    assert outcome(rows) == outcome(rows[::-1])


def test_masked_fields_do_not_count() -> None:
    masks = ("A.body.token", "orders.note")
    one = outcome([order(2, "x")], [], *masks, A={"token": "u7", "n": 1})
    two = outcome([order(2, "y")], [], *masks, A={"token": "k2", "n": 1})
    assert one == two
    assert one != outcome([order(2, "y")], [], *masks, A={"token": "k2", "n": 2})


def at(seconds: float) -> str:
    return (datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=seconds)).isoformat()


def test_times_of_this_session_are_now() -> None:
    assert outcome([order(2, at(1))], A={"at": at(1)}) == outcome(
        [order(2, at(9))], A={"at": at(9)}
    )


@pytest.mark.parametrize("text", [at(-10 * 86400), "2031-01-01 00:00:00", "x" * 20, "2026-13-45"])
def test_other_times_and_texts_count(text: str) -> None:
    assert outcome(A={"at": text}) != outcome(A={"at": at(0)})


def test_a_failure_is_its_status_and_the_error_s_class() -> None:
    def failed(words: str) -> Outcome:
        response = Response(500, body=b"page 17", error=words)
        return canon().outcome(Raw({"A": response}, {}))

    assert failed("IntegrityError: key 17") == failed("IntegrityError: key 18")
    assert failed("IntegrityError: key 17") != failed("KeyError: 17")


def test_bodies_that_are_not_json_are_compared_as_text() -> None:
    def page(text: bytes) -> Outcome:
        return canon().outcome(Raw({"A": Response(200, body=text)}, {}))

    assert page(b"<h1>1</h1>") == page(b"<h1>1</h1>")
    assert page(b"<h1>1</h1>") != page(b"<h1>2</h1>")
    assert page(b"\xff\xfe") != page(b"")


def raw(note: str, **bodies: object) -> Raw:
    return Raw(answers(**bodies), {SHOP: {"orders": [order(2, note)]}})


@pytest.mark.parametrize(
    ("one", "two", "paths"),
    [
        (raw("x", A={"n": 1}), raw("x", A={"n": 1}), set()),
        (raw("x", A={"n": 1, "m": 1}), raw("x", A={"n": 2, "m": 1}), {"A.body.n"}),
        (raw("x", A=[{"n": 1}, {"n": 2}]), raw("x", A=[{"n": 1}, {"n": 3}]), {"A.body[].n"}),
        (raw("x", A={"n": {"m": 1}}), raw("x", A={"n": {"m": 2}}), {"A.body.n.m"}),
        (raw("x", A={"n": 1}), raw("x", A={"m": 1}), {"A.body"}),
        (raw("x"), raw("y"), {"orders.note"}),
    ],
)
def test_what_differs_between_two_runs_is_named(one: Raw, two: Raw, paths: set[str]) -> None:
    assert differing(one, two) == paths


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from("nmk"), st.integers(0, 3) | st.lists(st.integers(0, 3))),
    st.dictionaries(st.sampled_from("nmk"), st.integers(0, 3) | st.lists(st.integers(0, 3))),
)
def test_what_differs_is_masked_away(one: dict[str, object], two: dict[str, object]) -> None:
    first, second = raw("x", A=one), raw("y", A=two)
    masked = replace(canon(), masks=differing(first, second))
    assert masked.outcome(first) == masked.outcome(second)
