"""``Idempotency-Key`` for FastAPI."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, BackgroundTasks, FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from tocsin.guard.errors import Conflict
from tocsin.guard.fastapi import idempotent, install
from tocsin.guard.redis.asyncio import once
from tocsin.testing import servers


async def sender(request: Request) -> str:
    return request.headers.get("X-User", "alice")


class Payments:
    """What was done, by name."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def router(self, route_class: Any) -> APIRouter:
        router = APIRouter(route_class=route_class)
        done = self.done

        @router.post("/json", status_code=201)
        async def json(body: dict[str, int], response: Response, later: BackgroundTasks) -> Any:
            done.append("json")
            response.set_cookie("session", "secret")
            response.headers["Location"] = "/payments/1"
            later.add_task(done.append, "later")
            return {"paid": body["n"], "times": len(done)}

        @router.post("/form")
        def form(n: Annotated[int, Form()]) -> int:
            done.append("form")
            return n

        @router.post("/stream")
        def stream() -> StreamingResponse:
            done.append("stream")
            return StreamingResponse(iter(["a", "b"]), media_type="text/plain")

        @router.post("/http")
        def http() -> None:
            done.append("http")
            raise HTTPException(402)

        @router.post("/guard")
        def guard() -> None:
            done.append("guard")
            raise Conflict("no")

        @router.post("/late/{n}")
        def late(n: int, response: Response) -> None:
            done.append("late")
            response.status_code = n

        return router


@pytest.fixture
def payments() -> Payments:
    return Payments()


@pytest.fixture
def client(payments: Payments, redis_server: servers.Redis) -> Iterator[TestClient]:
    store = AsyncRedis.from_url(redis_server.url(11))
    app = FastAPI()
    install(app)
    for prefix, required in (("", True), ("/any", False)):
        route_class = idempotent(partial(once, store), identity=sender, required=required)
        app.include_router(payments.router(route_class), prefix=prefix)
    with Redis.from_url(redis_server.url(11)) as plain:
        plain.flushdb()
    with TestClient(app) as client:
        yield client
        client.portal.call(store.aclose)  # type: ignore[union-attr]


KEY = {"Idempotency-Key": '"8e03978e"'}


def test_the_same_answer_and_no_cookie_of_somebody_else(
    client: TestClient, payments: Payments
) -> None:
    first, second = (client.post("/json", json={"n": 5}, headers=KEY) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.content == second.content == b'{"paid":5,"times":1}'
    assert first.headers["Location"] == second.headers["Location"] == "/payments/1"
    assert first.headers["Content-Type"] == second.headers["Content-Type"]
    assert "session=secret" in first.headers["Set-Cookie"]
    assert "Set-Cookie" not in second.headers
    assert payments.done == ["json", "later"]


def test_another_body_query_or_sender(client: TestClient, payments: Payments) -> None:
    client.post("/json", json={"n": 5}, headers=KEY)
    assert client.post("/json", json={"n": 6}, headers=KEY).status_code == 422
    assert client.post("/json?x=1", json={"n": 5}, headers=KEY).status_code == 422
    assert client.post("/json", json={"n": 6}, headers=KEY | {"X-User": "bob"}).status_code == 201
    assert payments.done.count("json") == 2


def test_without_a_key(client: TestClient, payments: Payments) -> None:
    refused = client.post("/json", json={"n": 5})
    assert refused.status_code == 400
    assert refused.json()["detail"] == "Idempotency-Key is missing"
    assert payments.done == []
    for _ in range(2):
        assert client.post("/any/json", json={"n": 5}).status_code == 201
    twice = [("Idempotency-Key", '"a"'), ("Idempotency-Key", '"b"')]
    assert client.post("/any/json", json={"n": 5}, headers=twice).status_code == 400


def test_forms_and_streams(client: TestClient, payments: Payments) -> None:
    for _ in range(2):
        assert client.post("/form", data={"n": 3}, headers=KEY).json() == 3
        answer = client.post("/stream", headers=KEY)
        assert (answer.text, answer.headers["Content-Type"]) == ("ab", "text/plain; charset=utf-8")
    assert payments.done == ["form", "stream"]


@pytest.mark.parametrize(
    ("path", "status", "times"),
    [("/http", 402, 2), ("/guard", 409, 2), ("/late/503", 503, 2), ("/late/404", 404, 1)],
)
def test_what_is_not_final_is_not_kept(
    path: str, status: int, times: int, client: TestClient, payments: Payments
) -> None:
    for _ in range(2):
        assert client.post(path, headers=KEY).status_code == status
    assert len(payments.done) == times


def test_what_does_not_fit_the_schema_is_not_kept(client: TestClient) -> None:
    assert client.post("/json", json=[], headers=KEY).status_code == 422
    assert client.post("/json", json={"n": 5}, headers=KEY).status_code == 201
