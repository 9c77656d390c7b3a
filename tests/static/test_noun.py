"""What is quick to make is still compared, hashed and replaced by its fields."""

from __future__ import annotations

from dataclasses import fields, replace

from tocsin.model.location import Location
from tocsin.static.effect import Effect, Kind
from tocsin.static.value import Dep, Value


def test_equal_fields_are_one() -> None:
    assert Dep(1, "stock") == Dep(1, "stock") != Dep(2, "stock")
    assert len({Dep(1, "stock"), Dep(1, "stock"), Dep(1, "price")}) == 2


def test_replacing_leaves_the_first_alone() -> None:
    first = Value("order", type="Order")

    second = replace(first, term="other")

    assert (first.term, second.term, second.type) == ("order", "other", "Order")


def test_there_is_no_room_for_other_fields() -> None:
    effect = Effect(Kind.READ, Location("shop.py", 1))

    assert not hasattr(effect, "__dict__")
    assert {each.name for each in fields(effect)} >= {"kind", "at", "guards"}
