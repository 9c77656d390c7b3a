"""FastAPI: documented and hidden routes, included routers, mounted apps."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Form, Header, UploadFile, WebSocket
from fastapi.security import HTTPBasic
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from tocsin.frameworks.fastapi import FastAPIFramework
from tocsin.frameworks.registry import describe, framework_of, unwrap
from tocsin.testing.check_framework import check_framework


class Node(BaseModel):
    name: str
    children: list[Node] = []


class Unspeakable:
    """Nothing that JSON Schema could describe."""


def node(body: Node, user: Annotated[object, Depends(HTTPBasic(auto_error=False))]) -> None:
    """Make a node."""


def hidden(n: int, q: str = "x") -> None: ...


def upload(name: str, title: Annotated[str, Form()], picture: UploadFile | None = None) -> None: ...


def tagged(x_key: Annotated[str, Header()]) -> None: ...


async def plain(request: Request) -> PlainTextResponse:
    return PlainTextResponse("plain")


async def socket(websocket: WebSocket) -> None: ...


def make_app(folder: str = ".") -> FastAPI:
    app = FastAPI()
    app.add_api_route("/nodes", node, methods=["POST"], tags=["tree"])
    app.add_api_route("/hidden/{n:int}", hidden, include_in_schema=False)
    router = APIRouter(prefix="/files")
    router.add_api_route("/{name:path}", upload, methods=["PUT"])
    app.include_router(router, prefix="/v1")
    inner = FastAPI()
    inner.add_api_route("/tagged", tagged)
    app.mount("/shops/{shop}", inner)
    app.mount("/plain", Starlette(routes=[Route("/{key:uuid}", plain, methods=["POST"])]))
    app.mount("/static", StaticFiles(directory=folder))
    app.add_api_websocket_route("/socket", socket)
    return app


EXPECTED: dict[str, dict[str, str]] = {
    "POST /nodes": {},
    "GET /hidden/{n}": {"n": "integer"},
    "PUT /v1/files/{name}": {"name": "string"},
    "GET /shops/{shop}/tagged": {"shop": "string"},
    "POST /plain/{key}": {"key": "string"},
}


def test_conformance() -> None:
    check_framework(FastAPIFramework(), make_app(), EXPECTED)


def operations() -> dict[str, Any]:
    return {one.endpoint: one for one in describe(make_app()).operations}


def test_schemas_stand_alone() -> None:
    body = operations()["POST /nodes"].body
    assert body["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert body["$defs"]["Node"]["required"] == ["name"]


def test_credentials_are_told_but_not_required() -> None:
    found = operations()["POST /nodes"]
    credentials = found.parameters[-1]
    assert (credentials.name, credentials.place, credentials.required) == (
        "Authorization",
        "header",
        False,
    )
    assert credentials.schema["x-security"] == "basic"
    assert (found.summary, found.tags) == ("Make a node.", ("tree",))


def test_files_make_the_body_multipart() -> None:
    found = operations()["PUT /v1/files/{name}"]
    assert found.content_type == "multipart/form-data"
    assert found.parameters[0].schema["format"] == "path"


def test_what_is_left_out_has_a_reason() -> None:
    skipped = {one.endpoint: one.reason for one in describe(make_app()).skipped}
    assert "documentation" in skipped["GET /docs"]
    assert "WebSocket" in skipped["WEBSOCKET /socket"]
    assert "static files" in skipped["MOUNT /static"]


def test_middleware_around_the_app_is_seen_through() -> None:
    wrapped = CORSMiddleware(make_app())
    assert framework_of(unwrap(wrapped)) == FastAPIFramework()
    assert {one.endpoint for one in describe(wrapped).operations} == set(EXPECTED)


def test_one_bad_type_does_not_hide_the_other_routes() -> None:
    def bad() -> Unspeakable:
        return Unspeakable()

    app = make_app()
    app.add_api_route("/bad", bad, response_model=None)

    def broken() -> dict[str, object]:
        raise ValueError("no document today")

    app.openapi = broken  # type: ignore[method-assign]
    assert set(EXPECTED) | {"GET /bad"} == {one.endpoint for one in describe(app).operations}
