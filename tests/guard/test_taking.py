"""What is asked of a row, and how it is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tocsin.guard.errors import Conflict, Missing, Unprocessable
from tocsin.guard.taking import Amount, taking


@pytest.mark.parametrize(
    "n", [0, -1, True, 1.5, "2", None, Decimal(0), Decimal("NaN"), Decimal("sNaN")]
)
def test_an_amount_is_a_number_above_0(n: Amount) -> None:
    with pytest.raises(Unprocessable, match="above 0"):
        taking(n, left="balance", used=None, most=None)


@pytest.mark.parametrize(
    ("left", "used", "most"),
    [(None, None, None), ("a", "b", "c"), (None, "b", None), ("a", None, "c"), (None, None, 3)],
)
def test_columns_that_do_not_say_what_is_left(
    left: str | None, used: str | None, most: str | None
) -> None:
    with pytest.raises(ValueError, match="what is left"):
        taking(1, left=left, used=used, most=most)


@pytest.mark.parametrize("n", [2**53, Decimal("Infinity")])
def test_no_row_has_that_much(n: Amount) -> None:
    assert not taking(n, left="balance", used=None, most=None).possible


def test_a_refusal_says_what_is_left() -> None:
    balance = taking(3, left="balance", used=None, most=None)
    assert isinstance(balance.refusal("account", None), Missing)
    told = balance.refusal("account", (2,))
    assert isinstance(told, Conflict)
    assert told.detail == "account: 2 left, 3 asked for"
    assert balance.refusal("account", (None,)).detail == "account: 0 left, 3 asked for"


@pytest.mark.parametrize(("most", "found"), [("most", (4, 5)), (5, (4,))])
def test_what_is_left_of_what_is_used(most: str | int, found: tuple[int, ...]) -> None:
    asked = taking(2, left=None, used="used", most=most)
    assert asked.refusal("coupon", found).detail == "coupon: 1 left, 2 asked for"
