"""What a row has is taken from in one UPDATE, on real databases."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from tests.guard.django.models import Coupon, Refund, Wallet
from tocsin.guard.django import take
from tocsin.guard.errors import Conflict, Missing, Unprocessable


def test_of_what_is_left(database: str) -> None:
    wallets = Wallet.objects.using(database)
    assert take(wallets, "alice", 70, left="balance").balance == 30
    with pytest.raises(Conflict, match="wallet: 30 left, 31 asked for"):
        take(wallets, "alice", 31, left="balance")
    assert take(wallets, "alice", 30, left="balance").balance == 0
    assert wallets.get(pk="alice").balance == 0


@pytest.mark.parametrize("most", ["most", 3])
def test_of_what_is_used(database: str, most: str | int) -> None:
    coupons = Coupon.objects.using(database)
    assert take(coupons, "TEN", 2, used="used", most=most).used == 2
    with pytest.raises(Conflict, match="coupon: 1 left, 2 asked for"):
        take(coupons, "TEN", 2, used="used", most=most)
    assert take(coupons, "TEN", used="used", most=most).used == 3


def test_nothing_is_left_of_nothing(database: str) -> None:
    with pytest.raises(Conflict, match="0 left"):
        take(Wallet.objects.using(database), "bob", left="balance")


@pytest.mark.parametrize("n", [2**15, 2**31, 2**53 - 1, 2**53, 2**70])
def test_more_than_a_field_holds(database: str, n: int) -> None:
    with pytest.raises(Conflict):
        take(Wallet.objects.using(database), "alice", n, left="balance")
    with pytest.raises(Conflict):
        take(Coupon.objects.using(database), "TEN", n, used="used", most="most")
    with pytest.raises(Missing):
        take(Wallet.objects.using(database), "nobody", n, left="balance")


def test_decimals(database: str) -> None:
    wallets = Wallet.objects.using(database)
    assert take(wallets, "alice", Decimal("9.99"), left="euros").euros == Decimal("0.01")
    with pytest.raises(Conflict):
        take(wallets, "alice", Decimal("0.02"), left="euros")


def test_wrong_amounts_fields_and_rows(database: str) -> None:
    wallets = Wallet.objects.using(database)
    with pytest.raises(Unprocessable):
        take(wallets, "alice", 0, left="balance")
    with pytest.raises(ValueError, match="what is left"):
        take(wallets, "alice", most="balance")
    with pytest.raises(Missing):
        take(wallets.filter(username="bob"), "alice", left="balance")
    with pytest.raises(TypeError, match="not str"):
        take("wallets", "alice", left="balance")
    assert wallets.get(pk="alice").balance == 100


def test_what_was_done_before_the_refusal_is_undone(database: str) -> None:
    with pytest.raises(Conflict), transaction.atomic(using=database):
        Refund.objects.using(database).create(order_id=2)
        take(Wallet.objects.using(database), "alice", 101, left="balance")
    assert Refund.objects.using(database).count() == 0
