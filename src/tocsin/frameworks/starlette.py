"""Starlette: plain routes, endpoint classes and mounts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.frameworks.base import Described, Interface, Mounted, Skipped
from tocsin.frameworks.endpoint import (
    METHODS,
    RAW_ASGI,
    STATIC,
    WEBSOCKET,
    joined,
    ordered,
    source_of,
    summary_of,
    undeclared_body,
)
from tocsin.model.http import Operation, Parameter

CONVERTORS: Mapping[str, Mapping[str, object]] = {
    "IntegerConvertor": {"type": "integer", "minimum": 0},
    "FloatConvertor": {"type": "number", "minimum": 0},
    "UUIDConvertor": {"type": "string", "format": "uuid"},
    "PathConvertor": {"type": "string", "format": "path"},
    "StringConvertor": {"type": "string"},
}


@dataclass(frozen=True, slots=True)
class StarletteFramework:
    """Apps and routers made of `starlette.routing` alone."""

    name: str = "starlette"

    def recognises(self, application: object) -> bool:
        return is_starlette(application) and not is_fastapi(application)

    def operations(self, application: object) -> Described:
        routes: Iterable[Any] = application.routes  # type: ignore[attr-defined]
        return collect(piece for route in routes for piece in walk(route))

    def interface(self, application: object) -> Interface:  # noqa: ARG002 - one answer for all
        return "asgi"


Piece = Operation | Skipped | Mounted


def collect(pieces: Iterable[Piece]) -> Described:
    """Sort what a walk found, in its order."""
    found = tuple(pieces)
    return Described(
        operations=tuple(piece for piece in found if isinstance(piece, Operation)),
        skipped=tuple(piece for piece in found if isinstance(piece, Skipped)),
        mounted=tuple(piece for piece in found if isinstance(piece, Mounted)),
    )


def is_starlette(application: object) -> bool:
    """Whether this is a Starlette app or router. Without the package nothing can be one."""
    loaded = sys.modules.get("starlette.applications"), sys.modules.get("starlette.routing")
    kinds = [
        getattr(module, name)
        for module, name in zip(loaded, ("Starlette", "Router"), strict=True)
        if module is not None
    ]
    return isinstance(application, tuple(kinds))


def is_fastapi(application: object) -> bool:
    """Whether this is a FastAPI app or router."""
    module = sys.modules.get("fastapi")
    return module is not None and isinstance(application, (module.FastAPI, module.APIRouter))


def walk(route: Any, prefix: str = "") -> Iterator[Piece]:
    """One entry of a route table, whatever its kind."""
    from starlette import routing

    kind = getattr(route, "original_route", route)  # FastAPI shows included routes in a wrapper
    if isinstance(kind, routing.Route):
        yield from _plain(route, prefix)
    elif isinstance(kind, routing.WebSocketRoute):
        yield Skipped(f"WEBSOCKET {joined(prefix, route.path)}", WEBSOCKET)
    elif isinstance(kind, routing.Mount):
        yield from _mount(route, joined(prefix, route.path) if route.path else prefix)
    elif isinstance(kind, routing.Host):
        yield Skipped(f"HOST {route.host}", "answers for another host name only")
    else:
        yield Skipped(f"ROUTE {joined(prefix, str(route.path or ''))}", RAW_ASGI)


def _plain(route: Any, prefix: str) -> Iterator[Piece]:
    path = joined(prefix, route.path_format)
    if route.methods is not None:
        for method in ordered(route.methods):
            yield operation(route, method, path, route.endpoint)
    elif handlers := class_handlers(route.endpoint):
        for method, function in handlers.items():
            yield operation(route, method, path, function)
    else:
        yield Skipped(f"ROUTE {path}", RAW_ASGI)


def _mount(mount: Any, prefix: str) -> Iterator[Piece]:
    application = mount.app
    while not is_starlette(application) and hasattr(application, "app"):
        application = application.app  # middleware around the mounted app, WSGI bridges too
    if is_starlette(application) and hasattr(application, "router"):
        yield Mounted(prefix, application)
    elif mount.routes:
        for route in mount.routes:
            yield from walk(route, prefix)
    elif hasattr(application, "wsgi_app"):
        yield Mounted(prefix, application)
    elif type(application).__name__ == "StaticFiles":
        yield Skipped(f"MOUNT {prefix}", STATIC)
    else:
        yield Skipped(f"MOUNT {prefix}", RAW_ASGI)


def operation(route: Any, method: str, path: str, function: Callable[..., object]) -> Operation:
    """An operation of which only the path is declared."""
    return Operation(
        method=method,
        path=path,
        parameters=path_parameters(route.param_convertors),
        body=undeclared_body(method),
        summary=summary_of(function),
        source=source_of(function),
    )


def class_handlers(endpoint: object) -> dict[str, Callable[..., object]]:
    """The methods that an endpoint class (`HTTPEndpoint`) has a handler for."""
    if not isinstance(endpoint, type):
        return {}
    return {
        method: getattr(endpoint, method.lower())
        for method in METHODS
        if hasattr(endpoint, method.lower())
    }


def path_parameters(convertors: Mapping[str, object]) -> tuple[Parameter, ...]:
    """The parameters of a path with their types."""
    return tuple(
        Parameter(name, "path", schema=convertor_schema(convertor))
        for name, convertor in convertors.items()
    )


def convertor_schema(convertor: object) -> Mapping[str, object]:
    """The JSON Schema of what a path convertor accepts."""
    known = CONVERTORS.get(type(convertor).__name__)
    return known or {"type": "string", "pattern": f"^({getattr(convertor, 'regex', '.+')})$"}
