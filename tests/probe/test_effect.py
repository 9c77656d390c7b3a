from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.http import Response
from tocsin.probe.effect import Change, content, effect, masks, unmasked

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "n", "name"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def said(before: object, after: object) -> list[str]:
    return sorted(map(str, effect({"GET /x": before}, {"GET /x": after})))


@given(JSON)
def test_what_is_the_same_has_not_changed(value: object) -> None:
    assert effect({"x": value}, {"x": copy.deepcopy(value)}) == frozenset()


@given(JSON, JSON)
def test_what_is_different_has_changed(before: object, after: object) -> None:
    assert bool(effect({"x": before}, {"x": after})) == (_plain(before) != _plain(after))


def _plain(value: object) -> object:
    """Equality of JSON: ``true`` is no 1, rows in another order are the same rows."""
    if isinstance(value, list):
        return ("list", sorted(repr(_plain(one)) for one in value))
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if one is not None}
    return (type(value) is bool, value)


def test_numbers_change_by_something() -> None:
    assert said({"balance": 100}, {"balance": 20}) == ["GET /x balance changes by -80"]
    assert said({"balance": 0.3}, {"balance": 0.1}) == ["GET /x balance changes by -0.2"]


def test_rows_are_matched_by_their_keys() -> None:
    before = [{"id": 1, "status": "pending"}, {"id": 2, "status": "pending"}]
    after = [{"id": 2, "status": "pending"}, {"id": 1, "status": "cancelled"}]
    assert said(before, after) == ['GET /x[].status becomes "cancelled"']


def test_new_rows_are_told_without_their_keys() -> None:
    assert said([{"id": 1, "n": 5}], [{"id": 1, "n": 5}, {"id": 9, "n": 6}, {"id": 8, "n": 6}]) == [
        "GET /x[] gains a row, 2 times",
        "GET /x[].n gains 6, 2 times",
    ]


def test_lost_rows_are_named() -> None:
    assert said([{"id": 1}], []) == ["GET /x[] loses the row with id 1"]


def test_values_without_keys_are_counted() -> None:
    assert said(["a", "a"], ["a", "b"]) == ['GET /x[] gains "b"', 'GET /x[] loses "a"']


def test_what_repeats_do_not_agree_on_is_masked() -> None:
    one = effect({"x": {"at": 1, "n": 1}}, {"x": {"at": 5, "n": 2}})
    other = effect({"x": {"at": 1, "n": 1}}, {"x": {"at": 9, "n": 2}})
    hidden = masks([one, other])
    assert hidden == {"x at"}
    assert unmasked(one, hidden) == unmasked(other, hidden) == {Change("x n", "by", "+1")}


def test_failures_are_their_status_alone() -> None:
    assert content(Response(404, body=b'{"trace": 1}')) == "answers 404"
    assert content(Response(200, body=b'{"n": 1}')) == {"n": 1}
    assert content(Response(200, body=b"<html>")) == "<html>"
