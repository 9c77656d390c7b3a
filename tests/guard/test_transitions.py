"""Tables of transitions, and what cannot be one."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.guard.errors import Conflict, Missing, Unprocessable
from tocsin.guard.transitions import refusal, sources, transitions

Status = Literal["pending", "paid", "shipped", "cancelled"]
ORDERS = transitions(
    {"pending": ("paid", "cancelled"), "paid": ("shipped", "cancelled")}, states=Status
)


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


def test_what_a_state_may_follow() -> None:
    assert ORDERS.into("cancelled") == ("pending", "paid")
    assert ORDERS.into("shipped") == ("paid",)
    assert ORDERS.into("pending") == ()


def test_a_state_that_is_none() -> None:
    with pytest.raises(Unprocessable, match="lost is not one of pending, paid"):
        ORDERS.into("lost")


def test_states_of_an_enum() -> None:
    table = transitions({Light.RED: [Light.GREEN], Light.GREEN: [Light.RED]}, states=Light)
    assert table.into(Light.GREEN) == (Light.RED,)


def test_states_of_a_pydantic_model() -> None:
    from pydantic import BaseModel

    class Change(BaseModel):
        status: Status

    table = transitions({"pending": ["paid"]}, states=Change.model_fields["status"].annotation)
    assert table.into("paid") == ("pending",)
    assert table.into("shipped") == ()


@pytest.mark.parametrize("states", [Status, ("pending", "paid")])
def test_a_typing_error_is_no_rule(states: object) -> None:
    with pytest.raises(ValueError, match="canceled: not among the states"):
        transitions({"pending": ["canceled"]}, states=states)


def test_states_that_are_none() -> None:
    with pytest.raises(ValueError, match="an Enum, a Literal, or the states"):
        transitions({"pending": ["paid"]}, states=3)


STATES = st.sampled_from("abcd")


@given(st.dictionaries(STATES, st.frozensets(STATES)))
def test_a_table_says_no_more_and_no_less_than_its_moves(moves: dict[str, frozenset[str]]) -> None:
    moves = {before: after - {before} for before, after in moves.items()}
    table = transitions(moves, states="abcd")
    for after in "abcd":
        assert set(table.into(after)) == {b for b in moves if after in moves[b]}


def test_sources() -> None:
    assert sources("pending", "paid", None) == ("pending",)
    assert sources(["pending", "paid"], "cancelled", None) == ("pending", "paid")
    assert sources(None, "cancelled", ORDERS) == ("pending", "paid")
    assert sources("paid", "cancelled", ORDERS) == ("paid",)
    assert sources(1, 2, None) == (1,)


@pytest.mark.parametrize(
    ("from_", "to", "table"),
    [
        (None, "paid", None),
        ("paid", "paid", None),
        (("pending", "paid"), "paid", None),
        ("shipped", "cancelled", ORDERS),
    ],
)
def test_what_protects_nothing(from_: object, to: object, table: object) -> None:
    with pytest.raises(ValueError, match=r"comes from|follow"):
        sources(from_, to, table)  # type: ignore[arg-type]


def test_why_nothing_was_changed() -> None:
    assert isinstance(refusal("order", None, "paid", ("pending",)), Missing)
    other = refusal("order", ("shipped",), "paid", ("pending",))
    assert isinstance(other, Conflict)
    assert other.detail == "this order is shipped and cannot become paid"
    assert "now" in refusal("light", (Light.RED,), Light.GREEN, (Light.RED,)).detail
