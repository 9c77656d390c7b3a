"""Which window of the source is the cause of which proven race."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.scan.places import CANCEL, SHIP, at, proven, ref, suspected
from tocsin.model.finding import Finding
from tocsin.model.window import Site
from tocsin.scan.matching import same_race

WINDOW = suspected(at(26), at(31))


def test_the_same_lines_are_the_same_race() -> None:
    assert same_race(WINDOW, proven(at(26), at(31)))


@pytest.mark.parametrize(
    "raced",
    [
        proven(at(26), at(16, "refund")),  # written by a helper, when the session flushes
        proven(at(40, "may_cancel"), at(31)),  # checked by a helper
        proven(at(24), at(33)),  # another read of the same function, written on commit
        proven(at(26), None),
        proven(None, at(28)),
    ],
    ids=["use elsewhere", "check elsewhere", "overlap", "no use", "no check"],
)
def test_for_an_endpoint_of_both_one_line_or_a_common_stretch_is_enough(raced: Finding) -> None:
    assert same_race(WINDOW, raced)


@pytest.mark.parametrize(
    "raced",
    [
        proven(at(40), at(45)),  # further down in the function
        proven(at(26, path="shop/refunds.py"), at(31, path="shop/refunds.py")),
        proven(at(26, "other"), at(16, "refund"), SHIP, SHIP),
        proven(at(60, "ship"), at(64, "ship"), SHIP, SHIP),
        proven(None, at(16, "refund")),
        proven(None, None, SHIP, SHIP),
    ],
    ids=["below", "another file", "another endpoint", "another function", "helper", "nowhere"],
)
def test_other_code_is_another_race(raced: Finding) -> None:
    assert not same_race(WINDOW, raced)


def test_the_same_code_is_the_same_race_under_a_name_that_source_does_not_know() -> None:
    mounted = "POST /api/v2/orders/{order_id}/cancel"
    assert same_race(WINDOW, proven(at(26), at(31), mounted, mounted))
    assert not same_race(WINDOW, proven(at(24), at(33), mounted, mounted))


def test_names_of_parameters_do_not_matter() -> None:
    typed = CANCEL.replace("order_id", "pk")
    assert same_race(WINDOW, proven(at(26), at(16, "refund"), typed, typed))


def test_a_function_without_a_route_may_be_anybodys() -> None:
    helper = suspected(at(14, "refund"), at(18, "refund"), "shop.orders.refund")
    assert same_race(helper, proven(at(14, "refund"), at(19, "refund"), SHIP, CANCEL))


def test_a_pair_with_the_same_cause_counts() -> None:
    raced = proven(at(26), at(16, "refund"), SHIP, SHIP, also=((ref(CANCEL), ref(SHIP)),))
    assert same_race(WINDOW, raced)


def test_one_check_of_a_decorator_is_behind_each_of_its_uses() -> None:
    check, promote = at(51, "checked", "shop/auth.py"), "POST /users/{username}/promote"
    delete = "DELETE /items/{item_id}"
    used = Site(delete, check, at(72, "delete_item", "shop/things.py"))
    window = suspected(check, at(44, "promote"), promote, delete, more=(used,))
    inner = replace(check, function="role_required.<locals>.decorate.<locals>.checked")
    assert same_race(window, proven(inner, used.use, delete, delete))
    assert same_race(window, proven(inner, at(44, "promote"), promote, promote))


def test_a_nested_function_is_named_in_two_ways() -> None:
    outer = suspected(at(26, "inner"), at(31, "inner"))
    assert same_race(outer, proven(at(27, "outer.<locals>.inner"), at(29, "outer.<locals>.inner")))


def test_what_a_library_does_alone_matches_by_endpoint_and_anomaly() -> None:
    blind = proven(None, None)
    assert same_race(WINDOW, blind)
    assert not same_race(WINDOW, replace(blind, anomaly="crash under concurrency"))


def test_a_deadlock_is_not_what_was_tested() -> None:
    assert not same_race(WINDOW, replace(proven(at(26), at(31)), anomaly="deadlock"))
