"""Refusals answered by Django REST framework, after the rollback."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from django.test import Client, override_settings
from django.urls import path
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from tests.guard.django.models import Refund
from tocsin.guard.errors import Conflict

HANDLER = "tocsin.guard.django.drf.exception_handler"


@api_view(["GET"])
@authentication_classes([])
@permission_classes([])
def refunded(request: Request) -> Response:
    Refund.objects.using("guarded").create(order_id=1)
    raise Conflict("no")


@api_view(["GET"])
@authentication_classes([])
@permission_classes([])
def nothing(request: Request) -> Response:
    raise NotFound


urlpatterns: list[Any] = [path("refunded", refunded), path("nothing", nothing)]


@pytest.mark.parametrize(
    "settings",
    [
        {"REST_FRAMEWORK": {"EXCEPTION_HANDLER": HANDLER}},
        {"MIDDLEWARE": ["tocsin.guard.django.GuardMiddleware"]},
    ],
    ids=["handler", "middleware"],
)
def test_a_request_that_is_a_transaction_is_rolled_back(
    database: str, settings: dict[str, Any]
) -> None:
    connections[database].settings_dict["ATOMIC_REQUESTS"] = True
    with override_settings(ROOT_URLCONF=__name__, **settings):
        answer = Client().get("/refunded")
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert Refund.objects.using(database).count() == 0


def test_other_errors_stay_the_frameworks() -> None:
    with override_settings(ROOT_URLCONF=__name__, REST_FRAMEWORK={"EXCEPTION_HANDLER": HANDLER}):
        answer = Client().get("/nothing")
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not found."}
