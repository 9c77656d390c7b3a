"""OpenAPI 3.0 and 3.1, and Swagger 2.0, which is made into the former first.

Sources: the OpenAPI Specification, versions 2.0, 3.0.4 and 3.1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tocsin.frameworks import openapi
from tocsin.model.http import Operation, Parameter
from tocsin.probe.spec.shape import Json, entries, mapping, text
from tocsin.probe.spec.surface import Surface, Unreadable
from tocsin.probe.spec.swagger import upgraded
from tocsin.scenario.said import address

METHODS = ("get", "head", "post", "put", "patch", "delete")
"""OPTIONS and TRACE say nothing of an API's data."""

OPERATIONS = 5_000
"""More are not read: such a document describes more than one API."""

NODES = 500_000
"""All schemas together have about so many nodes at most: each operation has its share."""

_VARIABLE = re.compile(r"{([^{}]+)}")


def recognises(document: Json) -> bool:
    """Whether the document says that it is one of these."""
    return "openapi" in document or "swagger" in document


def read(document: Json) -> Surface:
    """The operations of a document, in its order. Raises `Unreadable` with one sentence.

    An operation that cannot be read is a note, not an error: one wrong entry hides no other.
    """
    version = str(document.get("openapi") or document.get("swagger"))
    if not version.startswith(("2.", "3.0", "3.1", "3.2")):
        raise Unreadable(f"version {version!r} of OpenAPI is none of 2.0, 3.0 and 3.1")
    if not isinstance(document.get("paths"), dict):
        raise Unreadable("its 'paths' is missing, or no table")
    if version.startswith("2."):
        document = upgraded(document)
    notes: list[str] = []
    places = list(_places(document, notes))
    if len(places) > OPERATIONS:
        notes.append(f"the document has more than {OPERATIONS} operations: the rest is left out")
        places = places[:OPERATIONS]
    share = min(openapi.NODES, NODES // max(len(places), 1))
    operations = [_operation(document, path, method, share) for path, method in places]
    info = mapping(document.get("info"))
    return Surface(
        kind=f"OpenAPI {version}",
        operations=tuple(operations),
        servers=tuple(map(_server, entries(document.get("servers")))),
        title=text(info.get("title")),
        notes=tuple(notes),
    )


def base_path(servers: tuple[str, ...]) -> str:
    """The path below which the operations are, by the first server: ``/api/v1`` or nothing."""
    return address(servers[0]).path.rstrip("/") if servers else ""


def _places(document: Json, notes: list[str]) -> Iterator[tuple[str, str]]:
    paths = mapping(document["paths"])
    for path, item in paths.items():
        if str(path).startswith("x-"):
            continue
        if not str(path).startswith("/") or not isinstance(item, dict):
            notes.append(f"the document's path {str(path)[:80]!r} is not one, and is left out")
            continue
        if "$ref" in item:
            notes.append(f"what {path!r} refers to is not followed: the path is left out")
        yield from ((path, method) for method in METHODS if isinstance(item.get(method), dict))


def _operation(document: Json, path: str, method: str, nodes: int) -> Operation:
    made = openapi.operation(document, path, method.upper(), nodes=nodes)
    known = {one.name for one in made.parameters if one.place == "path"}
    missing = (
        Parameter(name, "path", required=True, schema={"type": "string"})
        for name in dict.fromkeys(_VARIABLE.findall(path))
        if name not in known
    )
    return replace(made, parameters=(*made.parameters, *missing))


def _server(entry: object) -> str:
    """A server's address, with the defaults of its variables."""
    variables = mapping(mapping(entry).get("variables"))
    return _VARIABLE.sub(
        lambda match: str(mapping(variables.get(match[1])).get("default", "")),
        text(mapping(entry).get("url")),
    )
