"""Starlette: routes, endpoint classes, mounts."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Host, Mount, Route, Router

from tocsin.frameworks.registry import describe
from tocsin.frameworks.starlette import StarletteFramework
from tocsin.testing.check_framework import check_framework


async def show(request: Request) -> JSONResponse:
    return JSONResponse(dict(request.path_params), headers={"x-seen": "yes"})


async def change(request: Request) -> JSONResponse:
    return JSONResponse({"body": len(await request.body())})


class Thing(HTTPEndpoint):
    async def get(self, request: Request) -> JSONResponse:
        """Show it."""
        return JSONResponse({})

    async def delete(self, request: Request) -> JSONResponse:
        return JSONResponse({})


def make_app() -> Starlette:
    return Starlette(
        routes=[
            Route("/orders/{order_id:int}", show),
            Route("/orders", change, methods=["POST", "PUT"]),
            Route("/rates/{rate:float}", show),
            Route("/things/{thing}", Thing),
            Mount("/in", routes=[Mount("/deep", routes=[Route("/{path:path}", show)])]),
            Host("other.example.com", Router([Route("/", show)])),
        ]
    )


def test_conformance() -> None:
    expected: dict[str, dict[str, str]] = {
        "GET /orders/{order_id}": {"order_id": "integer"},
        "POST /orders": {},
        "PUT /orders": {},
        "GET /rates/{rate}": {"rate": "number"},
        "GET /things/{thing}": {"thing": "string"},
        "DELETE /things/{thing}": {"thing": "string"},
        "GET /in/deep/{path}": {"path": "string"},
    }
    check_framework(StarletteFramework(), make_app(), expected)


def test_bodies_are_unknown_not_absent() -> None:
    bodies = {one.endpoint: one.body for one in describe(make_app()).operations}
    assert bodies["POST /orders"] == {}
    assert bodies["DELETE /things/{thing}"] is None


def test_other_hosts_are_left_out() -> None:
    assert [one.endpoint for one in describe(make_app()).skipped] == ["HOST other.example.com"]
