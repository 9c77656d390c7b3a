"""One conditional UPDATE, on real databases."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.db.models import Q

from tests.guard.django.models import Order, Refund
from tocsin.guard.django import transition
from tocsin.guard.errors import Conflict, Missing, Unprocessable
from tocsin.guard.transitions import transitions

TABLE = transitions({"pending": ["shipped", "cancelled"]})


def test_the_row_as_it_then_is(database: str) -> None:
    order = transition(
        Order.objects.using(database), 1, from_="pending", to="cancelled", values={"note": "late"}
    )
    assert (order.status, order.note) == ("cancelled", "late")
    assert Order.objects.using(database).get(pk=1).status == "cancelled"


def test_it_moves_once(database: str) -> None:
    orders = Order.objects.using(database)
    transition(orders, 1, to="cancelled", table=TABLE)
    with pytest.raises(Conflict, match="this order is cancelled and cannot become shipped"):
        transition(orders, 1, to="shipped", table=TABLE)


@pytest.mark.parametrize("key", [9, None])
def test_no_such_row(database: str, key: object) -> None:
    with pytest.raises(Missing):
        transition(Order.objects.using(database), key, to="cancelled", table=TABLE)


def test_a_row_of_others_is_missing_or_a_conflict(database: str) -> None:
    orders = Order.objects.using(database)
    with pytest.raises(Missing):
        transition(orders.filter(buyer="mallory"), 1, to="cancelled", table=TABLE)
    with pytest.raises(Conflict):
        transition(orders, 1, to="cancelled", table=TABLE, where=Q(buyer="mallory"))
    assert orders.get(pk=1).status == "pending"


def test_a_state_that_nothing_leads_to(database: str) -> None:
    orders = Order.objects.using(database)
    with pytest.raises(Conflict):
        transition(orders, 2, to="pending", table=TABLE)
    with pytest.raises(Unprocessable):
        transition(orders, 1, to="lost", table=TABLE)


def test_what_was_done_before_the_refusal_is_undone(database: str) -> None:
    with pytest.raises(Conflict), transaction.atomic(using=database):
        Refund.objects.using(database).create(order_id=2)
        transition(Order.objects.using(database), 2, from_="pending", to="cancelled")
    assert Refund.objects.using(database).count() == 0


def test_conditions_on_other_tables_are_refused() -> None:
    from django.contrib.auth.models import User

    with pytest.raises(ValueError, match="columns of User itself"):
        transition(User.objects.filter(groups__name="billing"), 1, field="email", from_="a", to="b")


def test_a_model_a_manager_a_queryset_and_nothing_else() -> None:
    with pytest.raises(TypeError, match="not str"):
        transition("orders", 1, from_="a", to="b")
