"""Django and REST framework: the URL resolver, views, viewsets, serializers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path, re_path
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django.views.generic import FormView
from rest_framework import serializers, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

from tocsin.frameworks.django import DjangoFramework
from tocsin.frameworks.patterns import NotATemplate, of_regex
from tocsin.frameworks.registry import describe
from tocsin.testing.check_framework import check_framework


class OrderSerializer(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    product = serializers.CharField(max_length=40)
    quantity = serializers.IntegerField(min_value=1)
    gift = serializers.BooleanField(required=False)
    colour = serializers.ChoiceField(choices=["red", "blue"], required=False)
    tags = serializers.ListField(child=serializers.SlugField(), required=False)
    note = serializers.CharField(allow_null=True, required=False)


class Quiet:
    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)


class Orders(Quiet, viewsets.ViewSet):
    serializer_class = OrderSerializer

    def list(self, request: Any) -> Response:
        return Response([])

    def create(self, request: Any) -> Response:
        """Order something."""
        return Response({})

    def retrieve(self, request: Any, pk: str) -> Response:
        return Response({})

    @action(detail=True, methods=["post"])
    def cancel(self, request: Any, pk: str) -> Response:
        return Response({})


class Total(Quiet, APIView):
    def get(self, request: Any) -> Response:
        return Response({})


@api_view(["POST"])
def pay(request: Any, number: str) -> Response:
    """Pay."""
    return Response({})


pay.cls.authentication_classes = ()
pay.cls.permission_classes = ()
pay.cls.renderer_classes = (JSONRenderer,)


def shown(request: HttpRequest, **values: object) -> HttpResponse:
    return HttpResponse("shown")


def changed(request: HttpRequest, **values: object) -> HttpResponse:
    if request.method == "POST":
        return HttpResponse("changed")
    return HttpResponse("form")


@csrf_exempt
@require_http_methods(["DELETE"])
def removed(request: HttpRequest, year: str, key: str) -> HttpResponse:
    return HttpResponse("removed")


class Emails(View):
    def put(self, request: HttpRequest, name: str) -> HttpResponse:
        return HttpResponse("put")


class NewEmail(forms.Form):
    email = forms.EmailField()
    copy = forms.BooleanField(required=False)


class Change(FormView):
    form_class = NewEmail
    http_method_names = ("post",)

    def form_valid(self, form: NewEmail) -> HttpResponse:
        return HttpResponse("valid")


router = DefaultRouter()
router.include_root_view = False
router.register("orders", Orders, basename="order")
urlpatterns = [
    path("items/<int:pk>/", shown),
    path("items/<slug:name>/change", changed),
    re_path(r"^old/(?P<year>\d{4})/(?P<key>[\w-]+)/?$", removed, name="old"),
    path(
        "shop/",
        include([path("emails/<name>", Emails.as_view()), path("change", Change.as_view())]),
    ),
    path("api/", include(router.urls)),
    path("api/total", Total.as_view()),
    path("api/pay/<uuid:number>", pay),
    path("admin/", include(([path("x", shown)], "admin"))),
    re_path(r"^odd/(?!x)\w+$", shown),
]


@pytest.fixture(autouse=True)
def project() -> Iterator[None]:
    middleware = ["django.middleware.csrf.CsrfViewMiddleware"]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware, ALLOWED_HOSTS=["*"]):
        yield


def operations() -> dict[str, Any]:
    return {one.endpoint: one for one in describe(WSGIHandler()).operations}


@pytest.mark.parametrize("handler", [WSGIHandler, ASGIHandler])
def test_conformance(handler: type) -> None:
    expected: dict[str, dict[str, str]] = {
        "GET /items/{pk}/": {"pk": "integer"},
        "GET /items/{name}/change": {"name": "string"},
        "POST /items/{name}/change": {"name": "string"},
        "DELETE /old/{year}/{key}/": {"year": "string", "key": "string"},
        "PUT /shop/emails/{name}": {"name": "string"},
        "POST /shop/change": {},
        "GET /api/orders/": {},
        "POST /api/orders/": {},
        "GET /api/orders/{pk}/": {"pk": "string"},
        "POST /api/orders/{pk}/cancel/": {"pk": "string"},
        "GET /api/total": {},
        "POST /api/pay/{number}": {"number": "string"},
    }
    check_framework(DjangoFramework(), handler(), expected)


def test_serializers_describe_bodies() -> None:
    body = operations()["POST /api/orders/"].body
    assert body["required"] == ["product", "quantity"]
    assert body["properties"]["quantity"] == {"type": "integer", "minimum": 1}
    assert body["properties"]["colour"] == {"enum": ["red", "blue"]}
    assert body["properties"]["tags"]["items"]["type"] == "string"
    assert body["properties"]["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert "id" not in body["properties"]


def test_custom_actions_do_not_borrow_the_serializer() -> None:
    found = operations()["POST /api/orders/{pk}/cancel/"]
    assert (found.body, found.content_type) == ({}, None)
    assert found.source == f"{__name__}:Orders.cancel"


def test_forms_describe_bodies() -> None:
    found = operations()["POST /shop/change"]
    assert found.content_type == "application/x-www-form-urlencoded"
    assert found.body["properties"]["email"]["format"] == "email"
    assert found.body["required"] == ["email"]


def test_csrf_is_satisfied_where_it_is_enforced() -> None:
    found = operations()
    protected = {one.place for one in found["POST /items/{name}/change"].parameters}
    exempt = {one.place for one in found["DELETE /old/{year}/{key}/"].parameters}
    assert protected == {"path", "header", "cookie"}
    assert exempt == {"path"}


def test_what_is_left_out_has_a_reason() -> None:
    skipped = {one.endpoint: one.reason for one in describe(WSGIHandler()).skipped}
    assert "admin" in skipped["GET /admin/"]
    assert any("no template" in reason for reason in skipped.values())


def test_the_decorated_function_is_the_source() -> None:
    found = operations()
    assert found["DELETE /old/{year}/{key}/"].source == f"{__name__}:removed"
    assert found["GET /items/{name}/change"].source == f"{__name__}:changed"


@pytest.mark.parametrize(
    ("regex", "template"),
    [
        (r"^orders/(?P<pk>\d+)/$", "orders/{pk}/"),
        (r"^a\.b/(?P<x>[^/.]+)/?\Z", "a.b/{x}/"),
        (r"^(?:v1/)?(\w+)$", "v1/{arg0}"),
        (r"^nested/(?P<x>(a|b)[)]+)$", "nested/{x}"),
    ],
)
def test_regular_expressions(regex: str, template: str) -> None:
    assert of_regex(regex).path == template


@pytest.mark.parametrize("regex", [r"^a|b$", r"^(?=x)y$", r"^\d+$"])
def test_what_no_template_can_say(regex: str) -> None:
    with pytest.raises(NotATemplate):
        of_regex(regex)
