from __future__ import annotations

import itertools

import pytest

from tocsin.model.http import Request, Response
from tocsin.probe.baseline import Outcome
from tocsin.probe.effect import Change
from tocsin.probe.footprint import (
    MOST,
    Footprint,
    counting,
    label,
    meet,
    of,
    readings,
    shared,
    sole,
)


def reading(path: str, who: str = "alice") -> Request:
    return Request(f"GET {path}", f"GET {path}", "GET", path, identity=who)


def footprint(name: str, changes: dict[Request, str], *silent: Request) -> Footprint:
    request = Request(name, f"POST /{name}", "POST", f"/{name}", identity="alice")
    effect = frozenset(Change(f"{label(read)}{place}", "gains") for read, place in changes.items())
    return Footprint(request, (*changes, *silent), Outcome((200,), effect))


ORDERS, CREDIT, ITEMS = reading("/orders"), reading("/credit"), reading("/items")


def test_cells_are_places_whoever_reads_them() -> None:
    one = footprint("a", {ORDERS: "[].status"})
    other = footprint("b", {reading("/orders", "bob"): "[].status"})
    assert one.cells == other.cells == {("/orders", "[].status")}
    assert meet(one, other)


def test_whole_rows_meet_their_columns_and_columns_each_other_only() -> None:
    rows, status = footprint("a", {ORDERS: "[]"}), footprint("b", {ORDERS: "[].status"})
    name = footprint("c", {ORDERS: "[].name"})
    assert meet(rows, status)
    assert meet(status, rows)
    assert not meet(status, name)
    assert not meet(footprint("d", {CREDIT: " n"}), status)


def test_an_address_that_begins_like_another_is_another() -> None:
    longer = reading("/orders/1")
    change = Change(f"{label(ORDERS)}[].status", "became", "1")
    assert of(frozenset({change}), (ORDERS,)) == {change}
    assert of(frozenset({change}), (longer,)) == frozenset()
    assert of(frozenset({change}), (reading("/orders", "ali"),)) == frozenset()


def test_reads_that_tell_come_first_and_are_bounded() -> None:
    many = {reading(f"/{number}"): " n" for number in range(5)}
    one = footprint("a", many, ORDERS, CREDIT)
    assert one.telling == (*list(many)[:MOST], ORDERS)
    other = footprint("b", {ITEMS: "[]"}, ORDERS)
    known = {each.request: each for each in (one, other)}
    first, second, third = readings(known, (one.request, other.request))
    assert (first, second, third) == (reading("/0"), ITEMS, reading("/1"))


def test_what_is_not_known_may_be_shared() -> None:
    one, other = footprint("a", {ORDERS: "[]"}), footprint("b", {CREDIT: " n"})
    known = {one.request: one}
    assert shared(known, (one.request, other.request))
    known[other.request] = other
    assert not shared(known, (one.request, other.request))


def test_new_rows_are_not_shared_with_who_changes_others() -> None:
    made, again = changing("a", "[]", "gains", "a row"), changing("b", "[].name", "gains", "x")
    gone, named = changing("c", "[]", "loses", "the row 1"), changing("d", "[].name", "became", "x")
    known = {one.request: one for one in (made, again, gone, named)}
    assert shared(known, (made.request, again.request))
    assert shared(known, (gone.request, named.request))
    for new, old in itertools.product((made, again), (gone, named)):
        assert not shared(known, (new.request, old.request))


def test_a_run_seen_by_fewer_reads_has_their_changes() -> None:
    one = footprint("a", {ORDERS: "[]", CREDIT: " n"})
    assert {change.path for change in one.seen_by([CREDIT]).effect} == {"GET /credit as alice n"}


def changing(name: str, place: str, kind: str, value: str = "") -> Footprint:
    request = Request(name, f"POST /{name}", "POST", f"/{name}", identity="alice")
    change = Change(f"{label(ITEMS)}{place}", kind, value)
    return Footprint(request, (ITEMS,), Outcome((200,), frozenset({change})))


def test_endpoints_count_where_all_of_their_requests_do() -> None:
    moved = changing("pay", "[].stock", "by", "-1")
    assert counting({moved.request: moved}) == {"POST /pay"}
    other = changing("give", "[].owner", "became", '"bob"')
    assert counting({moved.request: moved, other.request: other}) == {"POST /pay"}
    renamed = Request("pay more", "POST /pay", "POST", "/pay", identity="bob")
    assert counting({moved.request: moved, renamed: other}) == frozenset()


@pytest.mark.parametrize(
    ("statuses", "known"),
    [((200, 409), True), ((409, 200), False), ((200, 200), False), ((201, 409), False)],
)
def test_what_one_does_and_another_is_refused_is_known(
    statuses: tuple[int, int], known: bool
) -> None:
    one, other = footprint("a", {ORDERS: "[]"}), Request("b", "POST /b", "POST", "/b")
    answers = list(zip((one.request, other), map(Response, statuses), strict=True))
    found = sole(answers, (ORDERS,), {one.request: one})
    assert found == (one.alone.effect if known else None)
    assert sole(answers, (ORDERS, CREDIT), {one.request: one}) is None
