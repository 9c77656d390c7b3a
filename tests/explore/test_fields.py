"""What an endpoint asks for is seen, and nothing stays patched."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request as RestRequest
from starlette.datastructures import QueryParams
from starlette.requests import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request as WerkzeugRequest

from tocsin.explore.fields import recording
from tocsin.scenario.asked import Asked


def test_json_bodies() -> None:
    with recording(b'{"a": 1}') as recorder:
        body = json.loads('{"a": 1}') or {}
        body["a"], body.get("b"), body.pop("c", None), "d" in body
        assert json.loads('{"other": 2}').get("e") is None
    assert [one.name for one in recorder.asked] == ["a", "b", "c", "d"]
    assert {one.place for one in recorder.asked} == {"json"}


def test_an_empty_body_is_still_watched() -> None:
    with recording(b"{}") as recorder:
        body = json.loads(b"{}") or {}
        body.get("n")
    assert recorder.asked == (Asked("json", "n"),)


def test_werkzeug() -> None:
    with recording() as recorder:
        builder = EnvironBuilder(method="POST", data={"x": "1"}, headers={"X-Key": "k"})
        request = WerkzeugRequest(builder.get_environ())
        request.form["x"], request.args.get("page"), request.headers.get("X-Key")
        request.headers.get("Accept"), request.files.get("picture")
    assert set(recorder.asked) == {
        Asked("form", "x"),
        Asked("query", "page"),
        Asked("header", "X-Key"),
        Asked("file", "picture"),
    }


def test_starlette() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x=1"}

    kind = (b"content-type", b"application/x-www-form-urlencoded")
    scope = {"type": "http", "method": "POST", "query_string": b"", "headers": [kind]}

    async def endpoint() -> None:
        request = Request(scope, receive)
        request.query_params.get("page")
        (await request.form()).get("x")

    with recording() as recorder:
        asyncio.run(endpoint())
    assert set(recorder.asked) == {Asked("query", "page"), Asked("form", "x")}


def test_django() -> None:
    with recording() as recorder:
        environ = EnvironBuilder(method="POST", data={"x": "1"}).get_environ()
        request = WSGIRequest(environ)
        request.POST.get("x"), "y" in request.POST, request.GET.get("page")
        request.POST.get("csrfmiddlewaretoken")
        QueryDict("z=1").get("z")
    assert set(recorder.asked) == {Asked("form", "x"), Asked("form", "y"), Asked("query", "page")}


def test_what_the_framework_looks_for_is_not_asked_by_the_app() -> None:
    request = RestRequest(WSGIRequest(EnvironBuilder().get_environ()))
    with recording() as recorder:
        DefaultContentNegotiation().select_renderer(request, [JSONRenderer()], None)
        assert recorder.asked == ()
        request.query_params.get("format")
    assert recorder.asked == (Asked("query", "format"),)


def test_everything_is_put_back() -> None:
    owners = (
        json.JSONDecoder,
        ImmutableMultiDict,
        QueryDict,
        QueryParams,
        WerkzeugRequest,
        WSGIRequest,
    )
    before = [dict(vars(owner)) for owner in owners]
    with pytest.raises(LookupError), recording(b"{}"), recording(b"{ }"):
        raise LookupError
    assert [dict(vars(owner)) for owner in owners] == before
