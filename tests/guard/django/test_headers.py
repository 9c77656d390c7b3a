"""Preconditions of a request."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from tocsin.guard.django import preconditions
from tocsin.guard.preconditions import tag


def versioned(request: HttpRequest) -> HttpResponse:
    if request.method == "PUT":
        preconditions(request, required=True)
        return HttpResponse()
    preconditions(request).read(tag(3))
    return HttpResponse("3", headers={"ETag": str(tag(3))})


urlpatterns: list[Any] = [path("", versioned)]


@pytest.fixture(autouse=True)
def settings() -> Any:
    middleware = ["tocsin.guard.django.GuardMiddleware"]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware):
        yield


def test_conditional_get() -> None:
    first = Client().get("/")
    again = Client().get("/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == '"3"'


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 428), ({"If-Match": "3"}, 400), ({"If-Match": '"3"'}, 200)]
)
def test_writing(headers: dict[str, str], status: int) -> None:
    assert Client().put("/", headers=headers).status_code == status
