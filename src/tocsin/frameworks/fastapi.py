"""FastAPI: what the OpenAPI document says, and the routes that it leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tocsin.frameworks import openapi, starlette
from tocsin.frameworks.base import Described, Interface, Skipped
from tocsin.frameworks.endpoint import ordered, source_of, summary_of
from tocsin.model.http import Operation

DOCUMENTATION = "is the documentation that FastAPI itself serves"


@dataclass(frozen=True, slots=True)
class FastAPIFramework:
    """Apps of FastAPI; Starlette routes and mounts inside them too."""

    name: str = "fastapi"

    def recognises(self, application: object) -> bool:
        return starlette.is_fastapi(application)

    def operations(self, application: object) -> Described:
        document = _published(application)
        return starlette.collect(
            piece for route in _routes(application) for piece in _pieces(route, document)
        )

    def interface(self, application: object) -> Interface:  # noqa: ARG002 - one answer for all
        return "asgi"


def _published(application: Any) -> Mapping[str, object]:
    """The app's own document, with whatever its author changed in it.

    One type without a JSON Schema spoils the whole document: then each route is asked alone.
    """
    try:
        document = application.openapi()
    except Exception:  # noqa: BLE001 - the user's code; each route says later what was wrong
        return {}
    return document if isinstance(document, Mapping) else {}


def _routes(application: Any) -> Iterator[Any]:
    """The routes with their full paths, those of included routers too."""
    from fastapi import routing

    contexts = getattr(routing, "iter_route_contexts", None)  # since included routers are lazy
    yield from contexts(application.routes) if contexts else application.routes


def _pieces(route: Any, document: Mapping[str, object]) -> Iterator[starlette.Piece]:
    from fastapi.routing import APIRoute

    if isinstance(getattr(route, "original_route", route), APIRoute):
        for method in ordered(route.methods):
            yield _operation(route, method, document)
        return
    module = getattr(getattr(route, "endpoint", None), "__module__", None)
    if module == "fastapi.applications":
        yield Skipped(f"GET {route.path}", DOCUMENTATION)
    else:
        yield from starlette.walk(route)


def _operation(route: Any, method: str, document: Mapping[str, object]) -> Operation | Skipped:
    path: str = route.path_format
    if not openapi.has(document, path, method):
        try:
            document = _described_alone(route)
        except Exception as error:  # noqa: BLE001 - the user's types; whatever they raise is the reason
            said = str(error).split("\n", 1)[0]
            return Skipped(f"{method} {path}", f"has no OpenAPI description: {said}")
    found = openapi.operation(document, path, method, source_of(route.endpoint))
    return replace(
        found,
        parameters=tuple(_typed_by_path(found, route)),
        summary=summary_of(route.endpoint) or found.summary,
    )


def _described_alone(route: Any) -> Mapping[str, object]:
    """A document of one route, also of one with ``include_in_schema=False``."""
    from fastapi.openapi.utils import get_openapi
    from fastapi.routing import APIRoute

    shown = APIRoute(
        route.path,
        route.endpoint,
        methods=route.methods,
        dependencies=route.dependencies,
        response_model=None,
        include_in_schema=True,
    )
    return get_openapi(title="one route", version="1", routes=[shown])


def _typed_by_path(found: Operation, route: Any) -> Iterator[Any]:
    """The path may say more than the function's annotation: ``{file:path}``, ``{n:int}``."""
    for parameter in found.parameters:
        convertor = route.param_convertors.get(parameter.name)
        if parameter.place != "path" or type(convertor).__name__ in {"NoneType", "StringConvertor"}:
            yield parameter
        else:
            declared = starlette.convertor_schema(convertor)
            yield replace(parameter, schema={**declared, **parameter.schema})
