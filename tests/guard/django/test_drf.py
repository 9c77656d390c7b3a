"""Refusals answered by Django REST framework, after the rollback."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from django.test import Client, override_settings
from django.urls import path
from rest_framework import routers, serializers, viewsets
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.guard.django.models import Order, Refund, Staff
from tocsin.guard.django.drf import AtomicMixin, Authorized, OwnedMixin
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


class Serializer(serializers.ModelSerializer[Order]):
    class Meta:
        model = Order
        fields = ("id", "note")


class Orders(OwnedMixin, viewsets.ModelViewSet):  # type: ignore[type-arg]
    using = "guarded"
    queryset = Order.objects.using("guarded").order_by("id")
    serializer_class = Serializer
    authentication_classes = ()
    permission_classes = ()

    def owned(self, rows: Any) -> Any:
        return rows.filter(buyer=self.request.headers.get("me"))

    def perform_update(self, serializer: Any) -> None:
        super().perform_update(serializer)
        if serializer.instance.note == "half":
            raise NotFound


class OpenOrders(Orders):
    secret = False


class ForStaff(AtomicMixin, APIView):
    using = "guarded"
    authentication_classes = ()
    permission_classes = (Authorized,)

    def get_grant(self) -> Any:
        name = self.request.headers.get("me")
        staff = Staff.objects.using("guarded").filter(username=name, role="manager")
        return None if name == "root" else staff

    def post(self, request: Request) -> Response:
        Refund.objects.using("guarded").create(order_id=1)
        if "fails" in request.headers:
            raise NotFound
        return Response({})


class NoTransaction(ForStaff):
    dispatch = APIView.dispatch


router = routers.SimpleRouter()
router.register("orders", Orders, basename="orders")
router.register("open", OpenOrders, basename="open")
urlpatterns += [
    *router.urls,
    path("staff", ForStaff.as_view()),
    path("loose", NoTransaction.as_view()),
]


@pytest.fixture
def client(database: str) -> Any:
    handler = {"EXCEPTION_HANDLER": HANDLER, "UNAUTHENTICATED_USER": None}
    with override_settings(ROOT_URLCONF=__name__, REST_FRAMEWORK=handler):
        yield Client(headers={"me": "alice"})


def test_lists_have_ones_own_only(client: Client) -> None:
    assert [order["id"] for order in client.get("/orders/").json()] == [1]


def test_objects_of_others(client: Client) -> None:
    for method in (client.get, client.put, client.patch, client.delete):
        assert method("/orders/2/").status_code == 404
        assert method("/open/2/").status_code == 403
        assert method("/open/9/").status_code == 404
    assert Order.objects.using("guarded").count() == 2


def test_ones_own_can_be_changed(client: Client) -> None:
    def change(note: str) -> int:
        body = {"note": note}
        return client.patch("/orders/1/", body, content_type="application/json").status_code

    assert change("mine") == 200
    assert change("half") == 404
    assert Order.objects.using("guarded").get(pk=1).note == "mine"
    assert client.delete("/orders/1/").status_code == 204


def test_a_permission_class(client: Client) -> None:
    assert client.post("/staff").status_code == 403
    assert client.post("/staff", headers={"me": "carol"}).status_code == 200
    assert client.post("/staff", headers={"me": "carol", "fails": "yes"}).status_code == 404
    assert client.post("/staff", headers={"me": "root"}).status_code == 200
    assert Refund.objects.using("guarded").count() == 2


def test_a_right_that_nothing_holds_is_an_error(client: Client) -> None:
    with pytest.raises(RuntimeError, match="lasts as long as its transaction"):
        client.post("/loose", headers={"me": "carol"})
