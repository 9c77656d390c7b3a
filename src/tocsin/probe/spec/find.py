"""The document of a server that does not say where it is: sans-I/O."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass

from tocsin.model.http import Response
from tocsin.probe.spec import load
from tocsin.probe.spec.surface import Surface, Unreadable

PLACES = (
    "/openapi.json",
    "/swagger.json",
    "/api/openapi.json",
    "/api/schema/?format=json",
    "/api/schema/",
    "/api/swagger.json",
    "/api/v1/openapi.json",
    "/v1/openapi.json",
    "/openapi.yaml",
    "/v3/api-docs",
    "/api-docs",
    "/api/docs.json",
    "/apispec_1.json",
    "/apispec.json",
    "/swagger/v1/swagger.json",
    "/schema/?format=openapi-json",
    "/static/openapi.json",
)
"""Where FastAPI, drf-spectacular, drf-yasg, flask-smorest, APIFlask, flasgger and others put it."""

PAGES = ("/docs", "/api/docs", "/redoc", "/swagger-ui", "/apidocs/")
"""Pages for people, which name the document that they show."""

_NAMED = re.compile(
    r"""(?:["']?(?:url|spec-url|openapi|specUrl)["']?\s*[:=]\s*)["']([^"'\s]+)["']""", re.IGNORECASE
)
_BEGIN = 4_096
"""In so many bytes a document says what it is."""

_TALKS = 4
"""So many addresses of one page are tried."""


@dataclass(frozen=True, slots=True)
class Found:
    """The document, and where it was."""

    surface: Surface
    path: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A document that says that it describes the API, and cannot be read: why, in one sentence."""

    reason: str


Search = Generator[str, Response | None, Found | Unread | None]


def find() -> Search:
    """Yield paths to get, be sent what came (``None``: no answer); return what describes the API.

    A place that holds a document which cannot be read ends nothing: another may hold a better one.
    """
    unread: Unread | None = None
    for path in PLACES:
        found = yield from _tried(path)
        if isinstance(found, Found):
            return found
        unread = unread or found
    for page in PAGES:
        response = yield page
        if response is None or response.status != 200:
            continue
        named = _NAMED.findall(response.body[:200_000].decode("utf-8", "replace"))
        own = [one for one in dict.fromkeys(named) if one.startswith("/") and one[1:2] != "/"]
        for path in own[:_TALKS]:
            found = (yield from _tried(path)) if path not in PLACES else None
            if isinstance(found, Found):
                return found
            unread = unread or found
    return unread


def _tried(path: str) -> Search:
    response = yield path
    if response is None or response.status != 200:
        return None
    try:
        surface = load.read(response.body, path)
    except Unreadable as error:
        begin = response.body[:_BEGIN].lstrip()
        says = any(word in begin for word in (b"openapi", b"swagger")) and begin[:1] != b"<"
        return Unread(error.message) if says else None
    return Found(surface, path) if surface.operations else None
