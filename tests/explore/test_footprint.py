"""What a request touches, and whose way it gets in."""

from __future__ import annotations

import pytest

from tests.explore.histories import history
from tocsin.explore.footprint import Footprint
from tocsin.model.access import Access, Item, Mode


def footprint(told: str) -> Footprint:
    return Footprint.of(history(told))


def test_accesses_are_kept_in_order_each_once() -> None:
    print_ = footprint("r(A,x) w(A,y) r(A,x) c(A)")
    assert [(access.verb, access.item.name) for access in print_.accesses] == [
        ("select", "x"),
        ("update", "y"),
    ]
    assert print_.operations == 3


@pytest.mark.parametrize(
    ("told", "writes", "inserts_after_check", "writes_after_check"),
    [
        ("r(A,x) c(A)", False, False, False),
        ("w(A,x) c(A)", True, False, False),
        ("r(A,x) w(A,x) c(A)", True, False, True),
        ("r(A,x) w(A,y) c(A)", True, False, False),
        ("r(A,x) i(A,x) c(A)", True, True, True),
        ("i(A,x) c(A)", True, False, False),
    ],
)
def test_patterns(
    told: str, writes: bool, inserts_after_check: bool, writes_after_check: bool
) -> None:
    print_ = footprint(told)
    assert print_.writes is writes
    assert print_.inserts_after_check() is inserts_after_check
    assert print_.writes_after_check() is writes_after_check


@pytest.mark.parametrize(
    ("one", "other", "conflicts"),
    [
        ("r(A,x)", "r(B,x)", 0),
        ("r(A,x)", "w(B,x)", 1),
        ("r(A,x) w(A,x)", "r(B,x) w(B,x)", 3),
        ("w(A,x)", "w(B,y)", 0),
    ],
)
def test_conflicts(one: str, other: str, conflicts: int) -> None:
    assert len(footprint(one).conflicts(footprint(other))) == conflicts
    assert len(footprint(other).conflicts(footprint(one))) == conflicts


def test_rows_that_differ_do_not_conflict() -> None:
    def of_order(number: int) -> Footprint:
        row = (("id", frozenset({number})),)
        return Footprint((Access(Item("db", "orders", row), Mode.WRITE, "update"),), 1)

    assert of_order(1).conflicts(of_order(1))
    assert not of_order(1).conflicts(of_order(2))


def test_only_what_is_in_memory_is_memory() -> None:
    inside = Access(Item("memory", "stock"), Mode.WRITE)
    outside = Access(Item("sqlite:shop.db", "stock"), Mode.WRITE)
    assert Footprint((inside, outside), 2).memory == (inside,)
