"""Refusals answered by FastAPI and Starlette."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from tocsin.guard.errors import Conflict, TooMany
from tocsin.guard.fastapi import install


def limited() -> None:
    raise TooMany("twice a minute", retry_after=30)


def fast() -> TestClient:
    app = FastAPI()
    install(app)

    @app.post("/async")
    async def waiting() -> None:
        raise Conflict("the order is shipped")

    @app.post("/sync")
    def plain() -> None:
        raise Conflict("the order is shipped")

    @app.post("/dependency", dependencies=[Depends(limited)])
    def never() -> None:
        raise AssertionError

    return TestClient(app)


def test_async_and_sync_endpoints() -> None:
    client = fast()
    for path in ("/async", "/sync"):
        answer = client.post(path)
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == "the order is shipped"


def test_a_dependency_refuses_with_its_headers() -> None:
    answer = fast().post("/dependency")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "30"


def test_starlette() -> None:
    async def shipped(request: Request) -> None:
        raise Conflict("the order is shipped")

    app = Starlette(routes=[Route("/", shipped)])
    install(app)
    assert TestClient(app).get("/").json()["status"] == 409
