"""``Idempotency-Key`` for Django and Django REST framework."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client, override_settings
from django.urls import path
from django.views import View
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import api_view, authentication_classes
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.guard.conftest import Place
from tests.guard.django.conftest import connected
from tests.guard.repeats import ask
from tocsin.guard.django import idempotent, once
from tocsin.guard.errors import Unprocessable
from tocsin.guard.idempotency import Answer

KEY = {"Idempotency-Key": '"8e03978e"'}
DONE: list[str] = []


def kept(*args: Any, **how: Any) -> Any:
    return once(*args, using="guarded", **how)


guarded = idempotent(identity=lambda request: request.headers.get("X-User", "alice"), once=kept)


@guarded
def view(request: HttpRequest) -> HttpResponse:
    DONE.append("view")
    response = JsonResponse({"n": request.POST.get("n"), "times": len(DONE)}, status=201)
    response["Location"] = "/1"
    response.set_cookie("session", "secret")
    return response


@guarded
def streamed(request: HttpRequest) -> StreamingHttpResponse:
    DONE.append("streamed")
    return StreamingHttpResponse(iter([b"a", b"b"]), content_type="text/plain")


@guarded
def late(request: HttpRequest) -> TemplateResponse:
    DONE.append("late")
    return TemplateResponse(request, engines["django"].from_string("{{ n }}"), {"n": len(DONE)})


class ByClass(View):
    @guarded
    def post(self, request: HttpRequest, n: int) -> HttpResponse:
        DONE.append("class")
        return HttpResponse(status=n)


class Header(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, None]:
        return User(username=request.headers.get("X-User", "alice")), None


class ByApi(APIView):
    authentication_classes = (Header,)

    @idempotent(identity=lambda request: request.user.username, once=kept)
    def post(self, request: Request) -> Response:
        DONE.append("api")
        if "n" not in request.data:
            raise ValidationError({"n": "is missing"})
        return Response({"paid": request.data["n"], "times": len(DONE)}, status=201)


@api_view(["POST"])
@authentication_classes([Header])
@idempotent(identity=lambda request: request.user.username, once=kept)
def by_function(request: Request) -> Response:
    DONE.append("function")
    return Response({"paid": request.data["n"]})


urlpatterns: list[Any] = [
    path("view", view),
    path("streamed", streamed),
    path("late", late),
    path("class/<int:n>", ByClass.as_view()),
    path("api", ByApi.as_view()),
    path("function", by_function),
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]


@pytest.fixture
def client(sqlite: Place) -> Iterator[Client]:
    DONE.clear()
    here = {"ROOT_URLCONF": __name__, "MIDDLEWARE": ["tocsin.guard.django.GuardMiddleware"]}
    with connected(sqlite) as name, override_settings(**here, TEMPLATES=TEMPLATES):
        call_command("migrate", "tocsin_guard", database=name, verbosity=0)
        yield Client()


def test_the_same_answer_and_no_cookie_of_somebody_else(client: Client) -> None:
    first = client.post("/view", "n=5", "application/x-www-form-urlencoded", headers=KEY)
    again = Client().post("/view", "n=5", "application/x-www-form-urlencoded", headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() == {"n": "5", "times": 1}
    assert first["Location"] == again["Location"] == "/1"
    assert first["Content-Type"] == again["Content-Type"]
    assert first.cookies["session"].value == "secret"
    assert not again.cookies
    assert DONE == ["view"]


def test_another_body_or_sender_or_none(client: Client) -> None:
    client.post("/view", "n=5", "application/x-www-form-urlencoded", headers=KEY)
    assert client.post("/view", "n=6", "text/plain", headers=KEY).status_code == 422
    assert (
        client.post("/view", "n=6", "text/plain", headers=KEY | {"X-User": "b"}).status_code == 201
    )
    assert client.post("/view", "n=6", "text/plain").status_code == 400
    assert client.post("/view", headers={"Idempotency-Key": '"a", "b"'}).status_code == 400
    assert len(DONE) == 2


def test_what_is_rendered_or_sent_late(client: Client) -> None:
    for _ in range(2):
        assert client.post("/late", headers=KEY).content == b"1"
        answer = client.post("/streamed", headers=KEY)
        assert (answer.content, answer["Content-Type"]) == (b"ab", "text/plain")
    assert DONE == ["late", "streamed"]


@pytest.mark.parametrize(("status", "times"), [(404, 1), (503, 2)])
def test_a_method(client: Client, status: int, times: int) -> None:
    for _ in range(2):
        assert client.post(f"/class/{status}", headers=KEY).status_code == status
    assert len(DONE) == times


def test_rest_framework(client: Client) -> None:
    json = {"content_type": "application/json", "headers": KEY}
    first, second = (client.post("/api", {"n": 5}, **json) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json() == {"paid": 5, "times": 1}
    assert first["Content-Type"] == second["Content-Type"] == "application/json"
    for _ in range(2):
        assert client.post("/function", {"n": 5}, **json).json() == {"paid": 5}
    assert DONE == ["api", "function"]
    other = KEY | {"X-User": "bob"}
    assert (
        client.post("/api", {}, content_type="application/json", headers=other).status_code == 400
    )
    answer = client.post("/api", {"n": 1}, content_type="application/json", headers=other)
    assert answer.status_code == 201


SET = {"postgresql": "SET lock_timeout = '7s'", "mariadb": "SET innodb_lock_wait_timeout = 7"}
TOLD = {"postgresql": "SHOW lock_timeout", "mariadb": "SELECT @@innodb_lock_wait_timeout"}


@pytest.mark.parametrize(
    "where", [pytest.param("postgresql", marks=pytest.mark.postgresql), "mariadb"]
)
def test_what_the_application_has_set_holds_again(
    where: str, request: pytest.FixtureRequest
) -> None:
    with connected(request.getfixturevalue(where)) as name:
        call_command("migrate", "tocsin_guard", database=name, verbosity=0)

        def waits() -> str:
            with connections[name].cursor() as cursor:
                cursor.execute(TOLD[where])
                return str(cursor.fetchone()[0])

        seen = []

        def work() -> Answer:
            seen.append(waits())
            return Answer.of({})

        with connections[name].cursor() as cursor:
            cursor.execute(SET[where])
        for _ in range(2):
            with transaction.atomic(name):
                kept(ask(), work)
                seen.append(waits())
        # A refusal, and a transaction that goes on.
        with transaction.atomic(name):
            with pytest.raises(Unprocessable):
                kept(ask(body=b"another"), work)
            seen.append(waits() if where == "mariadb" else "7s")
        seen.append(waits())
    assert {told.rstrip("s") for told in seen} == {"7"}
    assert len(seen) == 5
