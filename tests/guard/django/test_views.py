"""Rights around views and class-based views."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.test import Client, override_settings
from django.urls import path
from django.views import View

from tests.guard.django.models import Order, Refund
from tocsin.guard.django import AuthorizedMixin, Grant, authorized_view, owns


def own_order(request: HttpRequest, order: int) -> Grant:
    return owns(Order.objects.using("guarded"), order, buyer=request.headers["me"])


@authorized_view(own_order, into="row")
def noted(request: HttpRequest, order: int, row: Order) -> HttpResponse:
    Refund.objects.using("guarded").create(order_id=row.pk)
    if "fails" in request.headers:
        raise LookupError
    return HttpResponse("done")


@authorized_view(own_order)
def bare(request: HttpRequest, order: int) -> HttpResponse:
    return HttpResponse(str(order))


class Noted(AuthorizedMixin, View):
    def get_grant(self) -> Grant:
        return own_order(self.request, **self.kwargs)

    def post(self, request: HttpRequest, order: int) -> HttpResponse:
        assert self.granted.pk == order
        return HttpResponse("done")

    def get(self, request: HttpRequest, order: int) -> HttpResponse:
        template = engines["django"].from_string("{{ order.buyer }}")
        return SimpleTemplateResponse(template, {"order": self.granted})


class Forgotten(AuthorizedMixin, View):
    pass


urlpatterns: list[Any] = [
    path("function/<int:order>", noted),
    path("bare/<int:order>", bare),
    path("class/<int:order>", Noted.as_view()),
    path("forgotten", Forgotten.as_view()),
]


@pytest.fixture
def client(database: str) -> Any:
    templates = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
    with override_settings(
        ROOT_URLCONF=__name__,
        MIDDLEWARE=["tocsin.guard.django.GuardMiddleware"],
        TEMPLATES=templates,
    ):
        yield Client()


@pytest.mark.parametrize("address", ["/function/", "/class/", "/bare/"])
def test_who_may_and_who_may_not(client: Client, address: str) -> None:
    assert client.post(f"{address}1", headers={"me": "alice"}).status_code == 200
    assert client.post(f"{address}1", headers={"me": "mallory"}).status_code == 403
    assert client.post(f"{address}9", headers={"me": "alice"}).status_code == 404


def test_a_view_that_fails_has_done_nothing(client: Client) -> None:
    with pytest.raises(LookupError):
        client.post("/function/1", headers={"me": "alice", "fails": "yes"})
    assert Refund.objects.using("guarded").count() == 0


def test_templates_are_rendered_inside(client: Client) -> None:
    assert client.get("/class/1", headers={"me": "alice"}).content == b"alice"


def test_a_view_without_a_right_is_an_error(client: Client) -> None:
    with pytest.raises(NotImplementedError, match="get_grant"):
        client.get("/forgotten")


def test_coroutines_are_refused() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    with pytest.raises(TypeError, match="coroutines"):
        authorized_view(own_order)(view)
