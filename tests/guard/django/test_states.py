"""State that a request relies on, compared again before it writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from tests.guard.django.models import Order, Refund
from tocsin.guard.django import StateConflictMiddleware, atomic, unchanged
from tocsin.guard.errors import Conflict

BY_ANOTHER = "UPDATE guarded_order SET status = 'shipped' WHERE id = 1"


def order() -> Any:
    return Order.objects.using("guarded").filter(pk=1)


def refunds() -> Any:
    return Refund.objects.using("guarded")


def changed_by_another() -> None:
    """On PostgreSQL only: SQLite lets one write at a time."""
    connection = connections["guarded"].copy()
    with connection.cursor() as cursor:
        cursor.execute(BY_ANOTHER)
    connection.close()


def test_what_stays_as_it_is(database: str) -> None:
    with atomic(database), unchanged(order()) as (rows,):
        assert rows[0][:2] == (1, "alice")
        refunds().create(order_id=1)
    assert refunds().count() == 1


def test_what_it_does_itself_is_its_own_affair(database: str) -> None:
    with atomic(database), unchanged(order()):
        order().update(status="cancelled")
        order().update(note="by phone")
    assert order().get().note == "by phone"


@pytest.mark.postgresql
@pytest.mark.parametrize("writes", [True, False])
def test_what_others_changed_is_a_conflict(place: Any, database: str, writes: bool) -> None:
    if place.backend == "sqlite":
        pytest.skip("one writes at a time there")
    with pytest.raises(Conflict), atomic(database), unchanged(order()):
        changed_by_another()
        if writes:
            refunds().create(order_id=1)
            raise AssertionError
    assert refunds().count() == 0


@pytest.mark.postgresql
def test_who_swallows_the_conflict_gets_no_further(place: Any, database: str) -> None:
    if place.backend == "sqlite":
        pytest.skip("one writes at a time there")
    with pytest.raises(Conflict), atomic(database), unchanged(order()):
        changed_by_another()
        for _ in range(2):
            # By hand: what Django's own verbs raise ends the transaction anyway.
            with pytest.raises(Conflict), connections["guarded"].cursor() as cursor:
                cursor.execute("UPDATE guarded_order SET note = 'mine' WHERE id = 1")
    assert order().get().note == ""


def test_outside_a_transaction_nothing_is_held(database: str) -> None:
    with pytest.raises(RuntimeError, match="transaction"), unchanged(order()):
        raise AssertionError


class Relying(StateConflictMiddleware):
    using = "guarded"

    def states(self, request: HttpRequest) -> Any:
        return [] if "free" in request.GET else [order()]


def refunded(request: HttpRequest) -> HttpResponse:
    refunds().create(order_id=1)
    if "late" in request.GET:
        return HttpResponse(status=400)
    return HttpResponse("done")


def shipped(request: HttpRequest) -> HttpResponse:
    changed_by_another()
    if "writes" in request.GET:
        return refunded(request)
    return HttpResponse("done")


urlpatterns: list[Any] = [path("refunded", refunded), path("shipped", shipped)]


@pytest.fixture
def client(database: str) -> Any:
    middleware = [f"{__name__}.Relying", "tocsin.guard.django.GuardMiddleware"]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware):
        yield Client()


def test_a_request_is_a_transaction(client: Client) -> None:
    assert client.get("/refunded").status_code == 200
    assert client.get("/refunded?late").status_code == 400
    assert client.get("/refunded?free").status_code == 200
    assert refunds().count() == 2


@pytest.mark.postgresql
@pytest.mark.parametrize("address", ["/shipped", "/shipped?writes"])
def test_nothing_is_written(place: Any, client: Client, address: str) -> None:
    if place.backend == "sqlite":
        pytest.skip("one writes at a time there")
    answer = client.get(address)
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert refunds().count() == 0
