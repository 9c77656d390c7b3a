"""HTTP Basic authentication: a decorator, a middleware, and Django REST framework."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.guard.basic.test_gate import World
from tocsin.guard.basic import Gate, Proxies, Verified
from tocsin.guard.django.basic import authenticated
from tocsin.guard.django.drf_basic import BasicAuthentication

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
RIGHT = "Basic YWxpY2U6c2VjcmV0"
WRONG = "Basic YWxpY2U6d3Jvbmc="
GUARD = "tocsin.guard.django.GuardMiddleware"
BASIC = "tocsin.guard.django.basic.BasicMiddleware"


class Holder:
    """What the setting names: the gate of the test that runs."""

    gate: Gate


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(getattr(request, "me", Verified("nobody", "", "")).username)


async def awaited(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.me.username)  # type: ignore[attr-defined]


def with_me(request: HttpRequest, n: int, me: Verified) -> HttpResponse:
    return HttpResponse(f"{n} {me.username}")


async def awaited_with_me(request: HttpRequest, n: int, me: Verified) -> HttpResponse:
    return HttpResponse(f"{n} {me.username}")


class View(APIView):  # type: ignore[misc]
    def get(self, request: Any) -> Response:
        return Response([request.user.username, str(request.user), request.auth.realm])


urlpatterns: list[Any] = [path("plain", plain), path("awaited", awaited)]


@pytest.fixture
def world() -> Any:
    world = World()
    Holder.gate = world.gate
    with override_settings(
        ROOT_URLCONF=__name__, TOCSIN_GATE=f"{__name__}.Holder.gate", MIDDLEWARE=[GUARD, BASIC]
    ):
        yield world


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings name things in modules."""
    from django.utils import module_loading

    monkeypatch.setattr(
        "tocsin.guard.django.basic.import_string",
        lambda name: Holder.gate if name.endswith("Holder.gate") else module_loading,
    )


def test_the_middleware_lets_in_who_is_right(world: World) -> None:
    answer = Client().get("/plain", secure=True, headers={"Authorization": RIGHT})
    assert (answer.status_code, answer.content) == (200, b"alice")


def test_the_middleware_answers_who_is_not(world: World) -> None:
    for headers in ({}, {"Authorization": WRONG}, {"Authorization": "Basic"}):
        answer = Client().get("/plain", secure=True, headers=headers)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Basic realm="shop", charset="UTF-8"'
        assert answer["Content-Type"] == "application/problem+json"
    assert Client().get("/plain", headers={"Authorization": RIGHT}).status_code == 403


async def asked(address: str, **headers: str) -> Any:
    return await AsyncClient().get(address, secure=True, headers=headers)


def test_under_asgi(world: World) -> None:
    assert asyncio.run(asked("/awaited", Authorization=RIGHT)).content == b"alice"
    assert asyncio.run(asked("/plain", Authorization=RIGHT)).content == b"alice"
    assert asyncio.run(asked("/awaited")).status_code == 401


class Urls:
    """Views of one gate."""

    def __init__(self, world: World) -> None:
        guarded = authenticated(world.gate)
        authentication = type("Own", (BasicAuthentication,), {"gate": world.gate})
        view = View.as_view(authentication_classes=[authentication])
        self.urlpatterns = [
            path("me/<int:n>", guarded(with_me)),
            path("awaited/<int:n>", guarded(awaited_with_me)),
            path("drf", view),
        ]


def served(world: World) -> Any:
    return override_settings(ROOT_URLCONF=Urls(world), MIDDLEWARE=[GUARD])


def test_a_view_is_called_with_the_proof() -> None:
    with served(World()):
        right = Client().get("/me/1", secure=True, headers={"Authorization": RIGHT})
        assert right.content == b"1 alice"
        codes = [
            Client().get("/me/1", secure=True, headers={"Authorization": WRONG}).status_code
            for _ in range(4)
        ]
        assert codes == [401, 401, 401, 429]
        refused = asyncio.run(asked("/awaited/1", Authorization=RIGHT))
        assert (refused.status_code, refused["Retry-After"]) == (429, "900")


def test_a_view_that_is_awaited() -> None:
    with served(World()):
        assert asyncio.run(asked("/awaited/2", Authorization=RIGHT)).content == b"2 alice"


def test_a_setting_that_believes_any_client_is_not_asked() -> None:
    said = {"Authorization": RIGHT, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    header = ("HTTP_X_FORWARDED_PROTO", "https")
    with served(World()), override_settings(SECURE_PROXY_SSL_HEADER=header):
        assert Client().get("/me/1", headers=said).status_code == 403
    world = World(proxies=Proxies.of("127.0.0.1"))
    with served(world):
        assert Client().get("/me/1", headers=said).content == b"1 alice"
    assert world.told.events[0].address == "203.0.113.9"  # type: ignore[union-attr]


def test_django_rest_framework() -> None:
    with served(World()):
        right = Client().get("/drf", secure=True, headers={"Authorization": RIGHT})
        assert right.json() == ["alice", "alice", "shop"]
        for headers in ({}, {"Authorization": WRONG}):
            answer = Client().get("/drf", secure=True, headers=headers)
            assert answer.status_code == 401
            assert answer["WWW-Authenticate"] == 'Basic realm="shop", charset="UTF-8"'
