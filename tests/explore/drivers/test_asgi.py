"""ASGI without a socket: what goes in, what comes out, start-up and shut-down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.responses import Response as Answer
from starlette.routing import Route

from tocsin.explore.drivers.asgi import ASGIApp, Lifespan, exchange, scope_of
from tocsin.model.http import Request, Response

told: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_told() -> None:
    told.clear()


async def echo(request: Asked) -> Answer:
    return JSONResponse(
        {
            "path": request.url.path,
            "query": list(request.query_params.multi_items()),
            "type": request.headers.get("content-type"),
            "length": request.headers.get("content-length"),
            "body": (await request.body()).decode(),
            "state": getattr(request.state, "shop", None),
        },
        headers={"x-kind": "echo"},
    )


async def stream(request: Asked) -> Answer:
    async def parts() -> AsyncIterator[str]:
        for part in ("one ", "two ", "three"):
            await asyncio.sleep(0)
            yield part

    return StreamingResponse(parts())


async def later(request: Asked) -> Answer:
    async def work() -> None:
        told.append("in the background")

    return PlainTextResponse("soon", 202, background=BackgroundTask(work))


async def fail(request: Asked) -> Answer:
    raise LookupError("no such thing")


async def fail_late(request: Asked) -> Answer:
    async def parts() -> AsyncIterator[str]:
        yield "one "
        raise LookupError("no second part")

    return StreamingResponse(parts())


async def gone(request: Asked) -> Answer:
    message = await request.receive()
    while message["type"] != "http.disconnect":
        message = await request.receive()
    return PlainTextResponse("never")


class Named(BaseHTTPMiddleware):
    async def dispatch(
        self, request: Asked, call_next: Callable[[Asked], Awaitable[Answer]]
    ) -> Answer:
        response = await call_next(request)
        response.headers["x-named"] = "yes"
        return response


ROUTES = [
    Route(f"/{view.__name__}", view, methods=["GET", "POST"])
    for view in (stream, later, fail, fail_late)
] + [Route("/{rest:path}", echo, methods=["GET", "POST"])]


@pytest.fixture(params=[(), (Middleware(Named),)], ids=["plain", "with BaseHTTPMiddleware"])
def app(request: pytest.FixtureRequest) -> ASGIApp:
    return Starlette(routes=ROUTES, middleware=request.param)


def asked(path: str, method: str = "POST", **parts: Any) -> Request:
    return Request("A", f"{method} {path}", method, path, **parts)


def answer(app: ASGIApp, request: Request, **state: Any) -> Response:
    told.clear()
    return asyncio.run(exchange(app, request, state, lambda: told.append("responded")))


def test_a_request_arrives_as_it_was_meant(app: ASGIApp) -> None:
    request = asked(
        "/orders/a%20b",
        query=(("n", "1"), ("n", "2"), ("q", "ä&b")),
        headers=(("Content-Type", "application/json"),),
        body='{"ö": 1}'.encode(),
    )
    response = answer(app, request, shop="here")
    assert response.status == 200
    assert dict(response.headers)["x-kind"] == "echo"
    assert json.loads(response.body) == {
        "path": "/orders/a b",
        "query": [["n", "1"], ["n", "2"], ["q", "ä&b"]],
        "type": "application/json",
        "length": "9",
        "body": '{"ö": 1}',
        "state": "here",
    }
    assert told == ["responded"]


def test_a_stream_is_read_to_its_end(app: ASGIApp) -> None:
    assert answer(app, asked("/stream")).body == b"one two three"
    assert told == ["responded"]


def test_the_answer_is_complete_before_the_background_work(app: ASGIApp) -> None:
    assert answer(app, asked("/later")).status == 202
    assert told == ["responded", "in the background"]


def test_an_exception_is_a_500_with_its_name(app: ASGIApp) -> None:
    response = answer(app, asked("/fail"))
    assert response.status == 500
    assert response.error == "LookupError: no such thing"
    assert told == ["responded"]


def test_an_exception_in_the_middle_of_an_answer_is_a_500_too(app: ASGIApp) -> None:
    response = answer(app, asked("/fail_late"))
    assert response.status == 500
    assert response.error is not None
    assert "no second part" in response.error


def test_the_client_stays_until_it_has_its_answer() -> None:
    """Who waits for the client to go away waits as long as the answer is not complete."""

    async def main() -> bool:
        task = asyncio.ensure_future(
            exchange(Starlette(routes=[Route("/", gone)]), asked("/", "GET"), {}, lambda: None)
        )
        for _ in range(20):
            await asyncio.sleep(0)
        waiting = not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return waiting

    assert asyncio.run(main())


def test_the_state_of_a_request_is_its_own() -> None:
    state = {"shop": 1}
    scope = scope_of(asked("/"), state)
    scope["state"]["mine"] = 2
    assert state == {"shop": 1}


def lifespan_of(app: ASGIApp) -> tuple[str | None, dict[str, Any]]:
    async def main() -> tuple[str | None, dict[str, Any]]:
        lifespan = Lifespan(app)
        reason = await lifespan.start()
        told.append("started")
        if reason is None:
            await lifespan.stop()
        return reason, lifespan.state

    return asyncio.run(main())


def test_start_up_and_shut_down() -> None:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, str]]:
        told.append("up")
        yield {"pool": "open"}
        told.append("down")

    assert lifespan_of(Starlette(lifespan=lifespan)) == (None, {"pool": "open"})
    assert told == ["up", "started", "down"]


def test_a_start_up_that_fails_says_why() -> None:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no licence found")
        yield

    reason, _ = lifespan_of(Starlette(lifespan=lifespan))
    assert reason is not None
    assert "no licence found" in reason


@pytest.mark.parametrize("error", [AssertionError, KeyError, ValueError("lifespan?")])
def test_an_app_without_lifespan_is_started_without(error: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise error

    assert lifespan_of(app) == (None, {})


def test_an_app_that_ignores_lifespan_is_started_without() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        return

    assert lifespan_of(app) == (None, {})


def test_a_start_up_that_raises_before_it_answers_failed() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise RuntimeError("no licence found")

    assert lifespan_of(app) == ("RuntimeError: no licence found", {})


@pytest.mark.parametrize("error", [ValueError("bad port"), KeyError("SHOP_KEY")])
def test_a_start_up_that_raises_after_it_was_asked_failed_whatever_it_raises(
    error: Exception,
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise error

    reason, _ = lifespan_of(app)
    assert reason is not None
    assert str(error) in reason
