"""What limits are, whatever keeps their tallies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.guard.tallies import LIMITS
from tocsin.guard.errors import Unprocessable
from tocsin.guard.limits import Attempts, Limit, Quota, Rate, Stock, Tally, digest


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (Stock, {"amount": 0}, "x: amount must be a whole number above 0, not 0"),
        (Quota, {"amount": 1, "per": -1}, "x: per must be a whole number above 0, not -1"),
        (Attempts, {"amount": 1.5, "per": 1}, "x: amount must be a whole number above 0, not 1.5"),
        (Rate, {"amount": 1, "per": 1, "burst": 0}, "x: burst must be a whole number above 0"),
        (Rate, {"amount": True, "per": 1}, "x: amount must be a whole number above 0, not True"),
    ],
)
def test_a_limit_that_limits_nothing_is_refused(
    kind: Any, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        kind("x", **given)


@pytest.mark.parametrize("n", [0, -1, True, 1.0, "1", None])
@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_an_amount_is_a_whole_number_above_0(limit: Limit, n: Any) -> None:
    with pytest.raises(Unprocessable, match="an amount is a whole number above 0, not "):
        limit.draw(n, 0)


def test_keys_of_one_limit_are_not_those_of_another() -> None:
    names = {digest(Stock(name, 1), key) for name, key in (("a", "b"), ("ab", ""), ("", "ab"))}
    assert len(names) == 3


def test_any_text_is_a_key() -> None:
    for key in ("", "\0", "\ud800", "ß" * 10_000):
        assert len(digest(LIMITS[0], key)) == 64


def test_what_has_ended_is_all_there_again() -> None:
    for limit in LIMITS:
        assert limit.left(Tally(9, 5), 5) == limit.left(Tally(), 5) > 0
