"""Refusals answered by Django, after the rollback."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path

from tests.guard.django.models import Refund
from tocsin.guard.errors import Conflict, TooMany

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
HERE = {"ROOT_URLCONF": __name__, "MIDDLEWARE": ["tocsin.guard.django.GuardMiddleware"]}


def limited(request: HttpRequest) -> HttpResponse:
    raise TooMany("twice a minute", retry_after=30)


async def waiting(request: HttpRequest) -> HttpResponse:
    raise Conflict("the order is shipped")


def broken(request: HttpRequest) -> HttpResponse:
    raise LookupError("no guard")


def refunded(request: HttpRequest) -> HttpResponse:
    Refund.objects.using("guarded").create(order_id=1)
    raise Conflict("no")


def refunded_in_a_block(request: HttpRequest) -> HttpResponse:
    with transaction.atomic(using="guarded"):
        return refunded(request)


urlpatterns: list[Any] = [
    path("limited", limited),
    path("waiting", waiting),
    path("broken", broken),
    path("refunded", refunded),
    path("block", refunded_in_a_block),
]


@pytest.fixture(autouse=True)
def settings() -> Any:
    with override_settings(**HERE):
        yield


def test_a_problem_with_its_headers() -> None:
    answer = Client().get("/limited")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "30"
    assert answer["Content-Type"] == "application/problem+json"


async def asked(address: str) -> Any:
    return await AsyncClient().get(address)


@pytest.mark.parametrize("address", ["/waiting", "/limited"])
def test_under_asgi(address: str) -> None:
    import asyncio

    assert asyncio.run(asked(address)).status_code in {409, 429}


def test_other_errors_are_not_its_own() -> None:
    with pytest.raises(LookupError):
        Client().get("/broken")


def test_a_block_is_rolled_back(database: str) -> None:
    assert Client().get("/block").status_code == 409
    assert Refund.objects.using(database).count() == 0


def test_a_request_that_is_a_transaction_is_rolled_back(database: str) -> None:
    connections[database].settings_dict["ATOMIC_REQUESTS"] = True
    assert Client().get("/refunded").status_code == 409
    assert Refund.objects.using(database).count() == 0
